import { defineService } from '../../src/capabilities/services.ts';
import { hostile, type HostileCase } from './harness.ts';
import { loadBeside } from './run-case.ts';

const wide = { cpu: '10s', timeout: '15s', memory: '128MiB' };
const stuckService = defineService({
  wait: (_input: unknown, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
});
const sleep = (ms: number): string => `await new Promise((resolve) => setTimeout(resolve, ${ms}));`;

/** Floods for a while; whatever it is told, nobody else may notice. */
const floods = (name: string, attack: string, more: Partial<HostileCase> = {}): HostileCase => ({
  name,
  attack: `${attack}\nreturn 'done';`,
  limits: wide,
  expect: { ends: 'any' },
  ...more,
});

const cases: HostileCase[] = [
  floods(
    'its log',
    `for (let turn = 0; turn < 20; turn += 1) { for (let i = 0; i < 10000; i += 1) context.logger.info('x'.repeat(100), { i }); ${sleep(20)} }`,
    {
      expect: {
        ends: 'any',
        also: (_outcome, { logs }, name) => {
          const lines = logs.filter((line) => line.includes(name)).length;
          return lines > 2_000 ? [`${lines} lines of it are in the log`] : [];
        },
      },
    },
  ),
  floods(
    'its log with long lines',
    `for (let turn = 0; turn < 10; turn += 1) { for (let i = 0; i < 300; i += 1) context.logger.error('y'.repeat(1e6), { a: 'z'.repeat(1e6) }); ${sleep(20)} }`,
  ),
  floods('the console', `for (let i = 0; i < 100000; i += 1) console.log({ i, a: ['x'.repeat(50)] });`),
  floods(
    'events',
    `for (let turn = 0; turn < 20; turn += 1) { await Promise.allSettled(Array.from({ length: 500 }, () => context.eventBus.publish('own.x', { a: 1 }))); ${sleep(10)} }`,
    {
      permissions: { events: { publish: ['own.*'], subscribe: ['own.*'] } },
      members: `async start() { await this.context.eventBus.subscribe('own.*', () => new Promise((resolve) => setTimeout(resolve, 50))); return true; }`,
    },
  ),
  floods(
    'large events for a subscriber that never is ready',
    `let sent = 0; for (let turn = 0; turn < 60; turn += 1) { await context.eventBus.publish('own.x', 'x'.repeat(3e6) + turn).then(() => { sent += 1; }, () => 0); } return sent;`,
    {
      permissions: { events: { publish: ['own.*'], subscribe: ['own.*'] } },
      members: `async start() { await this.context.eventBus.subscribe('own.*', () => new Promise(() => {})); return true; }`,
    },
  ),
  floods('events that answer events', `await context.eventBus.publish('own.ping', 1); ${sleep(800)}`, {
    permissions: { events: { publish: ['own.*'], subscribe: ['own.*'] } },
    members: `async start() { await this.context.eventBus.subscribe('own.ping', async () => { await this.context.eventBus.publish('own.ping', 1); await this.context.eventBus.publish('own.ping', 2); }); return true; }`,
  }),
  floods(
    'timers',
    `let set = 0; try { for (;;) { setTimeout(() => 0, 1e6); set += 1; } } catch {} if (set > 1000) throw new Error('more timers than limits.timers: ' + set);`,
    { control: 'hangs' },
  ),
  floods(
    'timers that are due at once',
    `for (let turn = 0; turn < 50; turn += 1) { for (let i = 0; i < 900; i += 1) setTimeout(() => 0, 1); ${sleep(5)} }`,
  ),
  floods(
    'timers that are set and cleared',
    `for (let i = 0; i < 300000; i += 1) clearTimeout(setTimeout(() => 0, 1000));`,
  ),
  floods(
    'requests that are refused',
    `for (let turn = 0; turn < 30; turn += 1) await Promise.allSettled(Array.from({ length: 500 }, (_, i) => context.services['guess' + turn + 'x' + i].open()));`,
    {
      expect: { ends: 'any', denied: [{ capability: 'services' }] },
    },
  ),
  floods(
    'requests that nobody answers',
    `const all = Array.from({ length: 5000 }, () => context.services.stuck.wait('x'.repeat(1000)).catch(({ code }) => code)); ${sleep(300)}`,
    {
      permissions: { services: ['stuck'] },
    },
  ),
  floods(
    'large requests that nobody answers',
    `const all = Array.from({ length: 400 }, () => context.services.stuck.wait('x'.repeat(3e6)).catch(({ code }) => code)); ${sleep(500)}`,
    {
      permissions: { services: ['stuck'] },
    },
  ),
  floods(
    'aborted requests',
    `for (let turn = 0; turn < 20; turn += 1) await Promise.allSettled(Array.from({ length: 400 }, () => { const c = new AbortController(); const work = fetch('http://127.0.0.1:9/', { signal: c.signal }); c.abort(); return work; }));`,
  ),
  floods(
    'refused fetches',
    `for (let turn = 0; turn < 20; turn += 1) await Promise.allSettled(Array.from({ length: 400 }, (_, i) => fetch('http://evil-' + i + '.example/' + 'x'.repeat(2000))));`,
    {
      expect: { ends: 'any', denied: [{ capability: 'net' }] },
    },
  ),
  floods(
    'denied variables',
    `for (let i = 0; i < 20000; i += 1) try { context.env('GUESS_' + i); } catch {} ${sleep(200)}`,
    {
      expect: { ends: 'any', denied: [{ capability: 'env' }] },
    },
  ),
  floods(
    'files',
    `const fs = await import('node:fs/promises'); let made = 0; try { for (let i = 0; i < 3000; i += 1) { await fs.writeFile('/data/f' + i, 'x'.repeat(1000)); made += 1; } } catch (error) { if (made > 210) throw new Error('more files than limits.files: ' + made); }`,
    {
      limits: { ...wide, files: 200, storage: '1MiB' },
    },
  ),
  floods(
    'rejections that nobody handles',
    `for (let turn = 0; turn < 20; turn += 1) { for (let i = 0; i < 5000; i += 1) Promise.reject(new Error('x'.repeat(1000))); ${sleep(10)} }`,
  ),
  floods('answers of the largest size', ``, {
    members: `big() { return 'x'.repeat(3.9e6); }`,
    act: async (arena, name) => {
      await loadBeside(arena, name);
      for (let turn = 0; turn < 15; turn += 1) await arena.manager.call(name, 'big');
    },
  }),
  floods('answers of the largest size to many callers', ``, {
    members: `big() { return 'x'.repeat(3.9e6); }`,
    act: async (arena, name) => {
      await loadBeside(arena, name);
      let size = 0;
      await Promise.all(
        Array.from({ length: 8 }, async () => {
          size += ((await arena.manager.call(name, 'big')) as string).length;
        }),
      );
    },
  }),
  floods('calls of itself through the host', `return this.context.services.again.go(0);`, {
    permissions: { services: ['again'] },
    members: `async start() { await this.context.registerService('again', { go: (n) => this.context.services.again.go(n + 1) }); return true; }`,
    limits: { ...wide, timeout: '2s' },
  }),
];

hostile('a plugin that floods', cases, { services: { stuck: stuckService } });
