/**
 * Files of a registry through TUF. Guarantees that a file is the one that the registry's metadata name now: signed by enough keys of the
 * chain that begins with the config's root, not older than what this machine has seen, not expired, and no mixture of two states. Trusts
 * the root file of the config, tuf-js for the rules, and of network and cache nothing.
 */
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join, posix } from 'node:path';
import type { TargetFile, Updater } from 'tuf-js';
import type { HostConfig, RegistryConfig } from '../config/types.ts';
import { digestOf } from '../core/digest.ts';
import { isPluginError, messageOf, PluginError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { parseStrictJson } from '../core/parse-json.ts';
import type { SourceContext } from '../source/types.ts';
import type { IndexCache } from '../store/types.ts';
import { locate, type Location } from './location.ts';
import { readNear, type IndexBytes } from './read.ts';

export interface TufOptions {
  readonly config: Pick<HostConfig, 'root' | 'fetch'>;
  readonly cache: IndexCache;
  source(registry: string): SourceContext;
}

export interface TufReader {
  /**
   * A file beside the index, `index` for itself; undefined where the metadata name none. Refused by TUF: ERR_SIGNATURE. Not
   * reached: the error of the network; the metadata that are kept count then with `kept`.
   */
  read(registry: RegistryConfig, file: string | undefined, limit: number): Promise<IndexBytes | undefined>;
  /** Whether these bytes are the file by the metadata that are kept, and these have not expired. */
  isKept(registry: RegistryConfig, file: string | undefined, bytes: Uint8Array): Promise<boolean>;
}

/** Far more than metadata of a registry have. */
const MAX_METADATA_BYTES = 5_000_000;
const FOLDER = 'metadata';

export function createTuf(options: TufOptions): TufReader {
  // One after another: an older state that was read at the same time never takes the place of a newer one.
  let last: Promise<unknown> = Promise.resolve();
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const turn = last.then(work);
    last = turn.catch(() => {});
    return turn;
  };
  return {
    read: (registry, file, limit) => inTurn(() => readTarget(registry, file, limit, options)),
    async isKept(registry, file, bytes) {
      const name = nameOf(locate(registry, options.config), file);
      try {
        const found = await inTurn(() =>
          withUpdater(registry, options, 'kept', ({ updater }) => updater.getTargetInfo(name)),
        );
        return found !== undefined && differs(found, bytes) === undefined;
      } catch (error) {
        if (isPluginError(error, 'ERR_SIGNATURE')) return false;
        throw error;
      }
    },
  };
}

function readTarget(
  registry: RegistryConfig,
  file: string | undefined,
  limit: number,
  options: TufOptions,
): Promise<IndexBytes | undefined> {
  const location = locate(registry, options.config);
  return withUpdater(registry, options, 'network', async ({ updater, isConsistent }) => {
    const found = await updater.getTargetInfo(nameOf(location, file));
    if (found === undefined) return undefined;
    if (found.length > limit) throw refuse(registry, `${found.path} is larger than ${limit} bytes`);
    const place = await placeOf(found, isConsistent);
    const read = await readNear(location, place, found.length, options.source(registry.name));
    const problem = differs(found, read.bytes);
    if (problem !== undefined) throw refuse(registry, `${found.path} ${problem}`);
    return read;
  });
}

interface Opened {
  readonly updater: Updater;
  isConsistent(): Promise<boolean>;
}

/** Metadata by file name, as they were verified: `2.root.json`, `timestamp.json`. */
type Kept = ReadonlyMap<string, string>;

const ROOT = /^([1-9]\d{0,8})\.root\.json$/;
/** What tuf-js builds addresses with; nothing is fetched from there. */
const BASE = 'https://metadata.invalid/';

async function withUpdater<T>(
  registry: RegistryConfig,
  options: TufOptions,
  from: 'network' | 'kept',
  work: (opened: Opened) => Promise<T>,
): Promise<T> {
  const { cache, config, source } = options;
  const location = locate(registry, config);
  const root = await readRoot(registry);
  const key = `tuf of ${location.url} from ${digestOf(root)}`;
  const kept = keptOf((await cache.get(key))?.bytes);
  const folder = await mkdtemp(join(tmpdir(), 'aitbc-tuf-'));
  let failure: PluginError | undefined;
  const roots = new Map<string, string>();
  const read = async (name: string, limit: number): Promise<Buffer | undefined> => {
    const known = ROOT.test(name) || from === 'kept' ? kept.get(name) : undefined;
    if (known !== undefined || from === 'kept') return known === undefined ? undefined : Buffer.from(known);
    try {
      return Buffer.from((await readNear(location, `${FOLDER}/${name}`, limit, source(registry.name))).bytes);
    } catch (error) {
      if (isPluginError(error, 'ERR_SOURCE_NOT_FOUND')) return undefined;
      if (isPluginError(error)) failure = error;
      throw error;
    }
  };
  try {
    await writeFile(join(folder, 'root.json'), root);
    // What was seen before: nothing older is taken.
    for (const [name, text] of kept) {
      if (!ROOT.test(name) && from === 'network') await writeFile(join(folder, name), text);
    }
    const updater = await updaterOf(folder, async (name, limit) => {
      const bytes = await read(name, limit);
      if (bytes !== undefined && ROOT.test(name)) roots.set(name, bytes.toString('utf8'));
      return bytes;
    });
    await updater.refresh();
    return await work({
      updater,
      isConsistent: async () => signedOf(await readText(folder, 'root.json'))['consistent_snapshot'] !== false,
    });
  } catch (error) {
    if (failure !== undefined) throw failure;
    throw isPluginError(error) ? error : refuse(registry, messageOf(error), error);
  } finally {
    if (from === 'network') await keep(key, folder, { roots, kept, cache, location });
    await rm(folder, { recursive: true, force: true });
  }
}

