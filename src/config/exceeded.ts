import type { ErrorCode } from '../core/codes.ts';
import { PluginError, type PluginErrorOptions } from '../core/errors.ts';
import { format, LIMITS } from './limits.ts';
import type { Limits } from './types.ts';

export type LimitCode = Extract<ErrorCode, `ERR_LIMIT_${string}`>;

/** The one form of a passed limit: names it as the config spells it, and hints the lines that would double it. */
export function exceeded(
  code: LimitCode,
  message: string,
  plugin: string,
  limits: Limits,
  limit: keyof Limits,
  details: PluginErrorOptions['details'] = {},
): PluginError {
  const quantity = LIMITS[limit];
  const wanted = Math.max(quantity.min, Math.min(quantity.max, Math.max(1, limits[limit] * 2)));
  return new PluginError(code, message, {
    plugin,
    hint: `plugins:\n  ${plugin}:\n    limits:\n      ${quantity.key}: ${format(quantity, wanted)}`,
    details: { ...details, limit: quantity.key, max: limits[limit] },
  });
}

/** The config's key of the limit of its own that `plugin` passed, where this error says that it did. */
export function passedLimit(error: unknown, plugin: string): string | undefined {
  if (!(error instanceof PluginError) || (error.plugin ?? plugin) !== plugin || !error.code.startsWith('ERR_LIMIT_'))
    return undefined;
  const { limit } = error.details;
  return typeof limit === 'string' ? limit : undefined;
}
