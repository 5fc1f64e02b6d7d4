/** Plugins that attack their sandbox: each runs beside an innocent neighbour in the same process. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { PluginError } from '../../src/core/errors.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Instance, Sandbox } from '../../src/sandbox/types.ts';
import { limits, openOptions, plugin, port, type Port } from './support.ts';

let sandbox: Sandbox;
let neighbour: Instance;

beforeAll(() => {
  sandbox = createSandbox();
});
afterAll(() => sandbox.close());

async function open(methods: string, more: Parameters<typeof openOptions>[1] = {}): Promise<Instance> {
  const instance = await sandbox.open(openOptions(plugin(methods), { name: 'hostile', ...more }));
  await instance.request('describe', []);
  return instance;
}

async function openNeighbour(): Promise<Instance> {
  const instance = await sandbox.open(openOptions(plugin(`ping() { return 'pong'; }`), { name: 'neighbour' }));
  await instance.request('describe', []);
  return instance;
}

const tight = { ...limits, cpu: 200, timeout: 5_000 };

describe('a plugin that never gives the processor back', () => {
  test.each([
    ['loops', `attack() { for (;;); }`],
    ['loops after a await', `async attack() { await 1; for (;;); }`],
    ['loops after a host call', `async attack() { await this.context.services.a.b(); for (;;); }`],
    ['loops in a timer', `attack() { setTimeout(() => { for (;;); }, 1); return new Promise(() => {}); }`],
    ['loops in a getter of its result', `attack() { return { get a() { for (;;); } }; }`],
    [
      'loops in the message of its error',
      `attack() { throw Object.defineProperty(new Error(), 'message', { get() { for (;;); } }); }`,
    ],
    ['loops in a then of its result', `attack() { return { then() { for (;;); } }; }`],
    [
      'loops in a toString of what it throws',
      `attack() { throw { toString() { for (;;); }, get name() { for (;;); } }; }`,
    ],
    [
      'loops in microtasks',
      `attack() { const again = () => Promise.resolve().then(again); again(); return new Promise(() => {}); }`,
    ],
    ['loops in a proxy', `attack() { return new Proxy({}, { ownKeys() { for (;;); } }); }`],
    ['loops in a regular expression', `attack() { return /(a+)+b/.test('a'.repeat(60)); }`],
  ])('%s: its isolate ends by limits.cpu, its neighbour goes on', async (_name, methods) => {
    neighbour = await openNeighbour();
    const instance = await open(methods, { limits: tight });
    await expect(instance.request('call', ['attack', []])).rejects.toMatchObject({ code: 'ERR_LIMIT_CPU' });
    expect(await instance.exited).toMatchObject({ kind: 'crashed', blame: 'self' });
    expect(await neighbour.request('call', ['ping', []])).toBe('pong');
    await neighbour.dispose();
  });

  test('loops in handleEvent: its isolate ends by limits.cpu', async () => {
    const instance = await open(`handleEvent() { for (;;); }`, { limits: tight });
    const event = { type: 'x', data: null, source: 'host', time: new Date().toISOString() };
    await expect(instance.deliver([[event, null]], () => undefined)).rejects.toMatchObject({ code: 'ERR_LIMIT_CPU' });
  });

  test('adds up over its continuations: one call has limits.cpu in all', async () => {
    const instance = await open(
      `async attack() { for (;;) { const end = Date.now() + 20; while (Date.now() < end); await new Promise((done) => setTimeout(done, 1)); } }`,
      { limits: tight },
    );
    await expect(instance.request('call', ['attack', []])).rejects.toMatchObject({ code: 'ERR_LIMIT_CPU' });
  });

  test('calls beside each other share what was used, each within its own limit', async () => {
    const instance = await open(
      `async work() { for (let i = 0; i < 5; i += 1) { const end = Date.now() + 12; while (Date.now() < end); await new Promise((done) => setTimeout(done, 1)); } return 'done'; }`,
      { limits: tight },
    );
    const all = await Promise.all(Array.from({ length: 8 }, () => instance.request('call', ['work', []])));
    expect(new Set(all)).toEqual(new Set(['done']));
    await instance.dispose();
  });

  test('a call that waits pays nothing for those beside it', async () => {
    const instance = await open(
      `wait() { return new Promise((done) => { this.done = done; }); }, work() { const end = Date.now() + 40; while (Date.now() < end); }, release() { this.done('waited'); }`,
      { limits: tight },
    );
    const waiting = instance.request('call', ['wait', []]);
    for (let turn = 0; turn < 15; turn += 1) await instance.request('call', ['work', []]);
    await instance.request('call', ['release', []]);
    expect(await waiting).toBe('waited');
    await instance.dispose();
  });

  test('waits for ever: its call ends by limits.timeout, and its isolate with it', async () => {
    const instance = await open(`attack() { return new Promise(() => {}); }`, { limits: { ...limits, timeout: 300 } });
    await expect(instance.request('call', ['attack', []])).rejects.toMatchObject({ code: 'ERR_LIMIT_TIME' });
    expect(await instance.exited).toMatchObject({ kind: 'crashed', blame: 'self', error: { code: 'ERR_LIMIT_TIME' } });
  });
});

describe('a plugin that V8 cannot stop', () => {
  test.each([
    [
      'an unhandled rejection whose message loops',
      `attack() { Promise.reject(Object.defineProperty(new Error('x'), 'message', { get() { for (;;); } })); return new Promise(() => {}); }`,
    ],
    ['a large split', `attack() { return 'x'.repeat(2 ** 28).split('').length; }`],
    ['a large fill', `attack() { return new Array(2 ** 27).fill(0).length; }`],
  ])('%s: the process ends, the plugin is blamed, its neighbour is innocent', async (_name, methods) => {
    neighbour = await openNeighbour();
    const instance = await open(methods, { limits: tight });
    const [answer] = await Promise.allSettled([instance.request('call', ['attack', []])]);
    expect(answer.status).toBe('rejected');
    expect(await instance.exited).toMatchObject({ kind: 'crashed', blame: 'self' });
    await expectUnharmed();
  });
});

/** It answers, or its process had to end: then nobody blames it, and it can start again at once. */
async function expectUnharmed(): Promise<void> {
  const [answer] = await Promise.allSettled([neighbour.request('call', ['ping', []])]);
  const outcome = answer.status === 'fulfilled' ? answer.value : await restarted(answer.reason as PluginError);
  expect(['pong', { blame: 'innocent', code: 'ERR_PLUGIN_CRASHED', retryable: true, again: 'pong' }]).toContainEqual(
    outcome,
  );
  await neighbour.dispose();
}

