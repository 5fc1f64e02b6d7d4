import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';
import { buildComponent } from '../../src/build/component/build-component.ts';
import type { PluginError } from '../../src/core/errors.ts';
import type { Verified } from '../../src/lock/types.ts';
import type { ManagerOptions } from '../../src/manager/options.ts';
import { createHost, type Host } from '../manager/host.ts';
import { temporaryFolder } from '../support/temp.ts';
import { moduleOf, type WatPlugin } from './wat.ts';

const WIT = fileURLToPath(new URL('../../runtime/wit/', import.meta.url));

export async function ownWit(): Promise<string> {
  const files = await Promise.all(['types', 'host', 'plugin'].map((name) => readFile(`${WIT}${name}.wit`, 'utf8')));
  return files.join('\n');
}

/** A component of a module, for a world of this WIT. */
export async function componentOf(module: Uint8Array, witSource: string, world: string): Promise<Uint8Array> {
  return componentNew(await componentEmbed({ binary: module, witSource, world }), []);
}

/** Its program, without a host. */
export const build = (bytes: Uint8Array, limits = {}): ReturnType<typeof buildComponent> =>
  buildComponent(
    {
      name: 'plain',
      lock: { entry: 'plain.wasm' },
      files: new Map([['plain.wasm', { bytes }]]),
    } as unknown as Verified,
    limits,
  );
/** Why there is none. */
export const refused = (bytes: Uint8Array, limits = {}): Promise<PluginError> =>
  build(bytes, limits).then(
    () => Promise.reject(new Error('it was built')),
    (error: PluginError) => error,
  );

/** A host with one plugin per module, started by the test. */
export async function hostOf(
  plugins: Readonly<Record<string, { readonly wasm: Uint8Array; readonly entry?: object }>>,
  options: ManagerOptions = {},
  config: object = {},
): Promise<Host> {
  const folder = await temporaryFolder({});
  const entries: Record<string, object> = {};
  for (const [name, { wasm, entry }] of Object.entries(plugins)) {
    await folder.write({ [`${name}.wasm`]: wasm });
    entries[name] = { source: `${folder.path}/${name}.wasm`, ...entry };
  }
  const host = await createHost(entries, options, config);
  return {
    ...host,
    async [Symbol.asyncDispose]() {
      await host[Symbol.asyncDispose]();
      await folder.remove();
    },
  };
}

export async function hostOfWat(plugin: WatPlugin, entry: object = {}, options: ManagerOptions = {}): Promise<Host> {
  return hostOf({ [plugin.name]: { wasm: await moduleOf(plugin), entry } }, options);
}
