import type { PluginMetadata } from '../contract/metadata.ts';
import { digestOf, type Digest } from '../core/digest.ts';
import { printable } from '../core/text.ts';
import { manifestOf } from '../lock/description.ts';
import type { LockEntry } from '../lock/types.ts';
import { integrityOfArtifact, lockEntryOf, withReviews, withSigner } from '../lock/entry.ts';
import { verify } from '../lock/verify.ts';
import { isForeign } from '../lock/conflicts.ts';
import type { FoundRelease } from '../source/release/types.ts';
import type { Artifact } from '../source/types.ts';
import type { Inventory } from '../trust/contents/types.ts';
import { assertRelease, checkSignature, type Checked, type SignatureFile } from '../trust/check.ts';
import { assertRequired } from '../trust/policy.ts';
import type { Review } from '../trust/reviews/read.ts';
import { NO_PUBLISHERS } from '../trust/publishers.ts';
import { assertAge } from './age.ts';
import { errorFor, sourceContext, type LoaderContext } from './context.ts';
import { describe } from './inspect.ts';
import type { Place } from './place.ts';
import { programOf } from './programs.ts';
import { assertNotRevokedToLock } from './revoked.ts';
import { assertReleasedIntegrity, assertReleasedMetadata } from './released.ts';
import { judgeReviews, UNREVIEWED, type JudgedReviews, type ReviewSubject } from './reviews.ts';
import { rooms } from './rooms.ts';
import { findSignature, subjectOf } from './signature.ts';

/** What a source gives now, as a lock entry, and what is needed to keep it. */
export interface Pinned {
  readonly entry: LockEntry;
  readonly checked: Checked;
  readonly files: Artifact['files'];
  /** What reviewers of the config say of these bytes; undefined: nobody was asked. */
  readonly reviews: readonly Review[] | undefined;
  /** What its program is made of; `name`: what the config calls it, or will. */
  inventory(name: string): Promise<Inventory>;
  /** Stores what the entry names and builds it, so that a start without a network finds all. */
  keep(): Promise<void>;
}

