/**
 * Remembers which plugins are in quarantine, across restarts of the host. Guarantees that what was written once is whole; trusts the
 * data folder to be the host's alone. A file that cannot be read or written is logged, and costs the memory, not the host.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeAtomic } from '../core/atomic-file.ts';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { codeOf } from '../core/system-error.ts';
import { withFileLock } from '../lock/file-lock.ts';

/** Why and since when; `integrity`: of what ran. Another one is another plugin, and free. */
export interface QuarantineRecord {
  readonly integrity: string;
  /** ISO 8601. */
  readonly since: string;
  readonly message: string;
}

export interface Quarantine {
  /** The record of a plugin with these very bytes. One of other bytes is forgotten. */
  find(name: string, integrity: string): Promise<QuarantineRecord | undefined>;
  add(name: string, record: QuarantineRecord): void;
  /** Resolves to whether it was there. */
  remove(name: string): Promise<boolean>;
  /** Resolves when all is written. */
  settled(): Promise<void>;
}

/** Of a data folder. */
export function quarantineFile(dataDir: string): string {
  return join(dataDir, 'quarantine.json');
}

type Records = Record<string, QuarantineRecord>;
type Change = (records: Map<string, QuarantineRecord>) => void;

/** `file` undefined: kept in memory alone. */
export function openQuarantine(file: string | undefined, logger: Logger): Quarantine {
  let known: Promise<Map<string, QuarantineRecord>> | undefined;
  let writing: Promise<void> = Promise.resolve();
  const load = (): Promise<Map<string, QuarantineRecord>> =>
    (known ??= file === undefined ? Promise.resolve(new Map()) : readRecords(file, logger));

  const after = async (before: Promise<void>, path: string, change: Change): Promise<void> => {
    await before;
    try {
      await edit(path, change, logger);
    } catch (error) {
      logger.log('error', `the quarantine cannot be written: ${messageOf(error)}`, { file: path });
    }
  };
  const write = (change: Change): void => {
    if (file !== undefined) writing = after(writing, file, change);
  };
  /** Known at once, written soon. */
  const forget = (records: Map<string, QuarantineRecord>, name: string): boolean => {
    const was = records.delete(name);
    if (was) write((all) => all.delete(name));
    return was;
  };

  return {
    async find(name, integrity) {
      const records = await load();
      const record = records.get(name);
      if (record === undefined || record.integrity === integrity) return record;
      forget(records, name);
      return undefined;
    },
    add(name, record) {
      known = load().then((records) => records.set(name, record));
      write((all) => all.set(name, record));
    },
    remove: async (name) => forget(await load(), name),
    settled: () => writing,
  };
}

/** Hosts and commands share a data folder: each changes what stands there then. */
async function edit(file: string, change: Change, logger: Logger): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  await withFileLock(file, async ({ file: real, assertHeld }) => {
    const records = await readRecords(real, logger);
    change(records);
    await assertHeld();
    const plugins = Object.fromEntries([...records].sort(([a], [b]) => (a < b ? -1 : 1)));
    await writeAtomic(real, `${JSON.stringify({ version: 1, plugins }, null, 2)}\n`, { mode: 0o600 });
  });
}

async function readRecords(file: string, logger: Logger): Promise<Map<string, QuarantineRecord>> {
  try {
    const value = JSON.parse(await readFile(file, 'utf8')) as { readonly plugins?: unknown } | null;
    const plugins = value?.plugins;
    if (typeof plugins !== 'object' || plugins === null) throw new TypeError('it has no plugins');
    return new Map(Object.entries(plugins as Records).filter(([, record]) => isRecord(record)));
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') logger.log('error', `the quarantine cannot be read: ${messageOf(error)}`, { file });
    return new Map();
  }
}

function isRecord(value: unknown): value is QuarantineRecord {
  const record = value as Partial<Record<keyof QuarantineRecord, unknown>> | null;
  return [record?.integrity, record?.since, record?.message].every((each) => typeof each === 'string');
}
