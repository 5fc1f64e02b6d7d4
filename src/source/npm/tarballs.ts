/**
 * The files of packages. Guarantees that a tarball's bytes have the sha512 that the registry or the lock names before anything in it
 * is looked at, that it says of itself the name and version it was asked for, and that nothing of it is written or run. Trusts
 * SHA-512, and our archive code for names and limits.
 */
import { clean } from 'semver';
import { isPluginError, PluginError } from '../../core/errors.ts';
import { offline } from '../foreign.ts';
import { mayBeInsecure } from '../http/hosts.ts';
import type { SourceContext } from '../types.ts';
import { assertIntegrity, sha512Of } from './integrity.ts';
import { splitKey } from './names.ts';
import { isObject, own } from './packument.ts';
import type { Registries } from './registries.ts';

export interface TarballPin {
  /** `sha512-…` */
  readonly integrity: string;
  /** Undefined: the usual place. */
  readonly tarball: string | undefined;
}

export interface PackageFiles {
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Its package.json: an object with the right name and version; nothing else of it is checked. */
  readonly manifest: Readonly<Record<string, unknown>>;
  /** The URL it came from. */
  readonly url: string;
}

const MAX_PACKAGES = 1_000;
const MAX_TOTAL = 512 * 2 ** 20;
const MAX_FILES = 20_000;

export interface Tarballs {
  get(key: string, pin: TarballPin): Promise<PackageFiles>;
}

/** Each tarball is fetched once in a run; all are held in memory until it is over. */
export function createTarballs(
  registries: () => Promise<Registries>,
  context: SourceContext,
  locked: boolean,
): Tarballs {
  const reading = new Map<string, Promise<PackageFiles>>();
  let total = 0;

  const fetch = async (key: string, pin: TarballPin): Promise<PackageFiles> => {
    if (context.offline) throw offline(`npm:${key}`);
    const { http, urlFor } = await registries();
    const { name = '', version = '' } = splitKey(key) ?? {};
    const registry = urlFor(name);
    const url = checkUrl(key, pin.tarball ?? usualTarball(registry, name, version), context);
    const { maxArchiveBytes, maxModuleBytes, maxModules } = context.config;
    const get = { limit: maxArchiveBytes, expect: 'archive', referrer: registry, signal: context.signal } as const;
    const { bytes } = await http.get(url, get).catch((error: unknown) => {
      throw isPluginError(error, 'ERR_SOURCE_NOT_FOUND') ? gone(key, registry, error, locked) : error;
    });
    assertIntegrity(`npm:${key}`, bytes, pin.integrity, locked ? LOCKED_HINT : REGISTRY_HINT);
    const { unpack } = await import('../archive/unpack.ts');
    const limits = {
      maxBytes: maxArchiveBytes,
      maxFileBytes: maxModuleBytes,
      maxEntries: Math.max(maxModules, MAX_FILES),
    };
    const files = await unpack(`npm:${key}`, bytes, limits);
    for (const file of files.values()) total += file.byteLength;
    if (total > MAX_TOTAL) throw tooMuch(`more than ${MAX_TOTAL} bytes of packages`, key);
    return { files, manifest: checkManifest(key, files.get('package.json')), url };
  };

  return {
    get(key, pin) {
      let files = reading.get(key);
      if (files === undefined) {
        if (reading.size >= MAX_PACKAGES) throw tooMuch(`more than ${MAX_PACKAGES} packages`, key);
        files = fetch(key, pin);
        reading.set(key, files);
      }
      return files;
    },
  };
}

/** What the lock keeps of a release: its one sha512, and its place where that is not the usual one. */
export function pinOfRelease(
  release: { readonly name: string; readonly version: string; readonly key: string; readonly stated: string },
  tarball: string | undefined,
  registry: string,
): TarballPin {
  const integrity = sha512Of(release.stated);
  if (integrity === undefined) {
    throw new PluginError('ERR_INTEGRITY', `Cannot use "npm:${release.key}": ${registry} states no sha512 for it`, {
      hint: 'use a version that was published with integrity, or another registry',
      details: { stated: release.stated.slice(0, 256) || 'nothing' },
    });
  }
  const usual = usualTarball(registry, release.name, release.version);
  // A mirror that passes on what npm's own registry says is asked itself.
  const npms = usualTarball('https://registry.npmjs.org/', release.name, release.version);
  const elsewhere = tarball !== undefined && ![usual, npms].some((url) => sameUrl(url, tarball));
  return { integrity, tarball: elsewhere ? tarball : undefined };
}

function usualTarball(registry: string, name: string, version: string): string {
  return `${registry}${name}/-/${name.replace(/^@[^/]+\//, '')}-${version}.tgz`;
}

function sameUrl(a: string, b: string): boolean {
  return URL.parse(a)?.href.replaceAll(/%2f/gi, '/') === URL.parse(b)?.href.replaceAll(/%2f/gi, '/');
}

function checkUrl(key: string, text: string, { config }: SourceContext): string {
  const url = text.length <= 2_048 ? URL.parse(text) : null;
  const http = url?.protocol === 'http:' && mayBeInsecure(url, config.allowInsecure);
  if (url !== null && (url.protocol === 'https:' || http) && url.username === '' && url.password === '')
    return url.href;
  throw new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "npm:${key}": its tarball is not at an https: URL`, {
    details: { tarball: text.slice(0, 256) },
  });
}

function checkManifest(key: string, bytes: Uint8Array | undefined): Readonly<Record<string, unknown>> {
  const { name, version } = splitKey(key) ?? {};
  let manifest: unknown;
  try {
    manifest = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    manifest = undefined;
  }
  if (!isObject(manifest)) {
    throw new PluginError('ERR_METADATA', `Cannot use "npm:${key}": its tarball has no package.json that is an object`);
  }
  const stated = { name: own(manifest, 'name'), version: own(manifest, 'version') };
  const same = stated.name === name && typeof stated.version === 'string' && clean(stated.version) === version;
  if (same) return manifest;
  throw new PluginError('ERR_INTEGRITY', `Cannot use "npm:${key}": its tarball holds another package or version`, {
    hint: 'do not use this version; tell whoever runs the registry',
    details: { holds: `${String(stated.name).slice(0, 214)}@${String(stated.version).slice(0, 64)}` },
  });
}

const LOCKED_HINT = 'The registry gives other bytes than those that were locked. Do not use them before you know why.';
const REGISTRY_HINT =
  'The registry contradicts itself: its tarball was changed, or damaged on the way. Try again later.';

function gone(key: string, registry: string, cause: unknown, locked: boolean): PluginError {
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot fetch "npm:${key}": ${registry} no longer has it`, {
    hint: locked
      ? 'It was unpublished, or this registry never had it. Machines that have it in the cache still start; else update the plugin.'
      : 'It is listed, and its tarball is not there: use another version.',
    cause,
  });
}

function tooMuch(state: string, key: string): PluginError {
  return new PluginError('ERR_SOURCE_TOO_LARGE', `Cannot fetch "npm:${key}": the plugin's graph has ${state}`);
}
