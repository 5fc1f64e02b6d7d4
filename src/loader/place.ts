import { basename } from 'node:path';
import { PluginError } from '../core/errors.ts';
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
);

type PlaceContext = Pick<LoaderContext, 'config' | 'scan'>;

/** Throws ERR_SPECIFIER, or ERR_SOURCE_NOT_FOUND for a bare name that no folder of `plugin_paths` has. */
export async function placeOf(name: string, source: string | undefined, context: PlaceContext): Promise<Place> {
  return source === undefined ? findInPluginPaths(name, context) : placeOfSource(source, context);
}

export function placeOfSource(source: string, { config }: PlaceContext): Place {
  const parsed = parseSpecifier(source, { root: config.root, allowInsecure: config.fetch.allowInsecure });
  const common = { specifier: source, source };
  if (parsed.kind === 'path') return { ...common, kind: 'path', path: parsed.path, found: undefined };
  if (parsed.kind === 'npm') return { ...common, kind: 'npm', package: parsed.name };
  if (parsed.kind === 'oci') return { ...common, kind: 'oci', repository: `${parsed.host}/${parsed.repository}` };
  return { ...common, kind: parsed.kind, url: parsed.url };
}

async function findInPluginPaths(name: string, context: PlaceContext): Promise<Place> {
  const { found, broken } = await context.scan();
  const path = found.get(name);
  if (path !== undefined) return { kind: 'path', specifier: path, source: name, path, found: basename(path) };
  const fault = broken.find((item) => basename(item.path).replace(/\.\w+$/, '') === name);
  if (fault !== undefined) throw fault.error;
  const { pluginPaths } = context.config;
  throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "${name}": no folder of plugin_paths has it`, {
    plugin: name,
    hint:
      pluginPaths.length === 0
        ? `Give it a source: plugins.${name}.source, or name folders in plugin_paths.`
        : `Looked in ${pluginPaths.join(', ')}. Put it there, or give it a source: plugins.${name}.source`,
  });
}
