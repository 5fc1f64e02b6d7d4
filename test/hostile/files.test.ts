import { execFileSync } from 'node:child_process';
import { link, mkdir, readdir, readFile, rename, rm, symlink, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';
import { hostile, type HostileCase, type World } from './harness.ts';
import { loadAndAttack } from './run-case.ts';

/** What stands beyond the mounts, and may neither be read nor changed. */
const BEYOND = 'canary-beyond-the-mounts';

let yard: TemporaryFolder;

/** Statements for `top`: what an attacker tries with a path. */
const TRY = String.raw`
import * as fs from 'node:fs/promises';
/** What succeeded, by name; refusals are as they must be. */
async function attempts(work) {
  const done = [];
  for (const [name, each] of Object.entries(work)) {
    try {
      const value = await each();
      done.push(name + ': ' + String(value instanceof Uint8Array ? new TextDecoder().decode(value) : value).slice(0, 200));
    } catch (error) {
      if (!/null bytes/.test(String(error)) && !/ERR_PERMISSION_DENIED|ERR_VALUE|ERR_LIMIT_STORAGE|E[A-Z]{3,}/.test(String(error?.code))) done.push(name + ' threw ' + error);
    }
  }
  return done;
}
const everything = (path) => ({
  ['read ' + path]: () => fs.readFile(path),
  ['stat ' + path]: () => fs.stat(path),
  ['lstat ' + path]: () => fs.lstat(path),
  ['readdir ' + path]: () => fs.readdir(path),
  ['write ' + path]: () => fs.writeFile(path, 'owned'),
  ['append ' + path]: () => fs.appendFile(path, 'owned'),
  ['truncate ' + path]: () => fs.truncate(path, 0),
  ['mkdir ' + path]: () => fs.mkdir(path),
  ['copy from ' + path]: () => fs.copyFile(path, '/data/stolen'),
  ['copy to ' + path]: () => fs.writeFile('/data/mine', 'x').then(() => fs.copyFile('/data/mine', path)),
  ['rename to ' + path]: () => fs.writeFile('/data/mine', 'x').then(() => fs.rename('/data/mine', path)),
  ['rename from ' + path]: () => fs.rename(path, '/data/stolen'),
  ['rm ' + path]: () => fs.rm(path, { recursive: true }),
});
`;

/** Everything that can be done with each of these paths; none of it may succeed. */
const refused = (name: string, paths: string, rest: Partial<HostileCase> = {}): HostileCase => ({
  name,
  top: TRY,
  attack: `const found = []; for (const path of ${paths}) found.push(...await attempts(everything(path))); return found;`,
  expect: { answers: [] },
  ...rest,
});

const at = (world: World, name: string): string => join(String(world.facts['yard']), name);

const untouched = async (): Promise<string[]> => {
  const text = await readFile(join(yard.path, 'beyond/secret.txt'), 'utf8').catch(() => 'gone');
  const names = await readdir(join(yard.path, 'beyond'));
  return [
    ...(text === BEYOND ? [] : [`the file beyond is ${text}`]),
    ...(names.length === 1 ? [] : [`beyond there is ${names.join(', ')}`]),
  ];
};

const guarded = (expect: HostileCase['expect']): HostileCase['expect'] => ({
  ...expect,
  also: async (outcome, arena, name) => [
    ...(await untouched()),
    ...(JSON.stringify(outcome).includes(BEYOND) ? ['it read what is beyond its mounts'] : []),
    ...((await expect.also?.(outcome, arena, name)) ?? []),
  ],
});

/** What the owner of the mount has put there. */
async function plantMount(folder: TemporaryFolder): Promise<void> {
  const mount = join(folder.path, 'mount');
  await folder.write({ 'mount/own.txt': 'own', 'mount/deep/er/x.txt': 'x', 'beyond/secret.txt': BEYOND });
  await symlink('../beyond', join(mount, 'folder'));
  await symlink('../beyond/secret.txt', join(mount, 'file'));
  await symlink('../beyond/new.txt', join(mount, 'dangling'));
  await symlink('.', join(mount, 'loop'));
  await symlink('/proc/self', join(mount, 'proc'));
  await symlink('/', join(mount, 'root'));
  await link(join(folder.path, 'beyond/secret.txt'), join(mount, 'hard'));
  execFileSync('mkfifo', [join(mount, 'fifo')]);
}

const cases: HostileCase[] = [
  {
    name: 'reads a secret of the host where it stands',
    top: `import * as fs from 'node:fs/promises';`,
    attack: `const found = []; const { secretFile } = world;
      for (const path of [secretFile, secretFile.replace('/', '//'), new URL('file://' + secretFile)]) try { found.push(await fs.readFile(path, 'utf8')); } catch {}
      return found;`,
    expect: { answers: [] },
    control: 'leaks',
  },
  refused(
    'walks up',
    `['..', '../..', '/data/..', '/data/../..', '/data/../../etc/passwd', '/tmp/../etc/passwd', '/plugin/../etc/passwd', '/data/a/../../..', '/data/./../etc/passwd', world.secretFile, '/data/' + '../'.repeat(40) + world.secretFile.slice(1)]`,
    {
      expect: { answers: [], denied: [{ capability: 'read', value: '/etc/passwd' }] },
    },
  ),
  refused(
    'spells up in other ways',
    `['/data/%2e%2e/%2e%2e/etc/passwd', '/data/..%2f..%2fetc/passwd', '/data/\\u2025/etc/passwd', '/data/\\uff0e\\uff0e/etc/passwd', '/data/.\\u200b./etc/passwd', '/data/..\\u0000/etc/passwd', '\\u2215etc\\u2215passwd', '\\uff0fetc/passwd']`,
  ),
  refused(
    'looks at the kernel’s files',
    `['/proc/self/environ', '/proc/self/mem', '/proc/self/fd', '/proc/self/root/etc/passwd', '/proc/self/cwd', '/proc/1/environ', '/proc/thread-self/fd/1', '/dev/zero', '/dev/mem', '/dev/stdin', '/dev/fd/1', '/sys/kernel', '/run', '//proc//self//environ', '/dev/shm/x']`,
  ),
  refused(
    'uses paths that are none',
    `['', 'file:///etc/passwd', '../etc/passwd', new URL('file:///etc/passwd'), '/data/a\\0b', '/data/\\ud800', '/data/' + 'x'.repeat(300), '/data/' + 'a/'.repeat(3000), '/data' + '/d'.repeat(80), '/DATA/x', '/datax']`,
  ),
  refused('writes into its own program', `['/plugin', '/plugin/new.txt', '/plugin/new/er.txt']`, {
    attack: `return [...await attempts({ write: () => fs.writeFile('/plugin/mod.ts', 'x'), append: () => fs.appendFile('/plugin/mod.ts', 'x'),
      rm: () => fs.rm('/plugin/mod.ts'), tree: () => fs.rm('/plugin', { recursive: true }), move: () => fs.rename('/plugin/mod.ts', '/data/mod.ts'),
      over: () => fs.writeFile('/data/y', 'x').then(() => fs.rename('/data/y', '/plugin/mod.ts')), make: () => fs.mkdir('/plugin/x'), cut: () => fs.truncate('/plugin/mod.ts', 0) })];`,
  }),
  refused('removes and moves the roots', `[]`, {
    attack: `const found = await attempts({ a: () => fs.rm('/data', { recursive: true }), b: () => fs.rename('/data', '/tmp/d'), c: () => fs.rm('/tmp', { recursive: true, force: true }),
      d: () => fs.rename('/tmp', '/data/t'), e: () => fs.rmdir('/data'), f: () => fs.rm('/', { recursive: true, force: true }), g: () => fs.writeFile('/data', 'x'), h: () => fs.rename('/data', '/data/x') });
      await fs.writeFile('/data/still', 'here'); return [...found, ...(await fs.readFile('/data/still', 'utf8') === 'here' ? [] : ['gone'])];`,
  }),
  refused(
    'reads the data of another plugin',
    `[world.victimData, world.victimData + '/victim', '/data/../victim/secret', world.root + '/.aitbc', world.root + '/.aitbc/audit.jsonl', world.root + '/plugins.yaml', world.root + '/plugins.lock.json']`,
  ),
  {
    name: 'makes links and devices of its own',
    top: TRY,
    attack: `return attempts({ symlink: () => fs.symlink('/etc/passwd', '/data/l'), link: () => fs.link('/etc/passwd', '/data/l'), chmod: () => fs.chmod('/data', 0o777),
      chown: () => fs.chown('/data', 0, 0), real: () => fs.realpath('/etc'), mkdtemp: () => fs.mkdtemp('/etc/x'), cp: () => fs.cp('/etc', '/data/etc', { recursive: true }), open: () => fs.open('/etc/passwd') });`,
    expect: {
      also: (outcome) =>
        // What does not exist throws a TypeError: it is no function.
        'value' in outcome && (outcome.value as string[]).every((line) => /is not a function|not supported/.test(line))
          ? []
          : [`it achieved ${JSON.stringify(outcome)}`],
    },
  },
  {
    ...refused(
      'reads through the links of a mount',
      `['folder', 'file', 'folder/secret.txt', 'dangling', 'loop/own.txt', 'loop/loop/../../beyond/secret.txt', 'proc/environ', 'proc/cwd', 'root/etc/passwd', '../beyond/secret.txt', 'fifo', 'deep/../../beyond/secret.txt'].map((name) => world.facts.yard + '/mount/' + name)`,
    ),
    permissions: (world) => ({ read: [at(world, 'mount')] }),
    attack: `const names = ['folder/secret.txt', 'file', 'dangling', 'loop/own.txt', 'proc/environ', 'root/etc/passwd', '../beyond/secret.txt', 'fifo', 'deep/../../beyond/secret.txt'];
      const found = []; for (const name of names) { const path = world.facts.yard + '/mount/' + name;
        found.push(...await attempts({ ['read ' + name]: () => fs.readFile(path), ['copy ' + name]: () => fs.copyFile(path, '/data/stolen'), ['list ' + name]: () => fs.readdir(path), ['write ' + name]: () => fs.writeFile(path, 'owned') })); }
      return found;`,
    expect: guarded({ answers: [] }),
  },
  {
    name: 'writes through the links of a mount',
    top: TRY,
    permissions: (world) => ({ write: [at(world, 'mount')] }),
    attack: `const names = ['folder/owned', 'file', 'dangling', 'loop/loop/owned', 'root/tmp/owned', 'fifo', 'folder'];
      const found = []; for (const name of names) { const path = world.facts.yard + '/mount/' + name;
        found.push(...await attempts({ ['write ' + name]: () => fs.writeFile(path, 'owned'), ['append ' + name]: () => fs.appendFile(path, 'owned'), ['cut ' + name]: () => fs.truncate(path, 0), ['make ' + name]: () => fs.mkdir(path + '/d', { recursive: true }) })); }
      const hard = world.facts.yard + '/mount/hard';
      found.push(...await attempts({ hard: () => fs.appendFile(hard, 'owned'), cut: () => fs.truncate(hard, 0) }));
      return found;`,
    expect: guarded({ answers: [] }),
  },
  {
    name: 'races the owner of a mount, who swaps a folder for a link',
    top: TRY,
    permissions: (world) => ({ write: [at(world, 'race')] }),
    attack: `const found = []; let met = 0; const base = world.facts.yard + '/race/place/';
      for (const late = Date.now() + 1500; Date.now() < late;) {
        const done = await attempts({ read: () => fs.readFile(base + 'secret.txt'), list: () => fs.readdir(base), write: () => fs.writeFile(base + 'written', 'x'), rm: () => fs.rm(base + 'marker', { recursive: true }) });
        met += done.length; found.push(...done.filter((line) => line.includes('canary'))); }
      return { found, raced: met > 0 };`,
    limits: { cpu: '5s', timeout: '10s' },
    act: async (arena, name) => {
      const stop = await swap(join(yard.path, 'race'));
      try {
        return await loadAndAttack(arena, name);
      } finally {
        await stop();
      }
    },
    expect: guarded({ answers: { found: [], raced: true } }),
  },
  {
    name: 'reaches for the host’s own files inside a folder it may write',
    top: TRY,
    permissions: (world) => ({ write: [world.root] }),
    attack: `const root = world.root; const found = [];
      for (const name of ['plugins.yaml', 'plugins.lock.json', '.aitbc', '.aitbc/audit.jsonl', '.aitbc/control.sock', '.aitbc/plugins', 'cache', 'cache/v1', '.aitbc/../plugins.yaml'])
        found.push(...await attempts({ ['read ' + name]: () => fs.readFile(root + '/' + name), ['list ' + name]: () => fs.readdir(root + '/' + name), ['write ' + name]: () => fs.writeFile(root + '/' + name, 'owned'),
          ['append ' + name]: () => fs.appendFile(root + '/' + name, 'owned'), ['cut ' + name]: () => fs.truncate(root + '/' + name, 0), ['rm ' + name]: () => fs.rm(root + '/' + name, { recursive: true }),
          ['move ' + name]: () => fs.rename(root + '/' + name, root + '/moved'), ['over ' + name]: () => fs.writeFile('/data/m', 'x').then(() => fs.copyFile('/data/m', root + '/' + name)) }));
      found.push(...await attempts({ tree: () => fs.rm(root, { recursive: true }), up: () => fs.rename(root, root + '2') }));
      return found;`,
    expect: { answers: [] },
  },
  {
    name: 'fills its quota of bytes',
    top: TRY,
    limits: { storage: '1MiB', cpu: '5s' },
    attack: `const part = new Uint8Array(300_000); const done = await attempts({
        a: () => fs.writeFile('/data/a', part), b: () => fs.writeFile('/tmp/b', part), c: () => fs.writeFile('/data/c', part), d: () => fs.writeFile('/data/d', part),
        e: () => fs.appendFile('/data/a', part), f: () => fs.truncate('/data/a', 1e12), g: () => fs.copyFile('/data/a', '/tmp/g'), h: () => fs.rename('/data/a', '/data/b2').then(() => fs.copyFile('/data/b2', '/data/a')) });
      let total = 0; for (const folder of ['/data', '/tmp']) for (const name of await fs.readdir(folder)) total += (await fs.stat(folder + '/' + name)).size;
      return { over: total > 1_048_576, done: done.map((line) => line[0]).join('') };`,
    expect: { answers: { over: false, done: 'abc' } },
  },
  {
    name: 'fills its quota of files, with renames between',
    top: TRY,
    limits: { files: 50, cpu: '5s', timeout: '20s' },
    attack: `let made = 0; let refusal;
      for (let i = 0; i < 200; i++) { try { await (i % 3 === 0 ? fs.mkdir('/data/d' + i) : fs.writeFile('/tmp/f' + i, '')); made++; if (i % 3 === 1) await fs.rename('/tmp/f' + i, '/data/g' + i); } catch (error) { refusal ??= error.code; } }
      return { made: made <= 50, refusal };`,
    expect: { answers: { made: true, refusal: 'ERR_LIMIT_STORAGE' } },
  },
  {
    name: 'changes its files from hundreds of calls at once',
    top: TRY,
    limits: { storage: '100KiB', cpu: '5s', timeout: '20s' },
    attack: `const part = new Uint8Array(10_000);
      await Promise.allSettled(Array.from({ length: 150 }, (_, i) => i % 2 ? fs.appendFile('/data/one', part) : fs.writeFile('/data/' + (i % 7), part)));
      await Promise.allSettled(Array.from({ length: 150 }, (_, i) => i % 2 ? fs.rename('/data/' + (i % 7), '/tmp/' + (i % 5)) : fs.copyFile('/data/one', '/tmp/c' + (i % 5))));
      let total = 0; for (const folder of ['/data', '/tmp']) for (const name of await fs.readdir(folder)) total += (await fs.stat(folder + '/' + name)).size;
      return total <= 102_400;`,
    expect: { answers: true },
  },
  {
    name: 'builds a tree too deep to remove',
    top: TRY,
    limits: { cpu: '5s', timeout: '20s' },
    attack: `let path = '/data'; try { for (let i = 0; i < 200; i++) await fs.mkdir((path += '/d')); } catch {}
      const grown = []; for (let round = 0; round < 5; round++) { try { await fs.mkdir('/tmp/e' + '/e'.repeat(40), { recursive: true }); await fs.rename('/tmp/e', path.slice(0, 80) + '/e' + round); grown.push(round); } catch {} }
      await fs.rm('/data/d', { recursive: true }); return fs.readdir('/data');`,
    expect: { answers: [] },
  },
  refused(
    'takes the names of half-written files',
    `['/data/.aitbc-0123456789abcdef.part', '/tmp/.aitbc-0123456789abcdef.part']`,
  ),
];

/** Swaps `place` between a folder and a link to what is beyond, until it is stopped. */
async function swap(parent: string): Promise<() => Promise<void>> {
  const stopping = new AbortController();
  const [place, spare] = [join(parent, 'place'), join(parent, 'spare')];
  await mkdir(place);
  await writeFile(join(place, 'secret.txt'), 'own');
  const done = (async () => {
    while (!stopping.signal.aborted) {
      await rename(place, spare);
      await symlink(join(parent, '../beyond'), place);
      await unlink(place);
      await rename(spare, place).catch(async () => {
        await rm(place, { recursive: true, force: true });
        await rename(spare, place);
      });
    }
  })();
  return () => {
    stopping.abort();
    return done;
  };
}

hostile('a plugin that goes for files', cases, {
  setup: async () => {
    yard = await temporaryFolder({ 'race/.keep': '' });
    await plantMount(yard);
    return { facts: { yard: yard.path }, close: () => yard.remove() };
  },
});
