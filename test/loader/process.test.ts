import { spawn } from 'node:child_process';
import { readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLock } from '../../src/lock/read.ts';
import { serve } from '../support/http-server.ts';
import { run } from '../support/run.ts';
import { localPlugin, manifest, UTIL, workspace, type Workspace } from './support.ts';
import { BWRAP, hasTool } from '../support/tools.ts';

const sealed = hasTool(...BWRAP);

const PROCESS = new URL('../support/loader-process.ts', import.meta.url).pathname;
const names = (prefix: string, count: number) => Array.from({ length: count }, (_, index) => `${prefix}${index}`);
const locals = (all: readonly string[]) =>
  Object.assign({}, ...all.map((name) => localPlugin(name))) as Record<string, string>;

interface Seen {
  readonly ready: string[];
  readonly refused: string[];
  readonly packages: string[];
  readonly lines: string[];
}

async function prepareIn(
  place: Workspace,
  wrapper: readonly string[] = [],
  env: Record<string, string> = {},
): Promise<Seen> {
  const command = [...wrapper, process.execPath, PROCESS, place.folder.path, place.cacheDir, 'prepare'];
  const { status, stdout, stderr } = await run(command[0] ?? '', command.slice(1), { env });
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as Seen;
}

describe('processes that add at the same time', () => {
  it('lose nothing, in the config and in the lock', async () => {
    const all = ['a', 'b', 'c', 'd'].map((prefix) => names(prefix, 3));
    await using place = await workspace('plugins: {}\n', locals(all.flat()));
    const runs = await Promise.all(
      all.map((mine) =>
        run(process.execPath, [PROCESS, place.folder.path, place.cacheDir, 'add', ...mine.map((name) => `./${name}`)]),
      ),
    );
    expect(runs.map(({ status, stderr }) => [status, stderr])).toEqual(runs.map(() => [0, '']));
    expect([...(await place.config()).plugins.keys()].sort()).toEqual(all.flat().sort());
    expect(Object.keys((await readLock(place.lockFile)).plugins)).toEqual(all.flat().sort());
    expect((await (await place.loader()).prepare()).ready.size).toBe(12);
    expect((await readdir(place.folder.path)).filter((name) => /\.lock$|\.tmp$/.test(name))).toEqual([]);
  });
});

describe('a process that is killed while it adds', () => {
  it('leaves a lock, a config and a store that work, whenever it is killed', async () => {
    const all = names('p', 40);
    await using place = await workspace('plugins: {}\n', locals(all));
    let done = 0;
    const end = Date.now() + 10_000;
    for (let round = 0; round < 10 && Date.now() < end; round += 1) {
      for (const file of [place.lockFile, join(place.folder.path, 'plugins.yaml')]) {
        await rm(`${file}.lock`, { recursive: true, force: true });
      }
      done += await addAndKill(place, all.slice(done), Math.random() * 250);
      const config = await place.config();
      const lock = await readLock(place.lockFile);
      expect([...config.plugins.keys()].filter((name) => lock.plugins[name] === undefined)).toEqual([]);
      const report = await (await place.loader()).prepare();
      expect([...report.refused]).toEqual([]);
      expect(report.ready.size).toBeGreaterThanOrEqual(done);
    }
    expect(done).toBeGreaterThan(3);
  });
});