async function restarted(reason: PluginError): Promise<object> {
  const exit = await neighbour.exited;
  neighbour = await openNeighbour();
  const again = await neighbour.request('call', ['ping', []]);
  const blame = exit.kind === 'crashed' ? exit.blame : exit.kind;
  return { blame, code: reason.code, retryable: reason.retryable, again };
}

describe('a plugin that takes memory', () => {
  test.each([
    ['on the heap', `attack() { const all = []; for (;;) all.push({ a: new Array(100).fill(all.length) }); }`],
    [
      'in strings',
      `attack() { const all = []; for (;;) all.push(String(all.length).repeat(10_000).split('').join('x')); }`,
    ],
  ])('%s: it ends by its limits, its neighbour goes on or is innocent', async (_name, methods) => {
    neighbour = await openNeighbour();
    const instance = await open(methods, { limits: { ...limits, cpu: 5_000, memory: 32 * 1024 * 1024 } });
    const error = await instance.request('call', ['attack', []]).catch((thrown: unknown) => thrown);
    expect((error as { code: string }).code).toBe('ERR_LIMIT_MEMORY');
    expect(await instance.exited).toMatchObject({ kind: 'crashed', blame: 'self' });
    await expectUnharmed();
  });

  test('in array buffers: the allocation throws inside the guest', async () => {
    const instance = await open(
      `attack() { const all = []; try { for (;;) all.push(new ArrayBuffer(1 << 20)); } catch (error) { return [all.length, error.name]; } }`,
      { limits: { ...limits, memory: 32 * 1024 * 1024 } },
    );
    const [count, name] = (await instance.request('call', ['attack', []])) as [number, string];
    expect(count).toBeLessThan(40);
    expect(name).toBe('RangeError');
    await instance.dispose();
  });

  test.each(['SharedArrayBuffer', 'Atomics', 'WebAssembly', 'process', 'require', 'ivm', '__bridge', 'gc'])(
    'has no %s',
    async (name) => {
      const instance = await open(`attack() { return typeof globalThis[${JSON.stringify(name)}]; }`);
      expect(await instance.request('call', ['attack', []])).toBe('undefined');
      await instance.dispose();
    },
  );

  test('cannot make an ArrayBuffer that grows', async () => {
    const instance = await open(
      `attack() { const buffer = new ArrayBuffer(8, { maxByteLength: 1 << 30 }); return [buffer.resizable, typeof buffer.resize, new buffer.constructor(8, { maxByteLength: 99 }).resizable, Reflect.construct(ArrayBuffer, [8, { maxByteLength: 99 }]).resizable, new (class extends ArrayBuffer {})(8, { maxByteLength: 99 }).resizable]; }`,
    );
    expect(await instance.request('call', ['attack', []])).toEqual([false, 'undefined', false, false, false]);
    await instance.dispose();
  });
});

