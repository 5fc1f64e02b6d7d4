import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import { createLoader } from '../../src/loader/loader.ts';
import { PluginManager } from '../../src/manager/manager.ts';
import type { ManagerOptions } from '../../src/manager/options.ts';
import { openStore } from '../../src/store/store.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

export interface Host extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly manager: PluginManager;
  /** What was logged: `info: message`. */
  readonly logged: readonly string[];
  /** A new manager over the same config and data, as after a restart; the one before is closed. */
  restart(): Promise<PluginManager>;
}

/** Locks plugins without running any code, and gives a manager over them with real processes; nothing is started. */
export async function createHost(
  plugins: Readonly<Record<string, object>>,
  options: ManagerOptions = {},
): Promise<Host> {
  const entries = Object.entries(plugins).map(([name, entry]) => [name, { enabled: true, ...entry }]);
  const folder = await temporaryFolder({
    'plugins.yaml': JSON.stringify({ plugins: Object.fromEntries(entries) as unknown }),
  });
  const file = join(folder.path, 'plugins.yaml');
  const cacheDir = options.cacheDir ?? join(folder.path, 'cache');
  const env = options.env ?? {};
  await lockWithoutRunning(file, cacheDir, env);
  const logged: string[] = [];
  const create = (): Promise<PluginManager> =>
    PluginManager.create({
      config: file,
      env,
      logger: { log: (level, message) => logged.push(`${level}: ${message}`) },
      ...options,
      cacheDir,
    });
  let manager = await create();
  return {
    folder,
    logged,
    get manager() {
      return manager;
    },
    async restart() {
      await manager.close();
      manager = await create();
      return manager;
    },
    async [Symbol.asyncDispose]() {
      await manager.close();
      await folder.remove();
    },
  };
}

async function lockWithoutRunning(
  file: string,
  cacheDir: string,
  env: NonNullable<ManagerOptions['env']>,
): Promise<void> {
  const config = await loadConfig({ file, env, flags: { cacheDir } });
  const sandbox = (): Promise<never> => Promise.reject(new Error('locking would run code'));
  await createLoader({ config, store: openStore({ cacheDir }), sandbox }).lockAll();
}
