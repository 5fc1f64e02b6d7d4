/** Verification of a locked graph of 1,000 modules, beside reading and summing each stored module one after the other. */
import { readdir, readFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { silentLogger } from '../src/core/logger.ts';
import { createLoader } from '../src/loader/loader.ts';
import { createSandbox } from '../src/sandbox/create-sandbox.ts';
import { openStore } from '../src/store/store.ts';
import { median, print, times } from './support.ts';

const MODULES = 1_000;
const FILLER = '// '.padEnd(4_000, 'x');

const folder = await mkdtemp(join(tmpdir(), 'aitbc-bench-'));
const server = createServer((request, response) => {
  const name = request.url ?? '';
  const imports = Array.from({ length: MODULES - 1 }, (_, index) => `import './m${index}.ts';`).join('\n');
  const entry = `${imports}
import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({ metadata: { name: 'wide', version: '1.0.0', description: 'd', author: 'a', license: 'MIT' } });`;
  const body = name === '/mod.ts' ? entry : `globalThis.x = ${JSON.stringify(name)};\n${FILLER}`;
  response.writeHead(name.endsWith('.ts') ? 200 : 404, { 'content-type': 'text/typescript' }).end(body);
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const { port } = server.address() as AddressInfo;
try {
  const file = join(folder, 'plugins.yaml');
  await writeFile(
    file,
    `plugins:\n  wide: { enabled: true, source: "http://127.0.0.1:${port}/mod.ts" }\nfetch: { max_modules: 2000 }\n`,
  );
  const cacheDir = join(folder, 'cache');
  const config = await loadConfig({ file, flags: { dataDir: join(folder, 'data'), cacheDir } });
  const sandbox = createSandbox({ logger: silentLogger });
  const store = openStore({ cacheDir, logger: silentLogger });
  const loader = createLoader({ config, store, sandbox: async () => sandbox });
  await loader.lockAll();
  await loader.prepare();
  const phases: number[] = [];
  for (let round = 0; round < 15; round++) phases.push((await loader.prepare()).phases.verify);
  const blobs = (await readdir(join(cacheDir, 'v1/blobs'), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name));
  const least = median(
    await times(15, async () => {
      for (const blob of blobs)
        createHash('sha256')
          .update(await readFile(blob))
          .digest('hex');
    }),
  );
  await sandbox.close();
  const taken = median(phases.sort((a, b) => a - b));
  print([
    {
      what: `verification of ${blobs.length} locked modules`,
      measured: `${taken.toFixed(0)} ms`,
      baseline: `${least.toFixed(0)} ms (read and SHA-256)`,
      ratio: taken / least,
      target: '<= 1.5',
      met: taken / least <= 1.5,
    },
  ]);
} finally {
  server.close();
  server.closeAllConnections();
  await rm(folder, { recursive: true, force: true });
}
