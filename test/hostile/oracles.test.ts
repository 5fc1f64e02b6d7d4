/** Each oracle of the suite, broken on purpose: one that cannot fail guards nothing. */
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createArena, attackerOf, type Arena } from './arena.ts';
import { BystanderWatch } from './bystander.ts';
import type { HostileCase } from './case.ts';
import { controlProblems } from './control.ts';
import { HostWatch } from './host-watch.ts';
import { Leftovers } from './leftovers.ts';
import { loadAndAttack, loadBeside, runCase, type Watches } from './run-case.ts';

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

const broken: readonly (HostileCase & { readonly found: RegExp })[] = [
  {
    name: 'an answer with a canary',
    act: async ({ canaries }) => ({ deep: [canaries.env] }),
    expect: {},
    found: /canary "env" leaks through what it answered/,
  },
  {
    name: 'a canary that it was granted',
    permissions: { services: ['vault'] },
    attack: `return context.services.vault.open()`,
    expect: {},
    found: /canary "plain" leaks through what it answered/,
  },
  {
    name: 'an event that it may not have seen',
    permissions: { events: { subscribe: ['victim.*'], publish: ['loot.*'] } },
    attack: `
      await context.eventBus.subscribe('victim.*', (event) => context.eventBus.publish('loot.here', event.data));
      await new Promise((resolve) => setTimeout(resolve, 400));`,
    expect: {},
    found: /canary "plain" leaks through what it published/,
  },
  {
    name: 'a log line with a canary',
    config: ({ root }) => ({ root }),
    act: async (arena, name) => {
      await loadBeside(arena, name);
      await arena.manager.call(name, 'say', [arena.canaries.file]);
    },
    members: `say(text) { this.context.logger.info(text); }`,
    expect: {},
    found: /canary "file" leaks through the log/,
  },
  {
    name: 'an error with a canary',
    act: async ({ canaries }) => {
      throw new Error(canaries.data);
    },
    expect: {},
    found: /canary "data" leaks through its error/,
  },
  {
    name: 'what a server received',
    act: async ({ note, canaries }) => note({ headers: { authorization: canaries.global } }),
    expect: {},
    found: /canary "global" leaks through what it published or sent/,
  },
  {
    name: 'a file outside',
    act: ({ folder }) => writeFile(join(folder.path, 'host/new.txt'), 'x'),
    expect: {},
    found: /"host\/new.txt" was made outside/,
  },
  {
    name: 'a file that changed',
    act: ({ folder }) => writeFile(join(folder.path, 'host/secret.txt'), 'changed'),
    expect: {},
    found: /"host\/secret.txt" was changed outside/,
  },
  {
    name: 'a host that was blocked',
    act: async () => {
      await wait(50);
      const { user } = process.threadCpuUsage();
      while (process.threadCpuUsage().user - user < 500_000);
      await wait(50);
    },
    expect: {},
    found: /event loop was delayed by \d+ ms/,
  },
  {
    name: 'a host that grew',
    act: async () => {
      const held = Array.from({ length: 20 }, () => Buffer.alloc(10 * 1024 * 1024, 1));
      await wait(200);
      return held.length;
    },
    expect: {},
    found: /memory grew by \d+ MiB/,
  },
  {
    name: 'a host whose objects changed',
    act: async () => {
      // oxlint-disable-next-line no-extend-native -- what the oracle must find
      Object.defineProperty(Object.prototype, 'polluted', { value: 1, configurable: true });
    },
    expect: {},
    found: /own objects have changed: polluted/,
  },
  {
    name: 'a bystander that is out too long',
    act: async ({ manager }) => {
      await manager.stopPlugin('bystander');
      await wait(5_000);
      await manager.startPlugin('bystander');
    },
    expect: {},
    found: /the bystander was out for \d+ ms/,
  },
  {
    name: 'an innocent that was restarted',
    act: async ({ manager }) => {
      process.kill(manager.pluginState('bystander').pid as number, 'SIGKILL');
      await wait(500);
    },
    expect: {},
    found: /victim was restarted/,
  },
  {
    name: 'an innocent that was blamed',
    act: async ({ manager }) => {
      await manager.unloadPlugin('victim');
      await wait(150);
      process.kill(manager.pluginState('bystander').pid as number, 'SIGKILL');
      await wait(1_500);
      await manager.loadPlugin('victim');
      await manager.startPlugin('victim');
    },
    expect: {},
    found: /bystander was blamed: it had to wait \d+ ms/,
  },
  {
    name: 'an attacker that went on',
    attack: `return 1`,
    expect: { ends: 'itself' },
    found: /it went on, and it should have been ended/,
  },
  {
    name: 'an attacker that was ended',
    attack: `for (;;);`,
    expect: {},
    found: /it was ended, and it should have gone on/,
  },
  {
    name: 'another answer',
    attack: `return [1]`,
    expect: { answers: [] },
    found: /it answered \[ 1 \] instead of \[\]/,
  },
  {
    name: 'another code',
    attack: `throw new Error('x')`,
    expect: { fails: ['ERR_LIMIT_CPU'] },
    found: /it failed with [^]* instead of ERR_LIMIT_CPU/,
  },
  {
    name: 'an answer instead of a failure',
    attack: `return 7`,
    expect: { fails: ['ERR_LIMIT_CPU'] },
    found: /it answered 7 instead of failing/,
  },
  {
    name: 'a denial that nobody audited',
    attack: `return 1`,
    expect: { denied: [{ capability: 'net', value: 'https://evil.example/' }] },
    found: /no denial of net https:\/\/evil.example\/ in the audit/,
  },
];

