import { PluginError } from '../core/errors.ts';
import { isOwnId } from './module-id.ts';
import type { ModuleId } from './types.ts';

const NAMES = ['index', 'mod', 'main', 'plugin'];
const EXTENSIONS = ['ts', 'tsx', 'mts', 'js', 'mjs', 'jsx'];

/** What a folder's entry may be called when `plugin.json` does not say: the first that exists. */
export const ENTRY_NAMES: readonly string[] = [
  ...EXTENSIONS.flatMap((extension) => NAMES.map((name) => `${name}.${extension}`)),
  'plugin.wasm',
];

export interface EntryFiles {
  /** False where there is no such file; errors of other kinds are thrown. */
  exists(id: ModuleId): Promise<boolean>;
  /** Undefined where there is no such file. */
  read(id: ModuleId): Promise<Uint8Array | undefined>;
}

/** The entry module of a folder: `entry` of its plugin.json, or `main` (npm's word), else the first of ENTRY_NAMES that exists. */
export async function findEntry(source: string, files: EntryFiles): Promise<ModuleId> {
  const manifest = await files.read('plugin.json');
  const stated = manifest === undefined ? undefined : statedEntry(source, manifest);
  if (stated !== undefined) {
    if (await files.exists(stated)) return stated;
    throw new PluginError(
      'ERR_SOURCE_NOT_FOUND',
      `Cannot open "${source}": its plugin.json names "${stated}", which is not there`,
      {
        hint: 'correct "entry" of plugin.json, or add the file',
      },
    );
  }
  for (const name of ENTRY_NAMES) if (await files.exists(name)) return name;
  throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot open "${source}": it has no entry module`, {
    hint: `looked for "entry" in plugin.json, and for ${ENTRY_NAMES.join(', ')}`,
  });
}

function statedEntry(source: string, bytes: Uint8Array): ModuleId | undefined {
  let manifest: unknown;
  try {
    manifest = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new PluginError('ERR_METADATA', `Cannot open "${source}": its plugin.json is not JSON`, {
      cause,
      hint: cause instanceof Error ? cause.message : 'correct plugin.json',
    });
  }
  if (manifest === null || typeof manifest !== 'object' || Array.isArray(manifest)) {
    throw new PluginError('ERR_METADATA', `Cannot open "${source}": its plugin.json is not an object`);
  }
  for (const key of ['entry', 'main']) {
    const value: unknown = Object.hasOwn(manifest, key) ? (manifest as Record<string, unknown>)[key] : undefined;
    if (value === undefined) continue;
    const id = typeof value === 'string' ? value.replace(/^(?:\.\/+)+/, '') : '';
    if (isOwnId(id)) return id;
    throw new PluginError(
      'ERR_METADATA',
      `Cannot open "${source}": "${key}" of its plugin.json is not a file of its folder`,
      { hint: 'write a path relative to plugin.json, such as "src/index.ts"' },
    );
  }
  return undefined;
}