describe('a plugin that floods', () => {
  test('the log: limits.log_rate holds, what was dropped is counted', async () => {
    const broker = port();
    const instance = await open(
      `attack() { for (let i = 0; i < 5_000; i += 1) this.context.logger.info('x' + i); return new Promise((done) => setTimeout(() => { this.context.logger.info('after'); done(); }, 1_100)); }`,
      { port: broker },
    );
    await instance.request('call', ['attack', []]);
    await waitFor(() => broker.logs.some(({ message }) => message === 'after'));
    expect(broker.logs.filter(({ message }) => message.startsWith('x'))).toHaveLength(limits.logRate);
    expect(broker.logs.find(({ level }) => level === 'warn')?.message).toContain('4900 log entries were dropped');
    await instance.dispose();
  });

  test('events: limits.event_rate refuses, the port is spared', async () => {
    const broker = port();
    const instance = await open(
      `async attack() { const all = await Promise.allSettled(Array.from({ length: 400 }, () => this.context.eventBus.publish('t', 1))); return all.filter((one) => one.status === 'rejected').map((one) => one.reason.code); }`,
      { port: broker },
    );
    const refused = (await instance.request('call', ['attack', []])) as string[];
    expect(refused).toHaveLength(300);
    expect(new Set(refused)).toEqual(new Set(['ERR_LIMIT_RATE']));
    expect(broker.requests).toHaveLength(100);
    await instance.dispose();
  });

  test('requests: no more than the protocol allows are under way', async () => {
    const broker = port(() => new Promise(() => undefined));
    const instance = await open(
      `async attack() { const all = Array.from({ length: 2_000 }, () => this.context.services.a.b()); const settled = []; for (const one of all.slice(512)) settled.push(await one.catch((error) => error.code)); return new Set(settled).size + ':' + settled[0]; }`,
      { port: broker },
    );
    expect(await instance.request('call', ['attack', []])).toBe('1:ERR_LIMIT_RATE');
    expect(broker.requests).toHaveLength(512);
    await instance.dispose();
  });

  test('requests: what they hold together is bounded', async () => {
    const broker = port(() => new Promise(() => undefined));
    const instance = await open(
      `async attack() { const all = Array.from({ length: 100 }, () => this.context.services.a.b(new Uint8Array(500_000))); return (await Promise.allSettled(all.slice(40))).map((one) => one.reason?.code); }`,
      { port: broker, limits: { ...limits, memory: 256 * 1024 * 1024 } },
    );
    expect(new Set((await instance.request('call', ['attack', []])) as string[])).toEqual(new Set(['ERR_LIMIT_RATE']));
    expect(broker.requests.length).toBeLessThan(40);
    await instance.dispose();
  });

  test('timers: limits.timers throws', async () => {
    const instance = await open(`attack() { for (let i = 0; i < 200; i += 1) setTimeout(() => {}, 1e6); }`);
    await expect(instance.request('call', ['attack', []])).rejects.toMatchObject({
      message: expect.stringContaining('RangeError') as string,
    });
    await instance.dispose();
  });

  test.each([
    ['results', `attack() { return 'x'.repeat(2_000_000); }`, 'ERR_LIMIT_RATE'],
    ['results of bytes', `attack() { return new Uint8Array(2_000_000); }`, 'ERR_LIMIT_RATE'],
    ['requests', `attack() { return this.context.services.a.b('x'.repeat(2_000_000)); }`, 'ERR_PLUGIN_THREW'],
    [
      'endless results',
      `attack() { return new Proxy([], { get: (t, k) => k === 'length' ? 2 ** 52 : 'y', getPrototypeOf: () => Array.prototype }); }`,
      'ERR_VALUE',
    ],
  ])('%s larger than limits.message are refused inside', async (_name, methods, code) => {
    const instance = await open(methods);
    await expect(instance.request('call', ['attack', []])).rejects.toMatchObject({ code });
    expect(await instance.request('health', [])).toBeTypeOf('object');
    await instance.dispose();
  });
});

