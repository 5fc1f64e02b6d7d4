/** Writes `utf8-module.ts` from `utf8.wat`. */
import { readFile, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';

const folder = fileURLToPath(new URL('../runtime/guest/component/abi/', import.meta.url));

/** The text of the file. */
export async function utf8Module(): Promise<string> {
  const bytes = withoutNames(await parse(await readFile(`${folder}utf8.wat`, 'utf8')));
  return `/** \`utf8.wat\` as bytes, in base64. Written by scripts/utf8-module.ts. */
export const UTF8_MODULE: string =
  '${Buffer.from(bytes).toString('base64').replaceAll('=', '')}';
`;
}

/** Custom sections have nothing that runs. */
function withoutNames(bytes: Uint8Array): Uint8Array {
  const kept: Uint8Array[] = [bytes.subarray(0, 8)];
  for (let at = 8; at < bytes.length;) {
    const start = at;
    const id = bytes[at++];
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++] as number;
      size |= (byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    at += size;
    if (id !== 0) kept.push(bytes.subarray(start, at));
  }
  return Buffer.concat(kept);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(`${folder}utf8-module.ts`, await utf8Module());
