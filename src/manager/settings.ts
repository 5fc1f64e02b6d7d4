import { validatePluginConfig, type ValidConfig } from '../config/plugin-config.ts';
import type { Prepared } from '../loader/types.ts';
import type { ManagedPlugin } from './managed-plugin.ts';

/** A plugin's config as its own schema accepts it (SPEC C4). @throws ERR_CONFIG_INVALID; ERR_METADATA for its schema. */
export function settingsOf({ name, config }: ManagedPlugin, { lock }: Prepared): ValidConfig {
  const { interpolated, where } = config;
  return validatePluginConfig(name, lock.configSchema, config.config, {
    ...(interpolated ? { interpolated } : {}),
    ...(where ? { where } : {}),
  });
}
