/**
 * A process that fills a store until it is killed: `node store-writer.ts <cache> <kind> <bytes>`; kind: `blobs`, `builds`.
 * Prints the digest of each entry once it is stored.
 */
import { digestOf } from '../../src/core/digest.ts';
import { isPluginError } from '../../src/core/errors.ts';
import { openStore } from '../../src/store/store.ts';

const [cacheDir = '', kind = '', size = ''] = process.argv.slice(2);
const store = openStore({ cacheDir });
try {
  for (let index = 0; ; index += 1) {
    const bytes = Buffer.alloc(Number(size), `${process.pid} ${index} `);
    const digest = digestOf(bytes);
    await (kind === 'blobs' ? store.blobs.put(bytes, digest) : store.builds.put(digest, bytes));
    process.stdout.write(`${digest}\n`);
  }
} catch (error) {
  if (!isPluginError(error)) throw error;
  process.stderr.write(JSON.stringify({ code: error.code, message: error.message, hint: error.hint }));
}
