/**
 * Gets what a registry's entry, or the lock, names. Guarantees that the bytes of a file have the checksum before anything else looks at
 * them. Trusts nobody: index, server, repository and folder may all be hostile.
 */
import { realpath, stat } from 'node:fs/promises';
import { basename, dirname, posix } from 'node:path';
import { digestOf } from '../../core/digest.ts';
import { PluginError } from '../../core/errors.ts';
import { offline, type ForeignReader } from '../foreign.ts';
import { resolvedOf } from '../git/open.ts';
import { openRepository, type Repository } from '../git/repository.ts';
import { readError, readOwnFile } from '../path/files.ts';
import type { GitSpecifier, PathSpecifier, UrlSpecifier } from '../specifier.ts';
import type { GitPin, SourceContext } from '../types.ts';
import type { RegistryPin } from './types.ts';

/** Where a release may be: what is not one of these is no download. */
export type DownloadTarget = PathSpecifier | UrlSpecifier | GitSpecifier;

export interface ReleaseFile {
  readonly kind: 'file';
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly resolved: string;
  readonly git: GitPin | undefined;
  /** Where it came from, for what it imports; undefined for this machine. */
  readonly referrer: string | undefined;
  /** A file beside it. Its bytes are covered by no checksum. */
  beside(name: string): Promise<Uint8Array>;
  close(): Promise<void>;
}

/** A folder of a disk, or of the repository that was fetched. */
export interface ReleaseFolder {
  readonly kind: 'folder';
  readonly repository: Repository | undefined;
}

export interface DownloadOptions {
  readonly registry: RegistryPin;
  /** `greeter@1.0.0`, for errors. */
  readonly label: string;
  readonly foreign: ForeignReader;
  readonly context: SourceContext;
}

export function download(target: DownloadTarget, options: DownloadOptions): Promise<ReleaseFile | ReleaseFolder> {
  if (target.kind === 'url') return fromUrl(target, options);
  return target.kind === 'path' ? fromPath(target, options) : fromGit(target, options);
}

async function fromUrl({ url }: UrlSpecifier, options: DownloadOptions): Promise<ReleaseFile> {
  const { foreign, context, registry } = options;
  if (context.offline) throw offline(url);
  const client = await foreign.client();
  const get = (from: string): ReturnType<typeof client.get> =>
    client.get(from, {
      limit: context.config.maxArchiveBytes,
      expect: 'archive',
      referrer: webAddressOf(registry.url),
      signal: context.signal,
    });
  const { bytes, finalUrl } = await get(url);
  assertChecksum(bytes, url, options);
  return {
    kind: 'file',
    name: fileNameOf(url),
    bytes,
    // As the registry names it: where that redirects to may be gone tomorrow.
    resolved: url,
    git: undefined,
    referrer: finalUrl,
    beside: async (name) => (await get(new URL(encodeURIComponent(name), url).href)).bytes,
    close: async () => {},
  };
}

/** What it may lead to: an index on the public internet to neither this machine nor a private network; one of this machine anywhere. */
function webAddressOf(registry: string): string | undefined {
  const address = registry.replace(/^git\+/, '');
  return /^(?:https?|ssh):\/\//.test(address) ? address : undefined;
}

function fileNameOf(url: string): string {
  const name = posix.basename(new URL(url).pathname);
  try {
    return decodeURIComponent(name);
  } catch (error) {
    if (!(error instanceof URIError)) throw error;
    return name;
  }
}

async function fromPath(spec: PathSpecifier, options: DownloadOptions): Promise<ReleaseFile | ReleaseFolder> {
  const found = await realpath(spec.path).catch((error: unknown) => {
    throw readError(options.label, spec.path, error);
  });
  if ((await stat(found)).isDirectory()) return { kind: 'folder', repository: undefined };
  const { maxArchiveBytes, maxModules } = options.context.config;
  const folder = { source: options.label, root: dirname(found), maxBytes: maxArchiveBytes, maxFiles: maxModules };
  const bytes = await readOwnFile(folder, basename(found));
  assertChecksum(bytes, spec.normal, options);
  return {
    kind: 'file',
    name: basename(spec.path),
    bytes,
    resolved: spec.normal,
    git: undefined,
    referrer: undefined,
    beside: (name) => readOwnFile(folder, name),
    close: async () => {},
  };
}

async function fromGit(spec: GitSpecifier, options: DownloadOptions): Promise<ReleaseFile | ReleaseFolder> {
  const { context, foreign } = options;
  if (context.offline && spec.transport !== 'file') throw offline(spec.text);
  const repository = await openRepository(spec, undefined, foreign.client, context);
  try {
    const { commit, base } = repository;
    const [name = '', ...above] = spec.folder.split('/').reverse();
    const { maxArchiveBytes, maxModules } = context.config;
    const tree = await repository.tree(above.reverse().join('/'), { maxBytes: maxArchiveBytes, maxFiles: maxModules });
    if (name === '' || !(await tree.exists(name))) return { kind: 'folder', repository };
    const bytes = await tree.read(name);
    assertChecksum(bytes, spec.normal, options);
    return {
      kind: 'file',
      name,
      bytes,
      resolved: resolvedOf(base, { commit, folder: spec.folder }),
      git: { commit, folder: spec.folder },
      referrer: spec.transport === 'file' ? undefined : base,
      beside: (file) => tree.read(file),
      close: () => repository.close(),
    };
  } catch (error) {
    await repository.close();
    throw error;
  }
}

function assertChecksum(bytes: Uint8Array, from: string, { registry, label }: DownloadOptions): void {
  const actual = digestOf(bytes);
  if (actual === registry.checksum) return;
  throw new PluginError(
    'ERR_INTEGRITY',
    `Cannot use "${label}": what was downloaded does not match the checksum of the registry "${registry.name}"`,
    {
      hint: 'Do not use it: it was changed after it was published. Tell who runs the registry.',
      details: { from, expected: registry.checksum, actual },
    },
  );
}
