import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { AuditRecord, HostService } from '../../src/capabilities/types.ts';
import { loadConfig } from '../../src/config/load.ts';
import { createLoader } from '../../src/loader/loader.ts';
import { PluginManager } from '../../src/manager/manager.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import { openStore } from '../../src/store/store.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';
import { createCanaries, leaksIn, type Canaries } from './canaries.ts';
import type { HostileCase, World } from './case.ts';

const FIXTURES = fileURLToPath(new URL('../../fixtures/hostile/', import.meta.url));
const INNOCENTS = ['bystander', 'victim'] as const;

export interface ArenaOptions {
  readonly cases: readonly HostileCase[];
  readonly services?: Readonly<Record<string, HostService>>;
  readonly facts?: World['facts'];
}

/** One host with an innocent bystander, a victim with secrets, and an attacker for each case, none of which is started yet. */
export interface Arena {
  readonly folder: TemporaryFolder;
  readonly manager: PluginManager;
  readonly canaries: Canaries;
  readonly world: World;
  readonly audit: AuditRecord[];
  /** All the host logged. */
  readonly logs: string[];
  /** What left the house by another way than a result: call it with what a server received. Scanned for canaries. */
  note(said: unknown): void;
  readonly noted: unknown[];
  /** Everybody's place is one process again: the bystander and the victim are active in one that takes new plugins. */
  reset(): Promise<void>;
  close(): Promise<void>;
}

export const attackerOf = (index: number): string => `attacker-${index + 1}`;

export async function createArena({ cases, services = {}, facts = {} }: ArenaOptions): Promise<Arena> {
  const canaries = createCanaries();
  const folder = await temporaryFolder({ 'host/secret.txt': canaries.file });
  const world: World = {
    root: folder.path,
    secretFile: join(folder.path, 'host/secret.txt'),
    victimData: join(folder.path, '.aitbc/plugins'),
    facts,
  };
  const plugins: Record<string, object> = {
    bystander: { enabled: true, source: './plugins/bystander' },
    victim: {
      enabled: true,
      source: './plugins/victim',
      config: { plain: canaries.plain, interpolated: '${AITBC_CANARY_CONFIG}', data: canaries.data },
      permissions: { events: { publish: ['victim.*'] } },
    },
  };
  for (const name of INNOCENTS) {
    for (const file of ['mod.ts', 'plugin.json']) {
      await folder.write({ [`plugins/${name}/${file}`]: await readFile(join(FIXTURES, name, file)) });
    }
  }
  for (const [index, item] of cases.entries()) {
    const name = attackerOf(index);
    const own = (value: object | ((world: World) => object) = {}): object =>
      typeof value === 'function' ? (value as (world: World) => object)(world) : value;
    plugins[name] = {
      enabled: true,
      source: `./plugins/${name}`,
      config: own(item.config),
      permissions: own(item.permissions),
      limits: { cpu: '300ms', timeout: '5s', start_timeout: '3s', stop_timeout: '1s', ...item.limits },
      isolation: item.isolation ?? 'shared',
    };
    await folder.write({
      [`plugins/${name}/mod.ts`]: moduleOf(item, name),
      [`plugins/${name}/plugin.json`]: JSON.stringify({ ...metadataOf(name), entry: 'mod.ts', ...item.manifest }),
      ...Object.fromEntries(
        Object.entries(item.files ?? {}).map(([file, content]) => [`plugins/${name}/${file}`, content]),
      ),
    });
  }
  await folder.write({ 'plugins.yaml': JSON.stringify({ plugins, health_check_interval: 3_600 }) });

  const host = globalThis as { canary?: string };
  host.canary = canaries.global;
  const secrets = { AITBC_CANARY_ENV: canaries.env, AITBC_CANARY_CONFIG: canaries.interpolated };
  Object.assign(process.env, secrets);
  const file = join(folder.path, 'plugins.yaml');
  const cacheDir = join(folder.path, 'cache');
  await lock(file, cacheDir);
  const audit: AuditRecord[] = [];
  const logs: string[] = [];
  const noted: unknown[] = [];
  const manager = await PluginManager.create({
    config: file,
    cacheDir,
    services,
    frozen: false,
    audit: (record) => void audit.push(record),
    logger: { log: (level, message, fields) => void logs.push(`${level}: ${message} ${JSON.stringify(fields ?? {})}`) },
  });
  manager.on('#', (event) => {
    if (event.source === 'victim') return;
    // What is large is looked through now, so that the suite itself holds none of it.
    const large = typeof event.data === 'string' && event.data.length > 10_000;
    noted.push(large ? { ...event, data: leaksIn(canaries, 'an event', event.data) } : event);
  });
  return {
    folder,
    manager,
    canaries,
    world,
    audit,
    logs,
    noted,
    note: (said) => void noted.push(said),
    reset: () => reset(manager),
    async close() {
      await manager.close();
      delete host.canary;
      for (const name of Object.keys(secrets)) delete process.env[name];
      await folder.remove();
    },
  };
}

/** A plugin that was a suspect has a process of its own, and a process that lost memory takes no more plugins. */
async function reset(manager: PluginManager): Promise<void> {
  const [first, second] = INNOCENTS.map((name) => manager.pluginState(name));
  const together = first?.status === 'active' && second?.status === 'active' && first.pid === second.pid;
  const fresh = manager.processes().some(({ plugins, group }) => plugins.length === 2 && group.startsWith('local:'));
  if (together && fresh) return;
  await restartInnocents(manager);
}

/** Also where a process may have been retired: both go before either comes back. */
export async function restartInnocents(manager: PluginManager): Promise<void> {
  for (const name of INNOCENTS) if (manager.getPluginStatus(name) !== 'unloaded') await manager.unloadPlugin(name);
  for (const name of INNOCENTS) {
    await manager.loadPlugin(name);
    await manager.startPlugin(name);
  }
}

async function lock(file: string, cacheDir: string): Promise<void> {
  const sandbox = createSandbox();
  try {
    const config = await loadConfig({ file, flags: { cacheDir } });
    const loader = createLoader({ config, store: openStore({ cacheDir }), sandbox: async () => sandbox });
    await loader.lockAll();
  } finally {
    await sandbox.close();
  }
}

function metadataOf(name: string): object {
  return { name, version: '1.0.0', description: 'Attacks', author: 'tests', license: 'MIT' };
}

/** `%NAME%` of a whole module becomes the plugin's name. */
export function moduleOf({ module, top = '', members = '', attack = '' }: HostileCase, name: string): string {
  if (module !== undefined) return module.replaceAll('%NAME%', name);
  return `// @ts-nocheck
import { BasePlugin } from '@aitbc/plugins/sdk';
${top}
export default class Attacker extends BasePlugin {
  getMetadata() {
    return { name: ${JSON.stringify(name)}, version: '1.0.0', description: 'Attacks', author: 'tests', license: 'MIT' };
  }
  ${members}
  async attack(world) {
    const { context } = this;
    ${attack}
  }
}
`;
}
