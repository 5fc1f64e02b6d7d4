import { PluginError } from '../core/errors.ts';
import type { PluginStatus, StatusReason } from './status.ts';

/**
 * The legal steps of SPEC B2. A failing step ends in `error`; out of it leads an unload, or another load. An active plugin
 * is stopped before it is unloaded, so `active -> unloading` is not a step.
 */
export const TRANSITIONS: Readonly<Record<PluginStatus, readonly PluginStatus[]>> = {
  unloaded: ['loading'],
  loading: ['loaded', 'error'],
  loaded: ['active', 'unloading', 'error'],
  active: ['inactive', 'error'],
  inactive: ['active', 'unloading', 'error'],
  error: ['loading', 'unloading'],
  unloading: ['unloaded', 'error'],
};

/** The states that each reason details. */
export const REASON_STATUS: Readonly<Record<StatusReason, readonly PluginStatus[]>> = {
  'waiting-dependency': ['error', 'inactive'],
  backoff: ['error'],
  quarantined: ['error'],
  'needs-config': ['error'],
  draining: ['active'],
  disabled: ['unloaded'],
  refused: ['error'],
  failed: ['error'],
  crashed: ['error'],
  held: ['inactive', 'unloaded'],
};

export function isTransition(from: PluginStatus, to: PluginStatus): boolean {
  return TRANSITIONS[from].includes(to);
}

/** @throws ERR_STATE, which names both states. */
export function assertTransition(plugin: string, from: PluginStatus, to: PluginStatus): void {
  if (isTransition(from, to)) return;
  throw new PluginError('ERR_STATE', `Cannot move "${plugin}" from ${from} to ${to}: that is not a legal step`, {
    plugin,
    hint: `from ${from} it can go to: ${TRANSITIONS[from].join(', ')}`,
    details: { from, to },
  });
}
