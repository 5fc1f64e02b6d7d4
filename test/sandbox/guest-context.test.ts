/** What the guest's SDK bridge gives to a plugin: context, events, services, commands, every way to export one. */
import type { PluginError } from '../../src/core/errors.ts';
import { afterAll, describe, expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Instance, OpenOptions } from '../../src/sandbox/types.ts';
import type { Program } from '../../src/build/types.ts';
import { openOptions, plugin, port, program } from './support.ts';

const sandbox = createSandbox();
afterAll(() => sandbox.close());

async function open(code: Program, more: Partial<OpenOptions> = {}): Promise<Instance> {
  const instance = await sandbox.open(openOptions(code, more));
  await instance.request('describe', []);
  return instance;
}

const META = `{ name: 'p', version: '1.0.0', description: '', author: '', license: 'MIT' }`;

describe('describe', () => {
  test.each([
    [
      'a class',
      `return { default: class { constructor(context) { this.context = context; } getMetadata() { return ${META}; } who() { return this.context.dataDir; } } };`,
    ],
    [
      'an old class',
      `function P(context) { this.context = context; } P.prototype.initialize = () => true; P.prototype.getMetadata = () => (${META}); P.prototype.who = function () { return this.context.dataDir; }; return { default: P };`,
    ],
    ['an object', `return { default: { metadata: ${META}, who() { return this.context.dataDir; } } };`],
    ['a factory', `return { default: (context) => ({ metadata: ${META}, who: () => context.dataDir }) };`],
    ['an async factory', `return { default: async (context) => ({ metadata: ${META}, who: () => context.dataDir }) };`],
    ['an object without default', `return { metadata: ${META}, who() { return this.context.dataDir; } };`],
    [
      'a frozen object',
      `return { default: Object.freeze({ context: { dataDir: '/data' }, metadata: ${META}, who() { return this.context.dataDir; } }) };`,
    ],
  ])('takes %s', async (_name, script) => {
    const instance = await open(program(script));
    expect(await instance.request('call', ['who', []])).toBe('/data');
    expect(await instance.request('lifecycle', ['start'])).toBe(true);
    await instance.dispose();
  });

  test.each([
    ['nothing', `return undefined;`, 'ERR_METADATA'],
    ['a number', `return { default: 7 };`, 'ERR_METADATA'],
    ['a factory of nothing', `return { default: () => undefined };`, 'ERR_METADATA'],
    ['no metadata', `return { default: {} };`, 'ERR_METADATA'],
    ['metadata that cannot cross', `return { default: { metadata: { f() {} } } };`, 'ERR_VALUE'],
    ['commands that are no groups', `return { default: { metadata: {}, getCommands: () => [1] } };`, 'ERR_METADATA'],
    ['a script that throws', `throw new Error('at load');`, 'ERR_PLUGIN_THREW'],
  ])('refuses %s', async (_name, script, code) => {
    const instance = await sandbox.open(openOptions(program(script)));
    await expect(instance.request('describe', [])).rejects.toMatchObject({ code });
    await instance.dispose();
  });

  test('must succeed before anything else is asked', async () => {
    const instance = await sandbox.open(openOptions(program(`throw new Error('at load');`)));
    await expect(instance.request('lifecycle', ['start'])).rejects.toMatchObject({ code: 'ERR_STATE' });
    await expect(instance.request('describe', [])).rejects.toMatchObject({ code: 'ERR_PLUGIN_THREW' });
    await expect(instance.request('call', ['x', []])).rejects.toMatchObject({ code: 'ERR_STATE' });
    await instance.dispose();
  });

  test('runs nothing of the script before it is asked', async () => {
    const broker = port();
    const instance = await sandbox.open(openOptions(program(`console.log('ran'); return {};`), { port: broker }));
    await instance.usage();
    expect(broker.logs).toEqual([]);
    await instance.dispose();
  });

  test('names interfaces by shape and by metadata', async () => {
    const instance = await sandbox.open(
      openOptions(
        program(
          `return { default: { metadata: { ...${META}, interfaces: ['acme:pricer@1'] }, predict() {}, train() {}, getModelInfo() {} } };`,
        ),
      ),
    );
    expect((await instance.request('describe', [])).interfaces).toEqual(['ai', 'acme:pricer@1']);
    await instance.dispose();
  });
});