/** How many of the plugins were added before the process was killed, `delay` ms after the first. */
async function addAndKill(place: Workspace, all: readonly string[], delay: number): Promise<number> {
  const specifiers = all.map((name) => `./${name}`);
  const child = spawn(process.execPath, [PROCESS, place.folder.path, place.cacheDir, 'add', ...specifiers], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  const first = new Promise<void>((resolve) => child.stdout.once('data', () => resolve()));
  child.stdout.on('data', (chunk: Buffer) => (text += chunk.toString()));
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  await Promise.race([first, closed]);
  await new Promise((resolve) => setTimeout(resolve, delay));
  child.kill('SIGKILL');
  await closed;
  return text.split('\n').length - 1;
}

describe('a warm start', () => {
  it('loads no bundler, no HTTP client, no git and no archive reader, and asks nobody', async () => {
    const server = await serve({
      '/mod.ts': `export { greet as default } from './util.ts';`,
      '/util.ts': UTIL,
      '/plugin.json': manifest('remote'),
    });
    await using place = await workspace(
      `plugins:\n  remote: { enabled: true, source: "${server.url}/mod.ts" }\n  greeter: { enabled: true, source: ./greeter }\n  bare: { enabled: true }\nplugin_paths: [./shelf]\n`,
      {
        ...localPlugin('greeter'),
        ...Object.fromEntries(Object.entries(localPlugin('bare')).map(([name, text]) => [`shelf/${name}`, text])),
      },
    );
    await (await place.loader()).lockAll();
    await server.close();
    const { ready, refused, packages } = await prepareIn(place);
    expect([ready.sort(), refused]).toEqual([['bare', 'greeter', 'remote'], []]);
    const heavy = [
      'ajv',
      'esbuild',
      'undici',
      'isomorphic-git',
      'tar-stream',
      'proper-lockfile',
      'isolated-vm',
      '@bytecodealliance/jco-transpile',
    ];
    expect(packages.filter((name) => heavy.includes(name))).toEqual([]);
    expect(packages).toContain('yaml');
  });

  it.runIf(sealed)('works from a read-only root without a network', async () => {
    const server = await serve({ '/mod.ts': 'export default {};\n', '/plugin.json': manifest('remote') });
    await using place = await workspace(
      `plugins:\n  remote: { enabled: true, source: "${server.url}/mod.ts" }\n  greeter: { enabled: true, source: ./greeter }\n`,
      localPlugin('greeter'),
    );
    await (await place.loader()).lockAll();
    const wrapper = [
      'bwrap',
      '--ro-bind',
      '/',
      '/',
      '--dev',
      '/dev',
      '--proc',
      '/proc',
      '--unshare-net',
      '--die-with-parent',
    ];
    const { ready, refused, lines } = await prepareIn(place, wrapper);
    await server.close();
    expect([ready.sort(), refused, lines]).toEqual([['greeter', 'remote'], [], []]);
  });

  it.runIf(sealed)(
    'builds again on a read-only root when the build cache is empty, and says once that it keeps nothing',
    async () => {
      await using place = await workspace(
        `plugins:\n  greeter: { enabled: true, source: ./greeter }\n  other: { enabled: true, source: ./other }\n`,
        { ...localPlugin('greeter'), ...localPlugin('other', { description: 'another' }) },
      );
      await (await place.loader()).lockAll();
      await rm(join(place.cacheDir, 'v1', 'builds'), { recursive: true });
      const wrapper = [
        'bwrap',
        '--ro-bind',
        '/',
        '/',
        '--dev',
        '/dev',
        '--proc',
        '/proc',
        '--unshare-net',
        '--die-with-parent',
      ];
      const { ready, refused, lines } = await prepareIn(place, wrapper);
      expect([ready.sort(), refused]).toEqual([['greeter', 'other'], []]);
      expect(lines.filter((line) => line.includes('read-only'))).toHaveLength(1);
    },
  );

  it('refuses a changed lock before it reads a plugin', async () => {
    await using place = await workspace(
      'plugins:\n  greeter: { enabled: true, source: ./greeter }\n',
      localPlugin('greeter'),
    );
    await (await place.loader()).lockAll();
    const text = await readFile(place.lockFile, 'utf8');
    await place.folder.write({ 'plugins.lock.json': text.replace('"license": "MIT"', '"license": "XYZ"') });
    const { ready, refused } = await prepareIn(place);
    expect(ready).toEqual([]);
    expect(refused).toEqual([expect.stringContaining('ERR_INTEGRITY')]);
  });
});
