import type { Digest } from '../core/digest.ts';
import { PluginError } from '../core/errors.ts';
import type { Artifact } from '../source/types.ts';
import type { Description } from './description.ts';
import { checksumOf, integrityOf, type RunsAs } from './integrity.ts';
import { loaderOfId } from '../source/graph/loaders.ts';
import type { LockEntry, LockedSignature } from './types.ts';

/** Major version of `@aitbc/plugins/sdk` that this host provides. */
export const SDK_VERSION = '1';

/** The lock entry of bytes that were just read: what a later `verify()` compares with. */
export function lockEntryOf(artifact: Artifact, description: Description, sdk: string = SDK_VERSION): LockEntry {
  const runs = runsAs(artifact, sdk);
  const entry = {
    ...runs,
    source: artifact.source,
    resolved: artifact.resolved,
    kind: artifact.kind,
    integrity: integrityOf(runs),
    ...(artifact.git === undefined ? {} : { git: artifact.git }),
    ...(artifact.registry === undefined ? {} : { registry: artifact.registry }),
    metadata: description.metadata,
    permissions: description.permissions,
    commands: description.commands,
    ...(description.configSchema === undefined ? {} : { configSchema: description.configSchema }),
  };
  return { ...entry, checksum: checksumOf(entry) };
}

/** What the entry's `integrity` will be: known before anything of the plugin has run. */
export function integrityOfArtifact(artifact: Artifact, sdk: string = SDK_VERSION): Digest {
  return integrityOf(runsAs(artifact, sdk));
}

/** The entry with its signer, or with none. */
export function withSigner(
  entry: LockEntry,
  signed: { readonly signer: string; readonly signature: LockedSignature } | undefined,
): LockEntry {
  const { checksum: _, signer: __, signature: ___, ...rest } = entry;
  const next = { ...rest, ...signed };
  return { ...next, checksum: checksumOf(next) };
}

/** The entry with the reviews it was locked for, or with none. */
export function withReviews(entry: LockEntry, reviews: LockEntry['reviews']): LockEntry {
  const { checksum: _, reviews: __, ...rest } = entry;
  const next = { ...rest, ...(reviews === undefined || Object.keys(reviews).length === 0 ? {} : { reviews }) };
  return { ...next, checksum: checksumOf(next) };
}

function runsAs(artifact: Artifact, sdk: string): RunsAs {
  const modules: Record<string, LockEntry['modules'][string]> = {};
  for (const [id, file] of artifact.files) {
    modules[id] = file.loader === loaderOfId(id) ? file.digest : { digest: file.digest, loader: file.loader };
  }
  return {
    entry: artifact.entry,
    sdk,
    modules,
    ...(Object.keys(artifact.redirects).length === 0 ? {} : { redirects: artifact.redirects }),
    ...(artifact.importMap === undefined ? {} : { importMap: artifact.importMap }),
    ...(artifact.packages === undefined ? {} : { packages: artifact.packages }),
  };
}

/** The entry of a plugin of the config. Throws ERR_NOT_LOCKED, or ERR_LOCK_OUTDATED for another source. */
export function lockedEntry(
  plugins: Readonly<Record<string, LockEntry>>,
  name: string,
  source: string | undefined,
): LockEntry {
  const entry = Object.hasOwn(plugins, name) ? plugins[name] : undefined;
  const hint = `Run \`aitbc plugin lock ${name}\`.`;
  if (entry === undefined) {
    throw new PluginError('ERR_NOT_LOCKED', `Cannot load "${name}": it is not in plugins.lock.json`, {
      plugin: name,
      hint,
    });
  }
  if (source !== undefined && entry.source !== source) {
    throw new PluginError('ERR_LOCK_OUTDATED', `Cannot load "${name}": plugins.lock.json was made for another source`, {
      plugin: name,
      hint,
      details: { config: source, lock: entry.source },
    });
  }
  if (entry.sdk !== SDK_VERSION) {
    throw new PluginError('ERR_LOCK_OUTDATED', `Cannot load "${name}": it was locked for SDK ${entry.sdk}`, {
      plugin: name,
      hint,
      details: { host: SDK_VERSION, lock: entry.sdk },
    });
  }
  return entry;
}
