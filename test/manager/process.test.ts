import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { run } from '../support/run.ts';
import { createHost, type Host } from './host.ts';

const APPLICATION = fileURLToPath(new URL('../support/application.ts', import.meta.url));
const ROOT = fileURLToPath(new URL('../../', import.meta.url));
let host: Host;

beforeAll(async () => {
  host = await createHost({ greeter: {} });
});
afterAll(() => host[Symbol.asyncDispose]());

const args = (mode: string): string[] => [
  APPLICATION,
  join(host.folder.path, 'plugins.yaml'),
  join(host.folder.path, 'cache'),
  mode,
];

test('an application that closes its manager ends by itself', async () => {
  const { status, stdout, stderr } = await run(process.execPath, args('close'));
  expect(stderr).toBe('');
  expect(stdout).toBe('started greeter; Hello, you!\ngreeter inactive\ngreeter unloading\ngreeter unloaded\n');
  expect(status).toBe(0);
});

test('with signals: true SIGTERM closes the manager, and the application ends by itself', async () => {
  const child = spawn(process.execPath, args('signals'), { stdio: ['ignore', 'pipe', 'inherit'] });
  const out: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => out.push(chunk));
  await once(child.stdout, 'data');
  child.kill('SIGTERM');
  const [status, signal] = (await once(child, 'close')) as [number | null, string | null];
  expect([status, signal]).toEqual([0, null]);
  expect(out.join('')).toContain('greeter unloaded');
});

test('a start from lock and cache loads no bundler, no HTTP client and no git', async () => {
  const hooks = `import { registerHooks } from 'node:module';
    const loaded = new Set();
    registerHooks({ load(url, context, next) {
      const name = url.split('/node_modules/').at(1)?.split('/')[0];
      if (name && !url.endsWith('package.json')) loaded.add(name);
      return next(url, context);
    } });
    process.on('exit', () => console.log(JSON.stringify([...loaded])));`;
  const { stdout } = await run(process.execPath, [
    '--import',
    `data:text/javascript,${encodeURIComponent(hooks)}`,
    ...args('close'),
  ]);
  const loaded = JSON.parse(stdout.trim().split('\n').at(-1) ?? '') as string[];
  expect(loaded).toContain('semver');
  for (const heavy of ['esbuild', 'undici', 'isomorphic-git', 'tar-stream']) expect(loaded).not.toContain(heavy);
});

test('the library can be loaded with require()', async () => {
  const script = `const { PluginManager, defineService } = require('./dist/lib/index.js');
    console.log(typeof PluginManager.create, typeof defineService)`;
  const { stdout, status } = await run(process.execPath, ['--input-type=commonjs', '-e', script], { cwd: ROOT });
  expect([stdout, status]).toEqual(['function function\n', 0]);
});