describe('context', () => {
  test('has config frozen, folders, env, and refuses what was not granted', async () => {
    const broker = port();
    const instance = await open(
      plugin(`look() {
        'use strict';
        const { config, dataDir, tempDir, env } = this.context;
        let frozen = 0;
        for (const change of [() => { config.a.b = 2; }, () => { config.list.push(1); }, () => { this.context.dataDir = '/'; }]) { try { change(); } catch { frozen += 1; } }
        let denied; try { env('HOME'); } catch (error) { denied = [error.code, error.message]; }
        return { config, dataDir, tempDir, granted: env('TOKEN'), denied, frozen };
      }`),
      { port: broker, config: { a: { b: 1 }, list: [], bytes: new Uint8Array([1]) }, env: { TOKEN: 't' } },
    );
    expect(await instance.request('call', ['look', []])).toEqual({
      config: { a: { b: 1 }, list: [], bytes: new Uint8Array([1]) },
      dataDir: '/data',
      tempDir: '/tmp',
      granted: 't',
      denied: ['ERR_PERMISSION_DENIED', expect.stringContaining('HOME')],
      frozen: 3,
    });
    expect(broker.requests.map(({ op, args }) => [op, args])).toEqual([['env.denied', ['HOME']]]);
    await instance.dispose();
  });

  test('has proxies that are never thenable, and send calls', async () => {
    const broker = port((op, args) => ({ value: [op, ...args] }));
    const instance = await open(
      plugin(`async use() {
        const { apiClient, services, plugin } = this.context;
        const remote = await plugin('bitcoin');
        const awaited = await services.bank;
        return [await apiClient.getAgent({ id: 1 }), await remote.getBalance('x'), await awaited.open(), services.bank === services.bank, typeof remote.then];
      }`),
      { port: broker },
    );
    expect(await instance.request('call', ['use', []])).toEqual([
      ['services.call', 'api', 'getAgent', [{ id: 1 }]],
      ['plugins.call', 'bitcoin', 'getBalance', ['x']],
      ['services.call', 'bank', 'open', []],
      true,
      'undefined',
    ]);
    await instance.dispose();
  });

  test('refuses arguments that cannot cross, and says where they stand', async () => {
    const instance = await open(
      plugin(
        `async use() { try { await this.context.services.bank.open(1, { done: () => {} }); } catch (error) { return [error.code, error.path, error.message]; } }`,
      ),
    );
    expect(await instance.request('call', ['use', []])).toEqual([
      'ERR_VALUE',
      'arguments[1].done',
      'Cannot pass "arguments[1].done": a function cannot cross',
    ]);
    await instance.dispose();
  });

  test('registers services the host can call', async () => {
    const broker = port();
    const instance = await open(
      plugin(
        `async initialize() { await this.context.registerService('rates', { of: (pair) => pair + '!', broken() { throw new Error('no rate'); }, version: 1 }); return true; }`,
      ),
      { port: broker },
    );
    await instance.request('lifecycle', ['initialize']);
    expect(broker.requests[0]).toMatchObject({ op: 'services.register', args: ['rates', ['of', 'broken']] });
    expect(await instance.request('service', ['rates', 'of', ['BTC']])).toBe('BTC!');
    await expect(instance.request('service', ['rates', 'broken', []])).rejects.toMatchObject({
      code: 'ERR_PLUGIN_THREW',
    });
    await expect(instance.request('service', ['rates', 'toString', []])).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await expect(instance.request('service', ['other', 'of', []])).rejects.toMatchObject({ code: 'ERR_USAGE' });
    await instance.dispose();
  });

  test('delivers events to handlers by pattern, and broadcasts to handleEvent', async () => {
    const broker = port();
    const instance = await open(
      plugin(`async initialize() {
        this.seen = [];
        const bus = this.context.eventBus;
        this.off = await bus.subscribe('a.*', () => { throw new Error('first fails'); });
        await bus.subscribe('a.*', async (event) => { await null; this.seen.push(event.type + event.data); });
        await bus.publish('out', { n: 1n });
      },
      async unsubscribe() { await this.off(); },
      handleEvent(type, data) { this.seen.push('all:' + type + data); },
      getSeen() { return this.seen; }`),
      { port: broker },
    );
    await instance.request('lifecycle', ['initialize']);
    expect(broker.requests.map(({ op, args }) => [op, ...args])).toEqual([
      ['events.subscribe', 'a.*'],
      ['events.publish', 'out', { n: 1n }],
    ]);
    const event = { type: 'a.b', data: 1, source: 'host', time: '2026-01-01T00:00:00.000Z' };
    const told: (string | undefined)[] = [];
    const handled = (error?: PluginError): number => told.push(error?.code);
    await instance.deliver([[event, 'a.*']], handled);
    await instance.request('call', ['unsubscribe', []]);
    await instance.deliver(
      [
        [event, 'a.*'],
        [event, null],
      ],
      handled,
    );
    expect(told).toEqual(['ERR_PLUGIN_THREW', undefined, undefined]);
    expect(await instance.request('call', ['getSeen', []])).toEqual(['a.b1', 'a.b1', 'all:a.b1']);
    await instance.dispose();
  });
});

