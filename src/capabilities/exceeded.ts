import { format, LIMITS } from '../config/limits.ts';
import type { Limits } from '../config/types.ts';
import { PluginError, type PluginErrorOptions } from '../core/errors.ts';

/** The one form of a passed limit: names it as the config spells it, and hints the lines that would double it. */
export function exceeded(
  code: 'ERR_LIMIT_RATE' | 'ERR_LIMIT_STORAGE',
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
