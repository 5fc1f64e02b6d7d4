/**
 * Bounds what the core modules of a component may take, before they compile: V8 counts none of it in an isolate's limit.
 * Guarantees that no memory grows beyond the plugin's limit and no table beyond ours; trusts the modules to be valid, which
 * the transpiler has checked, and refuses what it cannot read.
 */
import { PluginError } from '../core/errors.ts';
import { Cursor, MalformedBinary } from '../source/component/binary.ts';
import { sectionsOf } from '../source/component/sections.ts';

const PAGE = 65_536;
/** Entries of one table: each is held by the engine, beside the memories. */
const MAX_TABLE = 262_144;
const MAX_TABLES = 64;
const MAX_MEMORIES = 8;

const TABLE = 4;
const MEMORY = 5;

export interface CoreModule {
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** `memory` in bytes. Throws ERR_LIMIT_MEMORY for modules that ask for more at their start, ERR_COMPONENT for what cannot be bounded. */
export function clampModules(plugin: string, modules: readonly CoreModule[], memory: number): CoreModule[] {
  const budget = Math.floor(memory / PAGE);
  const read = modules.map(({ bytes }) => limitsOf(plugin, bytes));
  const memories = read.flatMap((limits) => limits.memories);
  const start = memories.reduce((sum, { min }) => sum + min, 0);
  if (start > budget) throw tooMuch(plugin, start * PAGE, memory);
  if (memories.length > MAX_MEMORIES) throw unbounded(plugin, `it has more than ${MAX_MEMORIES} memories`);
  const tables = read.flatMap((limits) => limits.tables);
  if (tables.length > MAX_TABLES) throw unbounded(plugin, `it has more than ${MAX_TABLES} tables`);
  const large = tables.find(({ min }) => min > MAX_TABLE);
  if (large !== undefined) {
    throw unbounded(plugin, `it asks for a table of ${large.min} entries at its start, and may have ${MAX_TABLE}`);
  }
  return modules.map(({ name, bytes }) => ({
    name,
    bytes: rewrite(bytes, (own) => (own.kind === TABLE ? MAX_TABLE : budget - start + own.min)),
  }));
}

interface Limits {
  readonly kind: typeof TABLE | typeof MEMORY;
  /** What stands before the limits: of a table its type. */
  readonly head: Uint8Array;
  readonly min: number;
  readonly max: number | undefined;
}

function limitsOf(plugin: string, bytes: Uint8Array): { memories: Limits[]; tables: Limits[] } {
  try {
    const all = [...sectionsOf(bytes)].flatMap(({ id, bytes: content }) =>
      id === TABLE || id === MEMORY ? readLimits(id, content) : [],
    );
    return { memories: all.filter(({ kind }) => kind === MEMORY), tables: all.filter(({ kind }) => kind === TABLE) };
  } catch (error) {
    if (!(error instanceof MalformedBinary)) throw error;
    throw unbounded(plugin, error.message);
  }
}

function readLimits(kind: Limits['kind'], content: Uint8Array): Limits[] {
  const cursor = new Cursor(content);
  return cursor.list(() => {
    const start = cursor.at;
    if (kind === TABLE) {
      const type = cursor.byte();
      if (type !== 0x70 && type !== 0x6f) throw new MalformedBinary('a table is of an unknown type');
    }
    const head = content.subarray(start, cursor.at);
    const flags = cursor.byte();
    if (flags > 1) throw new MalformedBinary('a memory or table is shared, or has 64 bits');
    const min = cursor.unsigned();
    return { kind, head, min, max: flags === 1 ? cursor.unsigned() : undefined };
  });
}

/** The module with every maximum at most what `most` says. */
function rewrite(bytes: Uint8Array, most: (limits: Limits) => number): Uint8Array {
  const parts: Uint8Array[] = [bytes.subarray(0, 8)];
  for (const { id, bytes: content, start, end } of sectionsOf(bytes)) {
    if (id !== TABLE && id !== MEMORY) {
      parts.push(bytes.subarray(start, end));
      continue;
    }
    const all = readLimits(id, content);
    const entries = all.map((own) => {
      const max = Math.min(own.max ?? Infinity, most(own));
      return Buffer.from([...own.head, 1, ...unsigned(own.min), ...unsigned(max)]);
    });
    const body = Buffer.concat([Buffer.from(unsigned(all.length)), ...entries]);
    parts.push(Buffer.from([id, ...unsigned(body.length)]), body);
  }
  return new Uint8Array(Buffer.concat(parts));
}

function unsigned(value: number): number[] {
  const bytes: number[] = [];
  for (let left = value; ; left = Math.floor(left / 128)) {
    if (left < 128) return [...bytes, left];
    bytes.push((left % 128) | 0x80);
  }
}

function tooMuch(plugin: string, needed: number, limit: number): PluginError {
  return new PluginError(
    'ERR_LIMIT_MEMORY',
    `Cannot load "${plugin}": its memory begins with ${needed} bytes, and limits.memory is ${limit}`,
    {
      plugin,
      details: { needed, limit: 'memory', max: limit },
      hint: `plugins:\n  ${plugin}:\n    limits:\n      memory: ${Math.ceil((needed * 2) / 1_048_576)}MiB`,
    },
  );
}

function unbounded(plugin: string, state: string): PluginError {
  return new PluginError('ERR_COMPONENT', `Cannot load "${plugin}": ${state}`, { plugin });
}
