import type { WireState } from '../control/operations.ts';

/** `active`, `error (backoff)`. */
export function stateText({ status, reason }: Pick<WireState, 'status' | 'reason'>): string {
  return reason === undefined ? status : `${status} (${reason})`;
}

/** What a host says of a plugin. */
export function pluginIn(data: Readonly<Record<string, unknown>>): WireState {
  return data['plugin'] as WireState;
}
