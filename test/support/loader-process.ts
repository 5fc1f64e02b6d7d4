/**
 * A loader in a process of its own: `node loader-process.ts <folder> <cache> <operation> [arguments…]`.
 * `add` prints each specifier once it is added; `prepare` prints the report, and which packages were loaded for it.
 */
import { registerHooks } from 'node:module';
import { join } from 'node:path';

const [folder = '', cacheDir = '', operation = '', ...rest] = process.argv.slice(2);
const packages = new Set<string>();
registerHooks({
  load(url, context, next) {
    const name = /\/node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(url)?.[1];
    // Versions are read from their package.json: that loads no code.
    if (name !== undefined && !url.endsWith('.json')) packages.add(name);
    return next(url, context);
  },
});

// After the hook, so that it sees what these load.
const { loadConfig } = await import('../../src/config/load.ts');
const { createLoader } = await import('../../src/loader/loader.ts');
const { openStore } = await import('../../src/store/store.ts');

const lines: string[] = [];
const logger = { log: (_: string, message: string) => void lines.push(message) };
const open = async () =>
  createLoader({
    config: await loadConfig({ file: join(folder, 'plugins.yaml'), env: {}, cwd: folder, flags: { cacheDir } }),
    store: openStore({ cacheDir, logger }),
    offline: process.env['OFFLINE'] === '1',
    logger,
    sandbox: () => Promise.reject(new Error('nothing may be run here')),
  });

if (operation === 'add') {
  for (const specifier of rest) {
    await (await open()).add(specifier);
    process.stdout.write(`${specifier}\n`);
  }
} else {
  const report = await (await open()).prepare();
  const refused = [...report.refused.values()].map(({ code, message }) => `${code} ${message}`);
  process.stdout.write(JSON.stringify({ ready: [...report.ready.keys()], refused, packages: [...packages], lines }));
}
