/**
 * The gate before anything of a plugin is built or run. Guarantees that a `Verified` holds exactly the modules its lock
 * entry names, each with the digest that stands there, and that the entry is whole and says of the plugin what the
 * plugin's own manifest says; trusts the lock file, and nothing of the bytes.
 */
import { digestOf, type Digest } from '../core/digest.ts';
import { PluginError } from '../core/errors.ts';
import type { ArtifactFile, ModuleId } from '../source/types.ts';
import { moduleDigests } from './conflicts.ts';
import { disagreement, statedIn } from './description.ts';
import { checksumOf, integrityOf, pinOf } from './integrity.ts';
import type { LockEntry, Verified } from './types.ts';

/** Where `verify` reads a module from: a folder, the store, or a download. Undefined: it is not there. */
export interface ByteSource {
  read(id: ModuleId, expected: Digest): Promise<Uint8Array | undefined>;
  /** Every module there is, where that is known: one that the lock does not name is refused. */
  readonly ids?: Iterable<ModuleId>;
  /** What to do about a module that does not match. */
  readonly remedy?: (id: ModuleId) => string | undefined;
}

/** Throws ERR_INTEGRITY, with plugin, module, expected and actual. */
export async function verify(name: string, entry: LockEntry, source: ByteSource): Promise<Verified> {
  assertWhole(name, entry);
  const files = new Map<ModuleId, ArtifactFile>();
  const modules = moduleDigests(entry);
  for (let start = 0; start < modules.length; start += PARALLEL_READS) {
    const batch = modules.slice(start, start + PARALLEL_READS);
    const read = await Promise.all(batch.map(([id, digest]) => source.read(id, digest)));
    for (const [index, [id, expected]] of batch.entries()) {
      const bytes = read[index];
      if (bytes === undefined) throw mismatch(name, id, expected, 'missing');
      const actual = digestOf(bytes);
      if (actual !== expected)
        throw mismatch(name, id, expected, actual, lineEndingHint(bytes, expected) ?? source.remedy?.(id));
      files.set(id, { bytes, digest: actual, loader: pinOf(id, entry.modules[id] ?? expected).loader });
    }
  }
  for (const id of source.ids ?? []) {
    if (!files.has(id)) throw mismatch(name, id, 'not in the lock', 'present');
  }
  assertManifestAgrees(name, entry, files);
  return { name, lock: entry, files } as unknown as Verified;
}

const PARALLEL_READS = 32;

/** The entry's own sums: ERR_INTEGRITY for one that was edited by hand or merged wrongly. */
export function assertWhole(name: string, entry: LockEntry): void {
  const integrity = integrityOf(entry);
  if (integrity !== entry.integrity) throw edited(name, 'integrity', entry.integrity, integrity);
  const checksum = checksumOf(entry);
  if (checksum !== entry.checksum) throw edited(name, 'checksum', entry.checksum, checksum);
  if (entry.modules[entry.entry] === undefined) throw edited(name, 'entry', 'one of modules', entry.entry);
}

/** Whether the entry is as it was written: its own sums are right. */
export function isWhole(entry: LockEntry): boolean {
  return integrityOf(entry) === entry.integrity && checksumOf(entry) === entry.checksum;
}

function assertManifestAgrees(name: string, entry: LockEntry, files: ReadonlyMap<ModuleId, ArtifactFile>): void {
  const stated = statedIn(files, name);
  if (stated === undefined) return;
  const found = disagreement(stated, { ...entry });
  if (found === undefined) return;
  throw new PluginError(
    'ERR_INTEGRITY',
    `Cannot load "${name}": ${found.field} in plugins.lock.json is not what plugin.json says`,
    {
      plugin: name,
      hint: `Restore plugins.lock.json from version control, or run \`aitbc plugin lock ${name}\`.`,
      details: { module: 'plugin.json', expected: found.stated, actual: found.other },
    },
  );
}

function mismatch(plugin: string, module: ModuleId, expected: string, actual: string, hint?: string): PluginError {
  const state = actual === 'missing' ? 'is missing' : actual === 'present' ? 'is not in' : 'does not match';
  const where = actual === 'missing' ? '' : ' plugins.lock.json';
  return new PluginError('ERR_INTEGRITY', `Cannot load "${plugin}": ${module} ${state}${where}`, {
    plugin,
    hint: hint ?? `Restore ${module}, or accept the change with \`aitbc plugin update ${plugin}\`.`,
    details: { plugin, module, expected, actual },
  });
}

function edited(plugin: string, field: string, expected: string, actual: string): PluginError {
  return new PluginError(
    'ERR_INTEGRITY',
    `Cannot load "${plugin}": its entry in plugins.lock.json was changed by hand or by a merge`,
    {
      plugin,
      hint: `Restore plugins.lock.json from version control, or run \`aitbc plugin lock ${plugin}\`.`,
      details: { plugin, module: 'plugins.lock.json', field, expected, actual },
    },
  );
}

/** Git with `core.autocrlf` changes bytes without changing a line. */
function lineEndingHint(bytes: Uint8Array, expected: Digest): string | undefined {
  const text = Buffer.from(bytes).toString('latin1');
  const lf = text.replaceAll('\r\n', '\n');
  const others = [lf, lf.replaceAll('\n', '\r\n')].filter((other) => other !== text);
  if (!others.some((other) => digestOf(Buffer.from(other, 'latin1')) === expected)) return undefined;
  return 'Only the line endings differ. Put `* -text` into .gitattributes beside the plugin, and check the file out again.';
}
