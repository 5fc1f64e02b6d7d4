/**
 * Keeps the audit: JSON Lines of bounded size, whatever a plugin floods it with, and without secrets. Trusts the data
 * folder to be the host's alone; a disk that fails is reported to the log once and loses lines, never the host.
 */
import { constants } from 'node:fs';
import { mkdir, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf } from '../core/errors.ts';
import type { Logger } from '../core/logger.ts';
import { printable } from '../core/text.ts';
import type { AuditRecord, AuditSink } from './types.ts';

export interface AuditLogOptions {
  /** `<data_dir>/audit.jsonl`; undefined keeps no file. */
  readonly file: string | undefined;
  readonly redact: (text: string) => string;
  readonly logger: Logger;
  /** Bytes after which the file becomes `<file>.1`; default 10 MiB. */
  readonly maxBytes?: number;
  /** Old files that are kept; default 3. */
  readonly keep?: number;
  /** Milliseconds in which equal uses become one line; default 10,000. */
  readonly window?: number;
}

export interface AuditLog {
  readonly sink: AuditSink;
  /** Told of every use at once, before equal ones are counted together. The result ends it. */
  listen(listener: AuditSink): () => void;
  /** Resolves when all that was recorded is in the file. */
  flush(): Promise<void>;
  /** Flushes and ends. Idempotent. */
  close(): Promise<void>;
}

/** Different lines of one plugin in one window; what is beyond shares one line for each capability and outcome. */
const MAX_LINES = 512;
const MAX_VALUE = 1_024;

export function createAuditLog(options: AuditLogOptions): AuditLog {
  const { file, redact, logger } = options;
  const listeners = new Set<AuditSink>();
  const repeats = new Map<string, AuditRecord>();
  const lines = new Map<string, number>();
  let pending: string[] = [];
  let writing: Promise<void> = Promise.resolve();
  let reported = false;

  const append = (record: AuditRecord): void => {
    if (file !== undefined) pending.push(`${JSON.stringify(record)}\n`);
  };

  /** Ends the window: counts become lines. */
  const settle = (): void => {
    for (const record of repeats.values()) if ((record.count ?? 0) > 0) append(record);
    repeats.clear();
    lines.clear();
  };

  const write = async (): Promise<void> => {
    if (file === undefined || pending.length === 0) return;
    const text = pending.join('');
    pending = [];
    try {
      await appendTo(file, text, options.maxBytes ?? 10 * 1_048_576, options.keep ?? 3);
      reported = false;
    } catch (error) {
      if (!reported) logger.log('error', `the audit cannot be written: ${messageOf(error)}`, { file });
      reported = true;
    }
  };

  const flushSoon = (): Promise<void> => {
    writing = writing.then(write);
    return writing;
  };

  const windowTimer = setInterval(settle, options.window ?? 10_000);
  const flushTimer = setInterval(() => void flushSoon(), 250);
  windowTimer.unref();
  flushTimer.unref();

  const sink: AuditSink = (raw) => {
    const record: AuditRecord = {
      ...raw,
      value: printable(redact(raw.value), { max: MAX_VALUE }),
      rule: redact(raw.rule),
    };
    for (const listener of listeners) listener(record);
    const key = JSON.stringify([
      record.plugin,
      record.version,
      record.digest,
      record.capability,
      record.value,
      record.outcome,
      record.rule,
    ]);
    const again = repeats.get(key);
    if (again !== undefined) {
      repeats.set(key, { ...again, time: record.time, count: (again.count ?? 0) + 1 });
      return;
    }
    const used = lines.get(record.plugin) ?? 0;
    if (used < MAX_LINES) {
      lines.set(record.plugin, used + 1);
      repeats.set(key, { ...record, count: 0 });
      append(record);
      return;
    }
    const rest = JSON.stringify([record.plugin, record.capability, record.outcome]);
    const shared = repeats.get(rest) ?? { ...record, value: '…', rule: '…', count: 0 };
    repeats.set(rest, { ...shared, time: record.time, count: (shared.count ?? 0) + 1 });
  };

  return {
    sink,
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    async flush() {
      settle();
      await flushSoon();
    },
    async close() {
      clearInterval(windowTimer);
      clearInterval(flushTimer);
      settle();
      await flushSoon();
    },
  };
}

const { O_APPEND, O_CREAT, O_NOFOLLOW, O_WRONLY } = constants;

/** Whole lines in one append, so that two hosts on one folder don't tear each other's. */
async function appendTo(file: string, text: string, maxBytes: number, keep: number): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o700 });
  const size = await stat(file).then((found) => found.size, zeroIfMissing);
  if (size > 0 && size + Buffer.byteLength(text) > maxBytes) {
    for (let at = keep - 1; at >= 1; at--) await rename(`${file}.${at}`, `${file}.${at + 1}`).catch(zeroIfMissing);
    // Another host may have moved it aside already.
    await rename(file, `${file}.1`).catch(zeroIfMissing);
  }
  const handle = await open(file, O_WRONLY | O_APPEND | O_CREAT | (O_NOFOLLOW ?? 0), 0o600);
  try {
    await handle.appendFile(text);
  } finally {
    await handle.close();
  }
}

function zeroIfMissing(error: unknown): 0 {
  if ((error as { code?: unknown }).code !== 'ENOENT') throw error;
  return 0;
}
