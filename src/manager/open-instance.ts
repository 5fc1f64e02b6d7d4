import type { Switchboard } from '../capabilities/types.ts';
import type { Logger } from '../core/logger.ts';
import type { Prepared } from '../loader/types.ts';
import { assertInterfaces, type AppInterfaces } from './interfaces.ts';
import type { Live, ManagedPlugin } from './managed-plugin.ts';
import type { Grant, Rooms } from './rooms.ts';
import { settingsOf } from './settings.ts';

export interface OpeningParts {
  readonly rooms: Rooms;
  readonly logger: Logger;
  readonly interfaces: AppInterfaces;
  readonly switchboard: Switchboard;
}

/**
 * Gives a plugin its config, its grants and an isolate, constructs it, and compares what it says of itself with the lock. From
 * `opened` on, `plugin.live` says what it holds, and whoever called must free it when this throws.
 */
export async function openInstance(
  parts: OpeningParts,
  plugin: ManagedPlugin,
  prepared: Prepared,
  opened: (live: Live) => void,
): Promise<void> {
  const { rooms, switchboard, interfaces } = parts;
  const { name, config } = plugin;
  const { lock, program } = prepared;
  const settings = settingsOf(plugin, prepared);
  const { permissions } = plugin;
  const granted = { ...prepared, config: { ...prepared.config, permissions } };
  const grant = await rooms.grant(granted, switchboard, settings.secrets);
  try {
    const instance = await rooms.sandbox.open({
      name,
      version: lock.metadata.version,
      group: groupOf(plugin, prepared),
      program,
      config: settings.config,
      env: grant.env,
      limits: config.limits,
      port: grant.port,
    });
    plugin.live = { prepared, instance, grant, description: NOTHING_SAID };
    // Revoked while it opened.
    if (plugin.permissions !== permissions) grant.setPermissions(plugin.permissions);
    opened(plugin.live);
    const description = await instance.request('describe', [], { timeout: config.limits.startTimeout });
    rooms.assertAgrees(prepared, description);
    assertInterfaces(name, lock.metadata, description, interfaces);
    plugin.live = { prepared, instance, grant, description };
  } catch (error) {
    if (!plugin.live) await closeGrant(grant, name, parts.logger);
    throw error;
  }
}

/** What cannot be closed is logged: the rest must be freed all the same. */
export async function closeGrant(grant: Grant, plugin: string, logger: Logger): Promise<void> {
  try {
    await grant.close();
  } catch (error) {
    logger.log('error', `Cannot close what ${plugin} held`, { plugin, error });
  }
}

const NOTHING_SAID = { metadata: null, commands: null, configSchema: null, methods: [], interfaces: [] } as const;

function groupOf(plugin: ManagedPlugin, prepared: Prepared): string {
  const { cell } = plugin;
  if (cell === 'alone' || plugin.config.isolation === 'process') return `process:${plugin.name}`;
  return cell === undefined ? prepared.group : `suspects:${cell}:${prepared.group}`;
}
