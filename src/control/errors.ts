import { CODES, type ErrorCode } from '../core/codes.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import { isRecord } from './protocol.ts';

/** What crosses of an error: never a host's stack. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string;
  readonly plugin?: string;
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  readonly pluginStack?: string;
  readonly retryable?: boolean;
}

export function wireError(error: unknown): WireError {
  if (!isPluginError(error))
    return { code: 'ERR_INTERNAL', message: 'Cannot finish: the host failed; its log says why' };
  const { code, message, hint, plugin, details, pluginStack, retryable } = error;
  return {
    code,
    message,
    ...(hint === undefined ? {} : { hint }),
    ...(plugin === undefined ? {} : { plugin }),
    ...(Object.keys(details).length === 0 ? {} : { details }),
    ...(pluginStack === undefined ? {} : { pluginStack }),
    ...(retryable ? { retryable } : {}),
  };
}

/** The error a host answered with; a code that is none of ours is ERR_INTERNAL. */
export function readError(value: unknown): PluginError {
  const said = isRecord(value) ? value : {};
  const text = (key: string): string | undefined => {
    const found = said[key];
    return typeof found === 'string' ? found : undefined;
  };
  const code = text('code') ?? '';
  const known = Object.hasOwn(CODES, code) ? (code as ErrorCode) : 'ERR_INTERNAL';
  const details = isRecord(said['details']) ? said['details'] : {};
  const plain = Object.entries(details).filter(([, each]) => ['string', 'number', 'boolean'].includes(typeof each));
  return new PluginError(known, text('message') ?? 'Cannot finish: the host gave no reason', {
    ...(text('hint') === undefined ? {} : { hint: text('hint') as string }),
    ...(text('plugin') === undefined ? {} : { plugin: text('plugin') as string }),
    ...(text('pluginStack') === undefined ? {} : { pluginStack: text('pluginStack') as string }),
    details: Object.fromEntries(plain) as Record<string, string | number | boolean>,
    retryable: said['retryable'] === true,
  });
}
