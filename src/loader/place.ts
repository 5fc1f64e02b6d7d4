import { basename } from 'node:path';
import type { HostConfig } from '../config/types.ts';
import { PluginError } from '../core/errors.ts';
import type { LockEntry } from '../lock/types.ts';
import { parseSpecifier } from '../source/specifier.ts';
import type { LoaderContext } from './context.ts';

/** Where the bytes of a plugin are, on this machine or another. */
export type Place = {
  /** As `openOrigin` takes it. */
  readonly specifier: string;
  /** What the lock calls it: the config's source, or the bare name of a plugin that was found in `plugin_paths`. */
  readonly source: string;
} & (
  | {
      readonly kind: 'path';
      readonly path: string;
      /** What the lock resolves a plugin of `plugin_paths` to: the folders differ from machine to machine. */
      readonly found: string | undefined;
    }
  | { readonly kind: 'git'; readonly url: string }
  | { readonly kind: 'url'; readonly url: string }
  | { readonly kind: 'npm'; readonly package: string }
  /** `host/repository` */
  | { readonly kind: 'oci'; readonly repository: string }
  | { readonly kind: 'registry'; readonly package: string }
);

type PlaceContext = Pick<LoaderContext, 'config' | 'scan'>;

/**
 * Throws ERR_SPECIFIER, or ERR_SOURCE_NOT_FOUND for a bare name that nobody has. `locked`: what the lock has for it; a bare name
 * stays where it was locked from, in `plugin_paths` or in a registry.
 */
export async function placeOf(
  name: string,
  source: string | undefined,
  context: PlaceContext,
  locked: LockEntry | undefined,
): Promise<Place> {
  if (source !== undefined) return placeOfSource(source, context);
  const before = locked?.source === name ? locked : undefined;
  if (before?.registry !== undefined) return placeOfSource(name, context);
  const found = await findInPluginPaths(name, context);
  if (found !== undefined) return found;
  if (before === undefined && (context.config.registries?.length ?? 0) > 0) return placeOfSource(name, context);
  throw inNoFolder(name, context.config, before !== undefined);
}

export function placeOfSource(source: string, { config }: PlaceContext): Place {
  const parsed = parseSpecifier(source, { root: config.root, allowInsecure: config.fetch.allowInsecure });
  const common = { specifier: source, source };
  if (parsed.kind === 'path') return { ...common, kind: 'path', path: parsed.path, found: undefined };
  if (parsed.kind === 'npm' || parsed.kind === 'registry') {
    return { ...common, kind: parsed.kind, package: parsed.name };
  }
  if (parsed.kind === 'oci') return { ...common, kind: 'oci', repository: `${parsed.host}/${parsed.repository}` };
  return { ...common, kind: parsed.kind, url: parsed.url };
}

async function findInPluginPaths(name: string, context: PlaceContext): Promise<Place | undefined> {
  const { found, broken } = await context.scan();
  const path = found.get(name);
  if (path !== undefined) return { kind: 'path', specifier: path, source: name, path, found: basename(path) };
  const fault = broken.find((item) => basename(item.path).replace(/\.\w+$/, '') === name);
  if (fault !== undefined) throw fault.error;
  return undefined;
}

function inNoFolder(name: string, { pluginPaths, registries = [] }: HostConfig, locked: boolean): PluginError {
  const looked =
    pluginPaths.length === 0
      ? `Give it a source: plugins.${name}.source, or name folders in plugin_paths.`
      : `Looked in ${pluginPaths.join(', ')}. Put it there, or give it a source: plugins.${name}.source`;
  const moved = `It is locked from plugin_paths. To take it from a registry: \`aitbc plugin update ${name} --rebind\``;
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "${name}": no folder of plugin_paths has it`, {
    plugin: name,
    hint: locked && registries.length > 0 ? `${looked}\n${moved}` : looked,
  });
}
