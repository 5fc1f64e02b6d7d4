import { posix } from 'node:path';
import type { HostConfig, RegistryConfig } from '../config/types.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import { parseSpecifier, type GitSpecifier, type PathSpecifier, type UrlSpecifier } from '../source/specifier.ts';
import type { RegistryRef } from './types.ts';

/** Where an index is: `folder` and `file` of a disk or a repository, or a URL. */
export type Location = RegistryRef &
  (
    | { readonly kind: 'path'; readonly spec: PathSpecifier; readonly folder: string; readonly file: string }
    | { readonly kind: 'git'; readonly spec: GitSpecifier; readonly folder: string; readonly file: string }
    | { readonly kind: 'url'; readonly spec: UrlSpecifier }
  );

const INDEX = 'index.json';

/** Reads the `url` of a registry; a folder means its index.json. ERR_CONFIG_INVALID for what is no place. */
export function locate({ name, url }: RegistryConfig, { root, fetch }: Pick<HostConfig, 'root' | 'fetch'>): Location {
  const isFolder = /^https?:\/\/[^?#]*\/$/i.test(url);
  const spec = parse(name, isFolder ? `${url}${INDEX}` : url, { root, allowInsecure: fetch.allowInsecure });
  const ref = { name, url: spec.normal };
  switch (spec.kind) {
    case 'url':
      return { ...ref, kind: 'url', spec };
    case 'path':
      return { ...ref, kind: 'path', spec, ...split(spec.path) };
    case 'git':
      return { ...ref, kind: 'git', spec, ...split(spec.folder) };
    default:
      throw refuse(name, `"${url}" is no place`, undefined);
  }
}

function split(path: string): { readonly folder: string; readonly file: string } {
  if (!path.endsWith('.json')) return { folder: path, file: INDEX };
  const folder = posix.dirname(path);
  return { folder: folder === '.' ? '' : folder, file: posix.basename(path) };
}

function parse(name: string, text: string, context: Parameters<typeof parseSpecifier>[1]) {
  try {
    return parseSpecifier(text, context);
  } catch (error) {
    if (!isPluginError(error, 'ERR_SPECIFIER')) throw error;
    throw refuse(name, error.message, error);
  }
}

function refuse(name: string, state: string, cause: PluginError | undefined): PluginError {
  return new PluginError('ERR_CONFIG_INVALID', `Cannot use the registry "${name}": ${state}`, {
    hint: cause?.hint ?? 'write a folder, git+…#ref:folder, or https://host/index.json',
    cause,
  });
}