async function updaterOf(
  folder: string,
  read: (name: string, limit: number) => Promise<Buffer | undefined>,
): Promise<Updater> {
  const [{ BaseFetcher, Updater }, { DownloadHTTPError, DownloadLengthMismatchError }] = await Promise.all([
    import('tuf-js'),
    import('tuf-js/dist/error.js'),
  ]);
  /** tuf-js asks, and the registry's own reader answers: its rules, limits and tokens hold. */
  class MetadataFetcher extends BaseFetcher {
    override fetch(): never {
      throw new PluginError('ERR_INTERNAL', 'Cannot fetch metadata: they are read as bytes alone');
    }
    override async downloadBytes(url: string, maxLength: number): Promise<Buffer> {
      const limit = Math.min(maxLength, MAX_METADATA_BYTES);
      const name = new URL(url).pathname.slice(1);
      const bytes = await read(name, limit);
      if (bytes === undefined) throw new DownloadHTTPError(`${name} is missing`, 404);
      if (bytes.byteLength > limit) throw new DownloadLengthMismatchError(`${name} is larger than ${limit} bytes`);
      return bytes;
    }
  }
  return new Updater({ metadataDir: folder, metadataBaseUrl: BASE, fetcher: new MetadataFetcher() });
}

/** What tuf-js has verified by now, be it all or a part: it writes nothing else. */
async function keep(
  key: string,
  folder: string,
  {
    roots,
    kept,
    cache,
    location,
  }: { readonly roots: Kept; readonly kept: Kept; readonly cache: IndexCache; readonly location: Location },
): Promise<void> {
  const now = new Map<string, string>();
  for (const name of await readdir(folder)) {
    if (name !== 'root.json') now.set(name, await readText(folder, name));
  }
  const verified = Number(signedOf(await readText(folder, 'root.json'))['version']);
  for (const [name, text] of roots) if (Number(ROOT.exec(name)?.[1]) <= verified) now.set(name, text);
  const bytes = Buffer.from(JSON.stringify(Object.fromEntries(now)));
  if (now.size === 0 || bytes.equals(Buffer.from(JSON.stringify(Object.fromEntries(kept))))) return;
  await cache.put(key, { bytes, base: location.url, fetched: new Date(), serial: undefined });
}

function keptOf(bytes: Uint8Array | undefined): Kept {
  if (bytes === undefined) return new Map();
  const parsed = parseStrictJson(Buffer.from(bytes).toString('utf8'), 1);
  if (!parsed.ok || parsed.value === null || typeof parsed.value !== 'object') return new Map();
  const files = Object.entries(parsed.value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string' && /^[\w%.-]{1,256}\.json$/.test(entry[0]),
  );
  return new Map(files);
}

async function readRoot({ name, tuf }: RegistryConfig): Promise<Buffer> {
  const file = tuf?.root ?? '';
  try {
    return await readFile(file);
  } catch (error) {
    throw new PluginError(
      'ERR_CONFIG_INVALID',
      `Cannot use the registry "${name}": its tuf.root cannot be read: ${messageOf(error)}`,
      {
        hint: `get the first root of its metadata from who runs it, in a way you trust, and write it to ${file}`,
        cause: error,
      },
    );
  }
}

function readText(folder: string, name: string): Promise<string> {
  return readFile(join(folder, name), 'utf8');
}

function signedOf(text: string): JsonObject {
  const parsed = parseStrictJson(text);
  const { signed } = (
    parsed.ok && parsed.value !== null && typeof parsed.value === 'object' ? parsed.value : {}
  ) as JsonObject;
  return typeof signed === 'object' && signed !== null ? (signed as JsonObject) : {};
}

/** As targets are called: from the folder of the index. */
function nameOf(location: Location, file: string | undefined): string {
  if (file !== undefined) return file;
  return location.kind === 'url' ? posix.basename(new URL(location.spec.url).pathname) : location.file;
}

/** With consistent snapshots a file has its hash before its name. */
async function placeOf({ path, hashes }: TargetFile, isConsistent: () => Promise<boolean>): Promise<string> {
  if (!(await isConsistent())) return path;
  const { dir, base } = posix.parse(path);
  return posix.join(dir, `${Object.values(hashes)[0] ?? ''}.${base}`);
}

function differs({ length, hashes }: TargetFile, bytes: Uint8Array): string | undefined {
  const known = Object.entries(hashes).filter(([algorithm]) => algorithm === 'sha256' || algorithm === 'sha512');
  if (known.length === 0) return 'has no SHA-256 and no SHA-512 in the metadata';
  if (bytes.byteLength !== length) return `has ${bytes.byteLength} bytes, and the metadata say ${length}`;
  const wrong = known.find(([algorithm, digest]) => createHash(algorithm).update(bytes).digest('hex') !== digest);
  return wrong === undefined ? undefined : 'is not the file that the metadata name';
}

/** ERR_SIGNATURE: nothing of what the registry offers now is to be locked. */
function refuse({ name }: RegistryConfig, state: string, cause?: unknown): PluginError {
  return new PluginError('ERR_SIGNATURE', `Cannot use the registry "${name}": TUF refuses it: ${state}`, {
    hint: 'What is locked goes on. If its metadata have expired, who runs it must sign them anew; else somebody may stand between.',
    ...(cause === undefined ? {} : { cause }),
  });
}
