/**
 * Reads the revocation lists of registries, and keeps them. Guarantees that a list which is older than the kept one, of another series
 * or by nobody who may revoke never takes its place, and that a list which could not be checked is told of. Trusts the signers that the
 * config names, of the network and the cache nothing.
 */
import { posix } from 'node:path';
import type { HostConfig, RegistryConfig } from '../config/types.ts';
import { isPluginError, messageOf, PluginError } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import type { IndexCache } from '../store/types.ts';
import type { Publishers } from '../trust/publishers.ts';
import {
  MAX_REVOCATIONS_BYTES,
  readRevocations,
  REVOCATIONS_FILE,
  type RevocationList,
} from '../trust/revocations/list.ts';
import { revocationOf, type RegistryRevocations } from '../trust/revocations/revoked.ts';
import type { ReadIndex, Release } from './types.ts';
import { locate } from './location.ts';

export interface RevocationsOptions {
  readonly config: Pick<HostConfig, 'root' | 'fetch' | 'registries'>;
  readonly cache: IndexCache;
  readonly logger: Logger;
  /** Reads a file beside the index of a registry; undefined where there is none. */
  beside(registry: RegistryConfig, file: string, limit: number): Promise<Uint8Array | undefined>;
  /** Who may revoke in a registry. */
  signers(registry: RegistryConfig): Promise<Publishers>;
}

/** What is known of a registry's list. */
export interface RevocationState extends RegistryRevocations {
  /** Undefined: there never was one here. */
  readonly version: number | undefined;
  /** When it was checked last; undefined: never. */
  readonly checked: Date | undefined;
  /** Why it could not be checked now. */
  readonly problem: string | undefined;
}

export interface Revocations {
  /** Reads the list now; with the kept one where that fails. Undefined for a registry whose lists nobody may sign. */
  refresh(registry: RegistryConfig): Promise<RevocationState | undefined>;
  /** The kept ones, and those on this machine: no network is used. */
  kept(): Promise<readonly RevocationState[]>;
}

export function createRevocations(options: RevocationsOptions): Revocations {
  const refreshed = new Map<RegistryConfig, Promise<RevocationState>>();
  return {
    async refresh(registry) {
      if (registry.revocations === undefined) return undefined;
      const known = refreshed.get(registry) ?? refresh(registry, options);
      refreshed.set(registry, known);
      return known;
    },
    kept: () =>
      Promise.all(
        (options.config.registries ?? [])
          .filter(({ revocations }) => revocations !== undefined)
          .map((registry) => {
            const { kind } = locate(registry, options.config);
            return kind === 'path' && registry.tuf === undefined
              ? refresh(registry, options)
              : keptOnly(registry, options);
          }),
      ),
  };
}

/** The releases of an index, with what is revoked of them. */
export function markRevoked(
  { plugins }: Pick<ReadIndex, 'plugins'>,
  list: RegistryRevocations,
): ReadonlyMap<string, readonly Release[]> {
  if (list.revoked.length === 0) return plugins;
  const { url } = list.registry;
  const marked = (release: Release): Release => {
    const { name, version, integrity } = release;
    const reason = revocationOf({ name, version, integrity, registry: url }, [list])?.revocation.reason;
    return reason === undefined ? release : { ...release, revoked: reason };
  };
  return new Map([...plugins].map(([name, releases]) => [name, releases.map(marked)]));
}

async function refresh(registry: RegistryConfig, options: RevocationsOptions): Promise<RevocationState> {
  const { cache, config, logger } = options;
  const { name } = registry;
  const location = locate(registry, config);
  const ref = { name, url: location.url };
  const signers = await options.signers(registry);
  const kept = await readKept(registry, signers, options);
  try {
    const bytes = await options.beside(registry, REVOCATIONS_FILE, MAX_REVOCATIONS_BYTES);
    if (bytes === undefined) throw new Error(kept === undefined ? 'it has none' : 'it is gone');
    const list = await readRevocations(bytes, signers);
    if (kept !== undefined) assertFollows(list, kept.list);
    const checked = new Date();
    await cache.put(keyOf(ref.url), { bytes, base: posix.dirname(ref.url), fetched: checked, serial: list.version });
    return { registry: ref, revoked: list.revoked, version: list.version, checked, problem: undefined };
  } catch (error) {
    if (isPluginError(error, 'ERR_ABORTED')) throw error;
    const problem = messageOf(error);
    logger.log('warn', 'could not check what a registry has revoked', {
      registry: name,
      cause: problem,
      kept: kept === undefined ? 'no list' : `version ${kept.list.version} of ${kept.fetched.toISOString()}`,
    });
    return stateOf(ref, kept, problem);
  }
}

async function keptOnly(registry: RegistryConfig, options: RevocationsOptions): Promise<RevocationState> {
  const { url } = locate(registry, options.config);
  const kept = await readKept(registry, await options.signers(registry), options);
  if (kept === undefined) {
    options.logger.log('warn', 'could not check what a registry has revoked: this machine has no list of it', {
      registry: registry.name,
      remedy: 'run `aitbc plugin fetch` with a network',
    });
  }
  return stateOf({ name: registry.name, url }, kept, kept === undefined ? 'no list of it is here' : undefined);
}

interface Kept {
  readonly list: RevocationList;
  readonly fetched: Date;
}

async function readKept(
  registry: RegistryConfig,
  signers: Publishers,
  { cache, config, logger }: RevocationsOptions,
): Promise<Kept | undefined> {
  const kept = await cache.get(keyOf(locate(registry, config).url));
  if (kept === undefined) return undefined;
  try {
    return { list: await readRevocations(kept.bytes, signers), fetched: kept.fetched };
  } catch (error) {
    logger.log('warn', 'the copy of what a registry has revoked counts for nothing', {
      registry: registry.name,
      cause: messageOf(error),
    });
    return undefined;
  }
}

function assertFollows(list: RevocationList, kept: RevocationList): void {
  if (list.id !== kept.id)
    throw new PluginError('ERR_REGISTRY', 'another list took the place of the one that was there');
  if (list.version < kept.version) {
    throw new PluginError('ERR_REGISTRY', `it has the version ${list.version}, and ${kept.version} was there before`);
  }
}

function stateOf(
  registry: RevocationState['registry'],
  kept: Kept | undefined,
  problem: string | undefined,
): RevocationState {
  return {
    registry,
    revoked: kept?.list.revoked ?? [],
    version: kept?.list.version,
    checked: kept?.fetched,
    problem,
  };
}

function keyOf(url: string): string {
  return `revocations of ${url}`;
}