describe('command', () => {
  const CLI = plugin(`getCommands() { return [{ name: 'agent', help: 'Agents', subcommands: [
    { name: 'echo', help: 'Echoes', options: [{ name: 'loud', type: 'boolean' }], async handler(options, { stdin, stdout, stderr, args, isTTY, columns }) {
      const text = await stdin.text();
      await stdout.write((options.loud ? text.toUpperCase() : text) + args.join() + isTTY + columns);
      await stderr.write(new Uint8Array([33]));
      return 3;
    } },
    { name: 'wait', help: '', handler: (_options, { signal }) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(new Error('stopped by signal')))) },
    { name: 'odd', help: '', handler: () => 300 },
    { name: 'fails', help: '', handler: () => { throw new TypeError('bad usage'); } },
  ] }]; }`);
  const context = { isTTY: true, columns: 80, args: ['x', 'y'] };

  test('runs the handler with the streams of its call, and gives its exit status', async () => {
    const written: Record<string, string> = { stdout: '', stderr: '' };
    const input = ['he', 'llo ä'].map((text) => new TextEncoder().encode(text));
    const calls = new Set<number | undefined>();
    const broker = port((op, args, io) => {
      calls.add(io.call);
      if (op === 'stdio.read') return { value: input.shift() ?? null };
      written[args[1] as string] += new TextDecoder().decode(args[2] as Uint8Array);
      return { value: undefined };
    });
    const instance = await open(CLI, { port: broker });
    let number: number | undefined;
    const status = await instance.request('command', [['agent', 'echo'], { loud: true }, context], {
      onCall: (call) => {
        number = call;
      },
    });
    expect(status).toBe(3);
    expect(written).toEqual({ stdout: 'HELLO Äx,ytrue80', stderr: '!' });
    expect([...calls]).toEqual([number]);
    await instance.dispose();
  });

  test('gives the manifest without handlers, 0 for an odd status, and its throw', async () => {
    const instance = await sandbox.open(openOptions(CLI));
    const { commands, interfaces } = await instance.request('describe', []);
    expect(commands).toMatchObject([
      { name: 'agent', subcommands: [{ name: 'echo', options: [{ name: 'loud', type: 'boolean' }] }, {}, {}, {}] },
    ]);
    expect(JSON.stringify(commands)).not.toContain('handler');
    expect(interfaces).toEqual([]);
    expect(await instance.request('command', [['agent', 'odd'], {}, context])).toBe(0);
    await expect(instance.request('command', [['agent', 'fails'], {}, context])).rejects.toMatchObject({
      message: 'Cannot run command "agent fails" of "p": it threw TypeError: bad usage',
    });
    await expect(instance.request('command', [['agent', 'none'], {}, context])).rejects.toMatchObject({
      code: 'ERR_USAGE',
    });
    await instance.dispose();
  });

  test('aborts the handler when its caller does', async () => {
    const broker = port();
    const instance = await open(CLI, { port: broker });
    const abort = new AbortController();
    const running = instance.request('command', [['agent', 'wait'], {}, context], { signal: abort.signal });
    setTimeout(() => abort.abort(), 30);
    await expect(running).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(await instance.request('command', [['agent', 'odd'], {}, context])).toBe(0);
    await instance.dispose();
  });
});

describe('limits.concurrency', () => {
  test('lets so many calls run, the others wait in order', async () => {
    const instance = await open(
      plugin(
        `running: 0, most: 0, async work(n) { this.running += 1; this.most = Math.max(this.most, this.running); await new Promise((done) => setTimeout(done, 5)); this.running -= 1; return n; }, getMost() { return this.most; }`,
      ),
      { limits: { ...openOptions(plugin('')).limits, concurrency: 3 } },
    );
    const all = await Promise.all(Array.from({ length: 12 }, (_, n) => instance.request('call', ['work', [n]])));
    expect(all).toEqual(Array.from({ length: 12 }, (_, n) => n));
    expect(await instance.request('call', ['getMost', []])).toBe(3);
    await instance.dispose();
  });
});
