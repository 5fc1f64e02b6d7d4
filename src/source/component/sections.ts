/**
 * Reads the outermost structure of a WebAssembly binary: its sections, in their order. Guarantees work linear in the bytes,
 * whatever they are. Trusts nothing of the input: what is malformed is a MalformedBinary.
 */
import { Cursor } from './binary.ts';

export interface Section {
  readonly id: number;
  /** Without id and length. */
  readonly bytes: Uint8Array;
  /** Where its id stands. */
  readonly start: number;
  readonly end: number;
}

export interface CustomSection {
  readonly name: string;
  readonly content: Uint8Array;
}

export const CUSTOM = 0;
/** `\0asm` */
const MAGIC = [0x00, 0x61, 0x73, 0x6d];
/** Version 13, layer 1. */
const COMPONENT = [...MAGIC, 0x0d, 0x00, 0x01, 0x00];

export function isWasm(bytes: Uint8Array): boolean {
  return startsWith(bytes, MAGIC);
}

export function isComponent(bytes: Uint8Array): boolean {
  return startsWith(bytes, COMPONENT);
}

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, at) => bytes[at] === byte);
}

/** Those of a module or a component, in order, without what is nested in them. */
export function* sectionsOf(bytes: Uint8Array): Generator<Section> {
  const cursor = new Cursor(bytes, 8);
  while (!cursor.done) {
    const start = cursor.at;
    const id = cursor.byte();
    const content = cursor.take(cursor.u32());
    yield { id, bytes: content, start, end: cursor.at };
  }
}

/** The content of a custom section. */
export function readCustom({ bytes }: Section): CustomSection {
  const cursor = new Cursor(bytes);
  const name = cursor.text();
  return { name, content: bytes.subarray(cursor.at) };
}

/** The outermost custom sections. */
export function* customSections(bytes: Uint8Array): Generator<CustomSection> {
  for (const section of sectionsOf(bytes)) if (section.id === CUSTOM) yield readCustom(section);
}