export interface PinOptions {
  /** The config's name for it; undefined while it has none. */
  readonly key?: string;
  /** `ignore`: for what is to be signed. A signature that is there is not read, and none is asked for. */
  readonly signature?: 'check' | 'ignore';
  /** What the lock says of the name in a registry. */
  readonly locked?: LockedName | undefined;
  /** What the lock has now: these bytes are no new release. */
  readonly known?: Digest | undefined;
  /** The version of a registry that was chosen. Default: the newest in the range that fits this host. */
  readonly version?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

type Metadata = Pick<PluginMetadata, 'name' | 'version'>;
/** Of a plugin of a registry: which one its name is bound to, and its version. */
export interface LockedName {
  readonly bound: string | undefined;
  readonly version: string | undefined;
}

/**
 * Reads, collects, checks the signature, and describes; writes neither lock nor config. No code of the plugin is built or run
 * before its signature was found right, and there where it is required. `label` names it in errors and progress.
 */
export async function pin(
  place: Place,
  label: string,
  context: LoaderContext,
  options: PinOptions = {},
): Promise<Pinned> {
  try {
    const { artifact, found, release, published } = await collect(place, label, context, options);
    const check = options.signature !== 'ignore';
    const integrity = integrityOfArtifact(artifact);
    assertReleasedIntegrity(label, release, integrity);
    const checked = await checkSignature(label, found, integrity, check ? await context.publishers() : NO_PUBLISHERS);
    const source = release?.registry.url ?? place.source;
    const assertTrusted = (metadata: PluginMetadata | undefined): void => {
      if (metadata !== undefined) assertReleasedMetadata(label, release, metadata);
      if (!check) return;
      if (metadata !== undefined) assertRelease(label, checked, metadata);
      assertRequired(label, subjectOf(options.key, metadata?.name, source, context), checked, context.config.trust);
    };
    const judge = (named: Metadata | undefined): Promise<JudgedReviews> =>
      check ? judgeReviews(reviewSubject(named), context, options.signal) : Promise.resolve(UNREVIEWED);
    const reviewSubject = (named: Metadata | undefined): ReviewSubject => ({
      label,
      key: options.key,
      name: named?.name,
      version: named?.version,
      integrity,
      publisher: checked.kind === 'signed' ? checked.publisher : undefined,
      registry: release?.registry.url,
    });
    const manifest = manifestOf(artifact.files, label)?.metadata;
    assertTrusted(manifest);
    const judged = await judge(manifest);
    if (check) {
      const { name, version } = manifest ?? release ?? {};
      const subject = { name, version, integrity, registry: release?.registry.url };
      await assertNotRevokedToLock(options.key ?? label, subject, context, options.signal);
      const { known } = options;
      const names = [options.key, manifest?.name].filter((name) => name !== undefined);
      await assertAge({ label, names, place, artifact, integrity, known, release, packages: published }, context);
    }
    const description = await describe(artifact, label, context);
    assertTrusted(description.metadata);
    // A name that only the code says may be another than the one that was looked for.
    const reviews = manifest === undefined ? await judge(description.metadata) : judged;
    if (checked.kind === 'unknown') {
      context.logger.log('warn', 'a signature counts for nothing: nobody of trust.publishers made it', {
        plugin: label,
        signed: printable(checked.who, { max: 500 }),
      });
    }
    const signed = withSigner(lockEntryOf(artifact, description), signedAs(checked, found));
    const entry = reviews.locked === undefined ? signed : withReviews(signed, reviews.locked);
    const { files, contents = [] } = artifact;
    const inventory = (name: string): Promise<Inventory> => rooms.inventory({ plugin: name, entry, files, contents });
    return {
      entry,
      checked,
      files,
      reviews: reviews.about,
      inventory,
      keep: () => keep(artifact, entry, found, place, label, context),
    };
  } catch (error) {
    throw errorFor(label, error);
  }
}

function signedAs(checked: Checked, found: SignatureFile | undefined): Parameters<typeof withSigner>[1] {
  if (checked.kind !== 'signed' || found === undefined) return undefined;
  const { signer, publisher, file } = checked;
  return { signer, signature: { file, digest: digestOf(found.bytes), publisher } };
}

async function collect(
  place: Place,
  label: string,
  context: LoaderContext,
  { signal, signature, locked, version }: PinOptions,
): Promise<{
  readonly artifact: Artifact;
  readonly found: SignatureFile | undefined;
  readonly release: FoundRelease | undefined;
  /** When npm packages of the graph were published; asked for only where that matters. */
  readonly published: ReadonlyMap<string, Date>;
}> {
  const { maxModules, maxModuleBytes, maxArchiveBytes } = context.config.fetch;
  const origin = await rooms.openOrigin(place.specifier, {
    ...sourceContext(context, label, signal),
    ...(place.kind === 'registry' ? { releases: await rooms.finder(context, { locked, version, signal }) } : {}),
  });
  try {
    const graph = await rooms.collectGraph(origin, {
      maxModules,
      maxModuleBytes,
      maxBytes: maxArchiveBytes,
      ...(signal === undefined ? {} : { signal }),
    });
    const artifact = {
      source: place.source,
      resolved: place.kind === 'path' ? (place.found ?? origin.resolved) : origin.resolved,
      git: origin.git,
      entry: origin.entry,
      ...(origin.release === undefined ? {} : { registry: origin.release.registry }),
      ...graph,
    };
    return {
      artifact,
      release: origin.release,
      published:
        (await (context.config.trust?.minimumAge === undefined ? undefined : origin.published?.())) ?? new Map(),
      found: signature === 'ignore' ? undefined : await findSignature(origin, context),
    };
  } finally {
    await origin.close();
  }
}

async function keep(
  artifact: Artifact,
  entry: LockEntry,
  found: SignatureFile | undefined,
  place: Place,
  label: string,
  context: LoaderContext,
): Promise<void> {
  // A local plugin's own files are read from their folder at every start.
  for (const [id, file] of artifact.files) {
    if (place.kind !== 'path' || isForeign(id)) await context.store.blobs.put(file.bytes, file.digest);
  }
  if (place.kind !== 'path' && found !== undefined && entry.signature !== undefined) {
    await context.store.blobs.put(found.bytes, entry.signature.digest);
  }
  const verified = await verify(label, entry, { read: (id) => Promise.resolve(artifact.files.get(id)?.bytes) });
  await programOf(verified, context);
}
