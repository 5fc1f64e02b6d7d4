/**
 * Writes what authors and the host have of the WIT in their languages: `node scripts/wit-bindings.ts`. With `--check` it writes
 * nothing, and fails where what is committed is not what the WIT gives.
 */
import { readFile, writeFile } from 'node:fs/promises';
import { bindings } from './wit-bindings/bindings.ts';

const root = new URL('../', import.meta.url);
const texts = ['types', 'host', 'plugin'].map((name) => readFile(new URL(`runtime/wit/${name}.wit`, root), 'utf8'));
const made = await bindings((await Promise.all(texts)).join('\n'));
for (const [path, text] of made) {
  const file = new URL(path, root);
  if (!process.argv.includes('--check')) await writeFile(file, text);
  else if ((await readFile(file, 'utf8')) !== text) {
    console.error(`${path} is not what runtime/wit gives: node scripts/wit-bindings.ts`);
    process.exitCode = 1;
  }
}
