import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { defineService } from '../../src/capabilities/services.ts';
import type { PluginEvent } from '../../src/contract/context.ts';
import type { PluginError } from '../../src/core/errors.ts';
import { createHost, type Host } from './host.ts';

let host: Host;
const logged: string[] = [];

beforeAll(async () => {
  const api = defineService({
    answer: async ({ question }: { question: string }, { plugin, version }) => `${question} asked ${plugin} ${version}`,
  });
  host = await createHost(
    {
      greeter: {
        config: { greeting: 'Good day' },
        permissions: {
          services: ['api'],
          events: { publish: ['wallet.#'], subscribe: ['wallet.*'] },
        },
      },
      caller: { permissions: { services: ['greetings.greet'], events: { publish: ['wallet.paid'] } } },
    },
    {
      services: { api },
      interfaces: { 'acme:greeter@1': { methods: ['greet'] } },
      logger: { log: (_level, message) => logged.push(message) },
    },
  );
  const report = await host.manager.startAll();
  expect(report).toMatchObject({ started: ['greeter', 'caller'], failed: [], refused: [], waiting: [] });
});

afterAll(() => host[Symbol.asyncDispose]());

describe('PluginManager with real plugins', () => {
  test('listPlugins() says what runs, from where, with which permissions', () => {
    expect(host.manager.listPlugins()).toEqual([
      expect.objectContaining({
        name: 'greeter',
        version: '1.2.0',
        status: 'active',
        permissions: { services: ['api'], events: { publish: ['wallet.#'], subscribe: ['wallet.*'] } },
        pid: expect.any(Number) as number,
      }),
      expect.objectContaining({ name: 'caller', status: 'active', dependencies: ['greeter'] }),
    ]);
    expect(host.manager.processes().length).toBeGreaterThan(0);
  });

  test('call() passes config with its defaults, arguments and results of every kind', async () => {
    expect(await host.manager.call('greeter', 'greet', ['you'])).toBe('Good day, you!');
    const values = [null, undefined, 1n, new Date(5), new Uint8Array([1, 2]), { a: [true, 'x', 1.5] }];
    expect(await host.manager.call('greeter', 'echo', values)).toEqual(values);
  });

  test.each([
    [[() => 1], 'args[0]'],
    [[1, { user: { name: Symbol('x') } }], 'args[1].user.name'],
    [[new Map()], 'args[0]'],
  ])('call() refuses %o with the path of what cannot cross', async (args, path) => {
    await expect(host.manager.call('greeter', 'echo', args)).rejects.toMatchObject({
      code: 'ERR_VALUE',
      details: { path },
    });
  });

  test('call() rejects with the stack in the TypeScript of the plugin', async () => {
    const error = await host.manager.call('greeter', 'fail', ['no luck']).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_PLUGIN_THREW',
      plugin: 'greeter',
      message: expect.stringContaining('no luck'),
    });
    expect((error as { pluginStack: string }).pluginStack).toMatch(/thrower \(mod\.ts:\d+:\d+\)/);
  });

  test('takes secrets of the config out of what a plugin throws', async () => {
    await using secretive = await createHost(
      { greeter: { config: { greeting: '${GREETING}' } } },
      { env: { GREETING: 'hunter2-hunter2' } },
    );
    await secretive.manager.startAll();
    const said = await secretive.manager.call('greeter', 'greet', ['you']);
    expect(said).toBe('hunter2-hunter2, you!');
    const error = await secretive.manager.call('greeter', 'fail', [said]).catch((thrown: unknown) => thrown);
    expect((error as Error).message).toContain('[redacted], you!');
    expect(JSON.stringify([error, (error as PluginError).pluginStack])).not.toContain('hunter2');
  });

  test.each(['nope', 'start', '_private', 'constructor', '__proto__', 'then'])('call() refuses %s', async (method) => {
    await expect(host.manager.call('greeter', method)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('plugin() is a typed proxy that can be awaited and has no lifecycle', async () => {
    interface Greeter {
      greet(name: string): string;
    }
    const greeter = await Promise.resolve(host.manager.plugin<Greeter>('greeter'));
    expect(await greeter.greet('proxy')).toBe('Good day, proxy!');
    expect((greeter as unknown as { stop?: unknown }).stop).toBeUndefined();
    expect(() => host.manager.plugin('gretter')).toThrow('did you mean "greeter"?');
  });

  test('implementing() finds plugins by interface', async () => {
    const [found] = host.manager.implementing<{ greet(name: string): string }>('acme:greeter@1');
    expect(found?.name).toBe('greeter');
    expect(await found?.plugin.greet('interface')).toBe('Good day, interface!');
    expect(host.manager.implementing('acme:greeter@2')).toEqual([]);
  });

  test('services go both ways', async () => {
    expect(await host.manager.call('greeter', 'askHost', ['why'])).toBe('why asked greeter 1.2.0');
    const greetings = host.manager.service<{ greet(name: string): string; count(): number }>('greetings');
    expect(await greetings.greet('service')).toBe('Good day, service!');
    expect(await greetings.count()).toBeGreaterThan(0);
    expect(await host.manager.call('caller', 'viaService', ['plugin'])).toBe('Good day, plugin!');
    await expect(host.manager.service<{ x(): void }>('nothing').x()).rejects.toMatchObject({ code: 'ERR_SERVICE' });
  });

  test('a plugin calls what it depends on, in start too, and learns of its errors', async () => {
    expect(logged.some((line) => line.includes('Good day, from start!'))).toBe(true);
    expect(await host.manager.call('caller', 'viaPlugin', ['dependency'])).toBe('Good day, dependency!');
    await expect(host.manager.call('caller', 'failing')).rejects.toMatchObject({
      code: 'ERR_PLUGIN_THREW',
      plugin: 'caller',
    });
  });

  test('events reach handleEvent, subscriptions and the application, in order', async () => {
    const seen: string[] = [];
    const off = host.manager.on('wallet.#', ({ type, source, data }: PluginEvent) => {
      seen.push(`${type} from ${source}: ${JSON.stringify(data)}`);
    });
    await host.manager.broadcastEvent('wallet.opened', { by: 'host' });
    await host.manager.broadcastEvent('block.mined', 1);
    for (const amount of [1, 2, 3]) await host.manager.call('caller', 'publish', ['wallet.paid', amount]);
    await expect
      .poll(() => host.manager.call('greeter', 'seen'))
      .toEqual([
        'broadcast wallet.opened: {"by":"host"}',
        'wallet.opened from host: {"by":"host"}',
        'broadcast block.mined: 1',
        'wallet.paid from caller: 1',
        'wallet.paid from caller: 2',
        'wallet.paid from caller: 3',
      ]);
    expect(seen).toEqual([
      'wallet.opened from host: {"by":"host"}',
      'wallet.paid from caller: 1',
      'wallet.paid from caller: 2',
      'wallet.paid from caller: 3',
    ]);
    off();
    await expect(host.manager.call('caller', 'publish', ['wallet.stolen', 1])).rejects.toMatchObject({
      code: 'ERR_PERMISSION_DENIED',
    });
    expect(seen).toHaveLength(4);
  });

  test('health() answers with the memory that the plugin really uses', async () => {
    // It is measured while the isolate is idle: the first answer may come before.
    await expect.poll(async () => (await host.manager.health('greeter'))['memory_usage']).toBeGreaterThan(100_000);
  });
});

describe('PluginManager.exec()', () => {
  const sink = () => {
    const chunks: Uint8Array[] = [];
    return { write: (chunk: Uint8Array) => void chunks.push(chunk), text: () => Buffer.concat(chunks).toString() };
  };

  test('runs a command with options, arguments, streams, columns and exit status', async () => {
    const [out, err] = [sink(), sink()];
    const status = await host.manager.exec(
      'greeter',
      ['greet', 'say'],
      { loud: true, status: 7 },
      { args: ['you'], stdout: out.write, stderr: err.write, columns: 120, isTTY: true },
    );
    expect([status, out.text(), err.text()]).toEqual([7, 'GOOD DAY, YOU!\n', '120 columns, a terminal\n']);
  });

  test('gives it stdin', async () => {
    const out = sink();
    const stdin = (async function* () {
      yield Buffer.from('ann\nbo');
      yield Buffer.from('b\n');
    })();
    expect(await host.manager.exec('greeter', ['greet', 'say'], {}, { stdin, stdout: out.write })).toBe(0);
    expect(out.text()).toBe('Good day, ann!\nGood day, bob!\n');
  });

  test('rejects with what the handler throws, and for a command that is not there', async () => {
    await expect(host.manager.exec('greeter', ['greet', 'fail'])).rejects.toMatchObject({
      code: 'ERR_PLUGIN_THREW',
      message: expect.stringContaining('the command failed'),
    });
    await expect(host.manager.exec('greeter', ['greet', 'sing'])).rejects.toMatchObject({
      code: 'ERR_USAGE',
      hint: 'it has: greet say, greet fail, greet wait',
    });
  });

  test('is ended by its signal', async () => {
    const abort = new AbortController();
    const running = host.manager.exec('greeter', ['greet', 'wait'], {}, { signal: abort.signal });
    setTimeout(() => abort.abort(), 50);
    await expect(running).rejects.toMatchObject({ code: 'ERR_ABORTED' });
    expect(await host.manager.call('greeter', 'greet', ['after'])).toBe('Good day, after!');
  });
});
