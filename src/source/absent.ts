import { isPluginError } from '../core/errors.ts';

/** What servers of files say instead of 404: 403 where folders cannot be listed, or the page of a web application. */
export function saysNothing(error: unknown): boolean {
  return (
    isPluginError(error, 'ERR_SOURCE_FETCH') && (error.details['status'] === 403 || error.details['answer'] === 'html')
  );
}

/** Nothing is there. A server that fails says neither that nor the contrary. */
export function meansAbsent(error: unknown): boolean {
  return isPluginError(error, 'ERR_SOURCE_NOT_FOUND') || saysNothing(error);
}