describe('a plugin that rewrites the language', () => {
  const REWRITE = [
    `Function.prototype.call = Function.prototype.apply = Function.prototype.bind = function () { seen.push('function'); }`,
    `Promise.prototype.then = function (...args) { seen.push('then', ...args.map((arg) => String(arg))); }`,
    `Object.defineProperty(Promise.prototype, 'constructor', { get() { seen.push('constructor'); return Object; } })`,
    `JSON.stringify = JSON.parse = () => { seen.push('json'); return '{}'; }`,
    `Array.prototype.push = Array.prototype.splice = Array.prototype.shift = function () { seen[seen.length] = 'push'; }`,
    `Array.prototype[Symbol.iterator] = function* () { seen.length += 1; yield 'evil'; }`,
    `Object.defineProperty(Array.prototype, '0', { set(value) { leaked.add(value); }, get() {}, configurable: true })`,
    `Map.prototype.get = Map.prototype.set = Set.prototype.has = Set.prototype.add = () => undefined`,
    `Object.prototype.then = undefined; Object.prototype.value = 1; Object.prototype.get = () => 1`,
    `String.prototype.slice = String.prototype.split = String.prototype.charCodeAt = () => 'evil'`,
    `Uint8Array.prototype.slice = Uint8Array.prototype.subarray = Uint8Array.prototype.set = () => 'evil'`,
    `Object.defineProperty(Object.prototype, '$', { get() { return 'b'; }, set() {}, configurable: true })`,
    `Error.prototype.toString = () => 'evil'; Error.stackTraceLimit = 0; Error.prepareStackTrace = () => leaked.add('frames')`,
    `Date.now = () => 0; Number.isFinite = () => false; Array.isArray = () => false`,
  ];
  test.each(REWRITE)('%s: its calls still work, and nothing of the bridge leaks', async (rewrite) => {
    const broker = port((_op, args) => ({ value: args[2] }));
    const instance = await open(
      `rewrite() { const seen = []; const leaked = (globalThis.leaked = new Set()); leaked.add = leaked.add.bind(leaked); ${rewrite}; return 'done'; },
       echo(value) { return value; },
       ask(value) { return this.context.services.a.b(value); },
       boom() { throw new Error('still'); }`,
      { port: broker },
    );
    expect(await instance.request('call', ['rewrite', []])).toBe('done');
    const value = { a: [1, 'two', { three: 3 }], b: new Uint8Array([1, 2, 3]), d: new Date(7) };
    expect(await instance.request('call', ['echo', [value]])).toEqual(value);
    expect(await instance.request('call', ['ask', [5]])).toEqual([5]);
    await expect(instance.request('call', ['boom', []])).rejects.toMatchObject({
      message: expect.stringContaining('still') as string,
    });
    await instance.dispose();
  });

  test('finds no way out along constructors, callers and errors', async () => {
    const instance = await open(`attack() {
      const found = [];
      const visit = (name, value) => {
        try {
          const F = value?.constructor?.constructor;
          if (F !== undefined && F('return typeof process + typeof require')() !== 'undefinedundefined') found.push(name);
          if (F !== undefined && F('return globalThis')() !== globalThis) found.push(name + ' has another realm');
        } catch (error) { found.push(name + ' ' + error); }
      };
      const { context } = this;
      visit('context', context); visit('config', context.config); visit('services', context.services.a);
      visit('method', context.services.a.b); visit('logger', context.logger.info); visit('plugin', context.plugin('x'));
      visit('promise', context.services.a.b()); visit('timer', setTimeout); visit('fetch', fetch); visit('console', console.log);
      visit('crypto', crypto.randomUUID);
      try { null.f(); } catch (error) { visit('error', error); }
      try { new ArrayBuffer(-1); } catch (error) { visit('range error', error); }
      try { context.env('X'); } catch (error) { visit('env error', error); }
      const caller = () => { try { return attackCaller.caller; } catch { return undefined; } };
      function attackCaller() { return caller(); }
      visit('caller', attackCaller());
      return found;
    }`);
    expect(await instance.request('call', ['attack', []])).toEqual([]);
    await instance.dispose();
  });
});

