import type { StatusReason } from '../contract/status.ts';
import { PluginError, isPluginError, messageOf } from '../core/errors.ts';
import type { ErrorCode } from '../core/codes.ts';

const REFUSALS: readonly ErrorCode[] = [
  'ERR_NOT_LOCKED',
  'ERR_LOCK_OUTDATED',
  'ERR_LOCK_INVALID',
  'ERR_INTEGRITY',
  'ERR_OFFLINE',
  'ERR_METADATA',
  'ERR_INCOMPATIBLE',
  'ERR_DEPENDENCY_MISSING',
  'ERR_DEPENDENCY_CYCLE',
];

const CRASHES: readonly ErrorCode[] = [
  'ERR_PLUGIN_CRASHED',
  'ERR_PROTOCOL',
  'ERR_LIMIT_MEMORY',
  'ERR_LIMIT_CPU',
  'ERR_LIMIT_TIME',
];

/** The reason that goes with `error` when a step failed with this. */
export function reasonOf(error: PluginError): StatusReason {
  if (error.code === 'ERR_CONFIG_INVALID') return 'needs-config';
  if (error.code === 'ERR_PLUGIN_QUARANTINED') return 'quarantined';
  if (REFUSALS.includes(error.code)) return 'refused';
  if (CRASHES.includes(error.code)) return 'crashed';
  return 'failed';
}

/** Anything that was thrown on the host's side while it worked for a plugin, as a PluginError. */
export function asPluginError(error: unknown, verb: string, plugin: string): PluginError {
  if (isPluginError(error)) return error;
  return new PluginError('ERR_INTERNAL', `Cannot ${verb} "${plugin}": ${messageOf(error)}`, { plugin, cause: error });
}

/** A plugin that said no: `false` from one of its lifecycle methods. */
export function refusal(verb: string, method: string, plugin: string): PluginError {
  return new PluginError('ERR_PLUGIN_THREW', `Cannot ${verb} "${plugin}": it refused, ${method}() returned false`, {
    plugin,
  });
}
