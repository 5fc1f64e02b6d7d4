import { describe, expect, it } from 'vitest';
import type { Program } from '../../src/build/types.ts';
import { digestOf } from '../../src/core/digest.ts';
import { decodeProgram, encodeProgram } from '../../src/loader/program-codec.ts';

const script = 'return { default: "é🙂" };\n';
const program: Program = {
  key: digestOf('key'),
  integrity: digestOf('integrity'),
  kind: 'component',
  script,
  digest: digestOf(script),
  sourceMap: '{"version":3}',
  wasm: [
    { name: 'core.wasm', bytes: new Uint8Array([0, 97, 115, 109]) },
    { name: 'core2.wasm', bytes: new Uint8Array() },
  ],
};
const encoded = encodeProgram(program);

describe('decodeProgram()', () => {
  it('gives back what encodeProgram was given', () => {
    expect(decodeProgram(encoded, program.key, program.integrity)).toEqual(program);
  });

  it('gives nothing for another key, another integrity, or other bytes', () => {
    expect(decodeProgram(encoded, digestOf('other'), program.integrity)).toBe(undefined);
    expect(decodeProgram(encoded, program.key, digestOf('other'))).toBe(undefined);
    for (const bytes of [encoded.subarray(0, 3), encoded.subarray(0, -1), Buffer.concat([encoded, Buffer.from('x')])]) {
      expect(decodeProgram(bytes, program.key, program.integrity)).toBe(undefined);
    }
    const changed = Buffer.from(encoded);
    changed[changed.indexOf('return')] = 0x52;
    expect(decodeProgram(changed, program.key, program.integrity)).toBe(undefined);
  });
});