describe('a plugin whose promises float', () => {
  test('an unhandled rejection is logged and settles no other call', async () => {
    const broker: Port = port();
    const instance = await open(
      `float() { Promise.reject(new Error('floating')); return 'own'; }, slow() { return new Promise((done) => setTimeout(done, 100, 'slow')); }`,
      { port: broker },
    );
    const slow = instance.request('call', ['slow', []]);
    const answers = await Promise.all(Array.from({ length: 20 }, () => instance.request('call', ['float', []])));
    expect(new Set(answers)).toEqual(new Set(['own']));
    expect(await slow).toBe('slow');
    await waitFor(() => broker.logs.some(({ message }) => message.includes('floating')));
    await instance.dispose();
  });

  test('a flood of them is logged at a bounded rate', async () => {
    const broker: Port = port();
    const instance = await open(
      `flood() { return new Promise((done) => { let left = 300; const id = setInterval(() => { Promise.reject(new Error('floating')); left -= 1; if (left === 0) { clearInterval(id); done(); } }, 1); }); }`,
      { port: broker },
    );
    await instance.request('call', ['flood', []]);
    expect(broker.logs.length).toBeGreaterThan(0);
    expect(broker.logs.length).toBeLessThan(200);
    await instance.dispose();
  });

  test('a throw in a timer is logged and settles no call', async () => {
    const broker: Port = port();
    const instance = await open(
      `later() { return new Promise((done) => { setTimeout(() => { throw new Error('in timer'); }, 1); setTimeout(done, 20, 'ok'); }); }`,
      { port: broker },
    );
    expect(await instance.request('call', ['later', []])).toBe('ok');
    await waitFor(() => broker.logs.some(({ message }) => message.includes('in timer')));
    await instance.dispose();
  });
});

async function waitFor(condition: () => boolean): Promise<void> {
  for (let turn = 0; turn < 200 && !condition(); turn += 1) await new Promise((resolve) => setTimeout(resolve, 20));
  expect(condition()).toBe(true);
}