describe('oracles of runCase()', () => {
  let arena: Arena;
  let watches: Watches;

  beforeAll(async () => {
    arena = await createArena({ cases: broken });
    watches = { host: new HostWatch(), bystander: new BystanderWatch(arena.manager) };
  });
  afterAll(async () => {
    await arena.close();
  });

  test.each(broken.map((item, index) => [item.name, item, attackerOf(index)] as const))(
    'find %s',
    async (_name, item, attacker) => {
      const problems = await runCase(arena, watches, item, attacker);
      expect(problems).toContainEqual(expect.stringMatching(item.found));
      delete (Object.prototype as { polluted?: number }).polluted;
    },
  );

  test('find a bystander that answers wrongly', async () => {
    const manager = { call: async () => 'pong 0' } as unknown as Arena['manager'];
    const watch = new BystanderWatch(manager);
    watch.begin();
    expect(await watch.end(() => 0)).toContainEqual(expect.stringContaining('the bystander answered "pong 0" to 1'));
  });

  test('find nothing where nothing is wrong', async () => {
    const item: HostileCase = { name: 'innocent', attack: '', expect: {} };
    const quiet = { ...item, act: async (): Promise<string> => 'well' };
    expect(await runCase(arena, watches, { ...quiet, expect: { answers: 'well' } }, attackerOf(0))).toEqual([]);
  });
});

describe('Leftovers', () => {
  test('finds a manager that was not closed', async () => {
    const leftovers = new Leftovers();
    const item: HostileCase = { name: 'idle', attack: 'return 1', expect: {} };
    const arena = await createArena({ cases: [item] });
    expect(await loadAndAttack(arena, attackerOf(0))).toBe(1);
    const pids = arena.manager.processes().map(({ pid }) => pid);
    const left = await leftovers.settled(pids);
    expect(left).toContainEqual(expect.stringMatching(/^process \d+ is left/));
    expect(left).toContainEqual(expect.stringMatching(/^child process \d+ is left/));
    expect(left).toContainEqual(expect.stringMatching(/open file/));
    await arena.close();
    expect(await leftovers.settled(pids)).toEqual([]);
  });

  test('finds a socket', async () => {
    const leftovers = new Leftovers();
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    expect(await leftovers.settled()).toContainEqual(expect.stringContaining('TCPServerWrap'));
    await new Promise((resolve) => server.close(resolve));
    expect(await leftovers.settled()).toEqual([]);
  });
});

describe('controlProblems()', () => {
  test.each(['leaks', 'pollutes', 'hangs', 'dies', 'grows'] as const)(
    'finds an attack that does not work: %s',
    async (control) => {
      const item: HostileCase = { name: 'harmless', attack: 'return 1', expect: {}, control };
      expect(await controlProblems(item)).toHaveLength(1);
    },
  );
});
