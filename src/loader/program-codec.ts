import type { Program } from '../build/types.ts';
import { digestOf, isDigest, type Digest } from '../core/digest.ts';
import { parseStrictJson } from '../core/parse-json.ts';

/**
 * A program as the store keeps it: length of the header (4 bytes, little endian), header in JSON, then script, source map
 * and core modules one after the other.
 */
export function encodeProgram(program: Program): Uint8Array {
  const script = Buffer.from(program.script);
  const sourceMap = Buffer.from(program.sourceMap);
  const header = Buffer.from(
    JSON.stringify({
      key: program.key,
      integrity: program.integrity,
      kind: program.kind,
      digest: program.digest,
      script: script.byteLength,
      sourceMap: sourceMap.byteLength,
      wasm: program.wasm.map(({ name, bytes }) => [name, bytes.byteLength]),
    }),
  );
  const length = Buffer.alloc(4);
  length.writeUInt32LE(header.byteLength);
  return Buffer.concat([length, header, script, sourceMap, ...program.wasm.map(({ bytes }) => bytes)]);
}

/**
 * The program that was encoded; undefined for anything else. The store has authenticated the bytes: this checks that they
 * are of this layout and of the program that was asked for.
 */
export function decodeProgram(encoded: Uint8Array, key: Digest, integrity: Digest): Program | undefined {
  const bytes = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  if (bytes.byteLength < 4) return undefined;
  let at = 4 + bytes.readUInt32LE(0);
  const header = parseHeader(bytes.toString('utf8', 4, at));
  if (header === undefined || header.key !== key || header.integrity !== integrity) return undefined;
  const take = (length: number): Buffer => bytes.subarray(at, (at += length));
  const script = take(header.script).toString('utf8');
  const sourceMap = take(header.sourceMap).toString('utf8');
  const wasm = header.wasm.map(([name, length]) => ({ name, bytes: new Uint8Array(take(length)) }));
  if (at !== bytes.byteLength || digestOf(script) !== header.digest) return undefined;
  return { key, integrity, kind: header.kind, digest: header.digest, script, sourceMap, wasm };
}

interface Header {
  readonly key: unknown;
  readonly integrity: unknown;
  readonly kind: Program['kind'];
  readonly digest: Digest;
  readonly script: number;
  readonly sourceMap: number;
  readonly wasm: readonly (readonly [name: string, length: number])[];
}

function parseHeader(text: string): Header | undefined {
  const parsed = parseStrictJson(text, 3);
  if (!parsed.ok || parsed.value === null || typeof parsed.value !== 'object' || Array.isArray(parsed.value)) {
    return undefined;
  }
  const { key, integrity, kind, digest, script, sourceMap, wasm } = parsed.value;
  const isModule = (item: unknown): item is [string, number] =>
    Array.isArray(item) && typeof item[0] === 'string' && typeof item[1] === 'number';
  if (kind !== 'module' && kind !== 'component') return undefined;
  if (!isDigest(digest) || typeof script !== 'number' || typeof sourceMap !== 'number') return undefined;
  if (!Array.isArray(wasm) || !wasm.every(isModule)) return undefined;
  return { key, integrity, kind, digest, script, sourceMap, wasm };
}
