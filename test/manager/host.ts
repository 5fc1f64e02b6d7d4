import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../src/config/load.ts';
import { createLoader } from '../../src/loader/loader.ts';
import { PluginManager } from '../../src/manager/manager.ts';
import type { ManagerOptions } from '../../src/manager/options.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import { openStore } from '../../src/store/store.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

export const FIXTURES = fileURLToPath(new URL('../../fixtures/', import.meta.url));

/** What the greeter cannot start without. */
const SUBSCRIBES = { permissions: { events: { subscribe: ['wallet.*'] } } };

export interface Host extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly manager: PluginManager;
  /** Another manager over the same config, as another process would have it. */
  create(options?: ManagerOptions): Promise<PluginManager>;
}

/** A folder with a locked config over the fixtures, and a manager with real processes. */
export async function createHost(
  plugins: Readonly<Record<string, object>>,
  options: ManagerOptions = {},
  config: object = {},
): Promise<Host> {
  const entries = Object.entries(plugins).map(([name, entry]) => [
    name,
    { enabled: true, source: join(FIXTURES, name), ...(name === 'greeter' ? SUBSCRIBES : {}), ...entry },
  ]);
  const folder = await temporaryFolder({
    'plugins.yaml': JSON.stringify({ plugins: Object.fromEntries(entries) as unknown, ...config }),
  });
  const file = join(folder.path, 'plugins.yaml');
  const cacheDir = join(folder.path, 'cache');
  await lock(file, cacheDir, options.env ?? {});
  const managers: PluginManager[] = [];
  const create = async (more: ManagerOptions = {}): Promise<PluginManager> => {
    const manager = await PluginManager.create({ config: file, cacheDir, env: {}, ...options, ...more });
    managers.push(manager);
    return manager;
  };
  return {
    folder,
    manager: await create(),
    create,
    async [Symbol.asyncDispose]() {
      await Promise.all(managers.map((manager) => manager.close()));
      await folder.remove();
    },
  };
}

async function lock(file: string, cacheDir: string, env: NonNullable<ManagerOptions['env']>): Promise<void> {
  const sandbox = createSandbox();
  try {
    const config = await loadConfig({ file, env, flags: { cacheDir } });
    const loader = createLoader({ config, store: openStore({ cacheDir }), sandbox: async () => sandbox });
    await loader.lockAll();
  } finally {
    await sandbox.close();
  }
}
