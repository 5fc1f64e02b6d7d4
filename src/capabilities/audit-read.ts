/**
 * Reads the audit back. Guarantees that a line that is none, or that says something else than a record, is passed over; trusts the
 * data folder to be the host's alone, and what plugins made be written there not at all.
 */
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { codeOf } from '../core/system-error.ts';
import type { AuditRecord } from './types.ts';

const OUTCOMES: readonly string[] = ['allowed', 'denied', 'failed'];

/** The records of one plugin, the oldest first: of `file` and of those it was moved aside to. */
export async function* readAudit(file: string, plugin: string, keep = 3): AsyncGenerator<AuditRecord> {
  const files = [...Array.from({ length: keep }, (_, at) => `${file}.${keep - at}`), file];
  for (const path of files) yield* readOne(path, plugin);
}

async function* readOne(path: string, plugin: string): AsyncGenerator<AuditRecord> {
  const lines = createInterface({ input: createReadStream(path, 'utf8'), crlfDelay: Infinity });
  try {
    for await (const line of lines) {
      const record = recordOf(line);
      if (record?.plugin === plugin) yield record;
    }
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function recordOf(line: string): AuditRecord | undefined {
  let value: Partial<Record<keyof AuditRecord, unknown>> | null;
  try {
    value = JSON.parse(line) as typeof value;
  } catch {
    // Torn by a crash, or not ours.
    return undefined;
  }
  if (typeof value !== 'object' || value === null) return undefined;
  const { count = 1, outcome } = value;
  const texts = [value.time, value.plugin, value.version, value.digest, value.capability, value.value, value.rule];
  const isRecord =
    texts.every((text) => typeof text === 'string') &&
    OUTCOMES.includes(String(outcome)) &&
    Number.isSafeInteger(count) &&
    (count as number) > 0;
  return isRecord ? (value as AuditRecord) : undefined;
}
