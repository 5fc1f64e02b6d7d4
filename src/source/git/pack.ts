/**
 * Guarantees that a pack, once all of its objects and deltas are expanded, stays within the limit, before anything expands
 * it whole. Trusts no size that the pack states: each object is inflated under a bound of what it stated.
 */
import { inflateSync } from 'node:zlib';
import { PluginError } from '../../core/errors.ts';

const MAX_OBJECTS = 2_000_000;

export function checkPack(url: string, pack: Uint8Array, limit: number): void {
  const view = new DataView(pack.buffer, pack.byteOffset, pack.byteLength);
  const malformed = (cause?: unknown): PluginError =>
    new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${url}": the server sent a malformed pack`, { cause });
  if (pack.byteLength < 32 || view.getUint32(0) !== 0x5041434b) throw malformed();
  const count = view.getUint32(8);
  if (count > MAX_OBJECTS) throw tooLarge(url, limit);
  let at = 12;
  let total = 0;
  for (let index = 0; index < count; index++) {
    const header = readHeader(pack, at);
    if (header === undefined) throw malformed();
    if (header.size > limit) throw tooLarge(url, limit);
    let inflated: { buffer: Uint8Array; engine: { bytesWritten: number } };
    try {
      const options = { info: true, maxOutputLength: Math.max(header.size, 1) } as const;
      inflated = inflateSync(pack.subarray(header.end), options) as unknown as typeof inflated;
    } catch (cause) {
      throw malformed(cause);
    }
    if (inflated.buffer.byteLength !== header.size) throw malformed();
    total += header.delta ? targetSize(inflated.buffer) : header.size;
    if (total > limit) throw tooLarge(url, limit);
    at = header.end + inflated.engine.bytesWritten;
  }
}

function readHeader(pack: Uint8Array, start: number): { size: number; delta: boolean; end: number } | undefined {
  let at = start;
  let byte = pack[at++] ?? 0;
  const type = (byte >> 4) & 7;
  let size = byte & 15;
  for (let scale = 16; byte & 0x80; scale *= 128) {
    byte = pack[at++] ?? 0;
    size += (byte & 0x7f) * scale;
    if (size > Number.MAX_SAFE_INTEGER) return undefined;
  }
  if (type === 6) while ((pack[at++] ?? 0) & 0x80);
  if (type === 7) at += 20;
  if (type === 0 || type === 5 || at >= pack.byteLength) return undefined;
  return { size, delta: type === 6 || type === 7, end: at };
}

/** A delta begins with the sizes of its base and of its result. */
function targetSize(delta: Uint8Array): number {
  let at = 0;
  while ((delta[at++] ?? 0) & 0x80);
  let size = 0;
  for (let scale = 1; ; scale *= 128) {
    const byte = delta[at++] ?? 0;
    size += (byte & 0x7f) * scale;
    if (!(byte & 0x80) || size > Number.MAX_SAFE_INTEGER) return size;
  }
}

function tooLarge(url: string, limit: number): PluginError {
  return new PluginError(
    'ERR_SOURCE_TOO_LARGE',
    `Cannot fetch "${url}": the repository is larger than ${limit} bytes`,
    {
      hint: 'raise "max_archive" of fetch in the config if the repository is right',
    },
  );
}
