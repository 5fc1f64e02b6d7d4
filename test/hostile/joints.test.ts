/** Where the walls meet: what no single plugin attacks, and what every attack would need. */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Instance, Sandbox } from '../../src/sandbox/types.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import { openOptions, plugin, port, program } from '../sandbox/support.ts';
import { attackerOf, createArena, type Arena } from './arena.ts';
import { leaksIn } from './canaries.ts';
import type { HostileCase } from './case.ts';
import { loadAndAttack } from './run-case.ts';

describe('cached code', () => {
  let sandbox: Sandbox;
  beforeAll(() => {
    sandbox = createSandbox();
  });
  afterAll(() => sandbox.close());

  async function answer(script: ReturnType<typeof program>, name: string): Promise<unknown> {
    const instance: Instance = await sandbox.open(openOptions(script, { name }));
    await instance.request('describe', []);
    try {
      return await instance.request('call', ['who', []]);
    } finally {
      if (name !== 'keeper') await instance.dispose();
    }
  }

  test('of a program never runs for another of the same length', async () => {
    const [first, second] = [plugin(`who() { return 'first!'; }`), plugin(`who() { return 'second'; }`)];
    expect(first.script).toHaveLength(second.script.length);
    expect(await answer(first, 'keeper')).toBe('first!');
    expect(await answer(first, 'again')).toBe('first!');
    expect(await answer(second, 'other')).toBe('second');
    expect(await answer(first, 'third')).toBe('first!');
  });
});

describe('an unhandled rejection', () => {
  test('settles no call of its own plugin that is under way, and none of a neighbour', async () => {
    const sandbox = createSandbox();
    const methods = `float() { for (let i = 0; i < 50; i += 1) Promise.reject(new Error('floating')); return 'own'; },
      slow() { return new Promise((done) => setTimeout(done, 150, 'slow')); }`;
    const open = async (name: string): Promise<Instance> => {
      const instance = await sandbox.open(openOptions(plugin(methods), { name, port: port() }));
      await instance.request('describe', []);
      return instance;
    };
    const [one, other] = [await open('one'), await open('other')];
    const slow = [one, other].map((instance) => instance.request('call', ['slow', []]));
    for (let turn = 0; turn < 20; turn += 1) expect(await one.request('call', ['float', []])).toBe('own');
    expect(await Promise.all(slow)).toEqual(['slow', 'slow']);
    await sandbox.close();
  });
});

describe('a cached build', () => {
  const cases: HostileCase[] = [{ name: 'answers', attack: `return 'its own code';`, expect: {} }];
  let arena: Arena;
  beforeAll(async () => {
    arena = await createArena({ cases });
  });
  afterAll(() => arena.close());

  test('that somebody changed never runs: it is built again', async () => {
    const name = attackerOf(0);
    expect(await loadAndAttack(arena, name)).toBe('its own code');
    await arena.manager.unloadPlugin(name);
    const changed = await replaceInBuilds(join(arena.folder.path, 'cache'), 'its own code', 'evil builds!');
    expect(changed).toBeGreaterThan(0);
    expect(await loadAndAttack(arena, name)).toBe('its own code');
  });
});

describe('trust groups', () => {
  const cases: HostileCase[] = [
    { name: 'shares', attack: `return 1;`, expect: {} },
    { name: 'is alone', attack: `return 2;`, isolation: 'process', expect: {} },
  ];

  test('keep a plugin of isolation: process in a process without any other', async () => {
    const arena = await createArena({ cases });
    try {
      await arena.reset();
      for (const index of [0, 1]) await loadAndAttack(arena, attackerOf(index));
      const groups = arena.manager.processes().filter(({ plugins }) => plugins.length > 0);
      expect(groups.map(({ plugins }) => [...plugins].sort())).toEqual(
        expect.arrayContaining([['attacker-1', 'bystander', 'victim'], ['attacker-2']]),
      );
    } finally {
      await arena.close();
    }
  });
});

describe('a runtime process', () => {
  test('has no secret of the host in its environment, arguments or files', async () => {
    const arena = await createArena({ cases: [] });
    try {
      await arena.reset();
      const { pid } = arena.manager.pluginState('bystander');
      const [environment, line, descriptors] = await Promise.all([
        readFile(`/proc/${pid}/environ`, 'latin1'),
        readFile(`/proc/${pid}/cmdline`, 'latin1'),
        readdir(`/proc/${pid}/fd`),
      ]);
      expect(leaksIn(arena.canaries, 'its environment', environment + line)).toEqual([]);
      expect(environment).not.toContain('PATH=');
      expect(descriptors.length).toBeLessThan(40);
    } finally {
      await arena.close();
    }
  });
});

/** Overwrites a text in every cached file; how many held it. */
async function replaceInBuilds(folder: string, from: string, to: string): Promise<number> {
  let changed = 0;
  for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
    if (!entry.isFile() || !join(entry.parentPath, entry.name).includes('build')) continue;
    const file = join(entry.parentPath, entry.name);
    const bytes = await readFile(file, 'latin1');
    if (!bytes.includes(from)) continue;
    await writeFile(file, bytes.replaceAll(from, to), 'latin1');
    changed += 1;
  }
  return changed;
}
