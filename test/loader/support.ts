import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.ts';
import type { HostConfig } from '../../src/config/types.ts';
import type { Logger } from '../../src/core/logger.ts';
import { createLoader } from '../../src/loader/loader.ts';
import type { Loader, Progress } from '../../src/loader/types.ts';
import type { Sandbox } from '../../src/sandbox/types.ts';
import { openStore } from '../../src/store/store.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

export interface LoaderSetup {
  readonly offline?: boolean;
  readonly frozen?: boolean;
  readonly logger?: Logger;
  readonly progress?: Progress;
  readonly sandbox?: () => Promise<Sandbox>;
}

/** A folder with a config, and loaders over it, each as a process of its own would have it. */
export interface Workspace extends AsyncDisposable {
  readonly folder: TemporaryFolder;
  readonly lockFile: string;
  readonly cacheDir: string;
  config(): Promise<HostConfig>;
  loader(setup?: LoaderSetup): Promise<Loader>;
}

export async function workspace(
  config: string,
  files: Readonly<Record<string, string | Uint8Array>> = {},
): Promise<Workspace> {
  const folder = await temporaryFolder({ 'plugins.yaml': config, ...files });
  const cacheDir = join(folder.path, 'cache');
  const read = (): Promise<HostConfig> =>
    loadConfig({ file: join(folder.path, 'plugins.yaml'), env: {}, cwd: folder.path, flags: { cacheDir } });
  return {
    folder,
    cacheDir,
    lockFile: join(folder.path, 'plugins.lock.json'),
    config: read,
    async loader(setup = {}) {
      const { logger } = setup;
      const store = openStore({ cacheDir, ...(logger === undefined ? {} : { logger }) });
      return createLoader({ sandbox: noSandbox, ...setup, config: await read(), store });
    },
    [Symbol.asyncDispose]: () => folder.remove(),
  };
}

function noSandbox(): Promise<Sandbox> {
  throw new Error('nothing may be run here');
}

/** A manifest that says all, so that no code is run to describe the plugin. */
export function manifest(name: string, more: Readonly<Record<string, unknown>> = {}): string {
  return JSON.stringify({ name, version: '1.0.0', description: name, author: 'Tests', license: 'MIT', ...more });
}

export const PLUGIN = `
import { greet } from './lib/util.ts';
export default { getMetadata: () => ({ name: greet('x') }) };
`;
export const UTIL = 'export const greet = (name: string): string => `hello ${name}`;\n';

/** Files of a local plugin in `<name>/`. */
export function localPlugin(name: string, more: Readonly<Record<string, unknown>> = {}): Record<string, string> {
  return { [`${name}/plugin.json`]: manifest(name, more), [`${name}/mod.ts`]: PLUGIN, [`${name}/lib/util.ts`]: UTIL };
}
