import { afterAll, describe, expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import { openOptions, plugin, port, program } from './support.ts';

const sandbox = createSandbox();
afterAll(() => sandbox.close());

describe('Instance', () => {
  test('request() runs describe, lifecycle and public methods', async () => {
    const instance = await sandbox.open(
      openOptions(plugin(`hello(name) { return 'hi ' + name; }, stop() { return false; }, _hidden() {}`)),
    );
    const described = await instance.request('describe', []);
    expect(described.methods).toEqual(['hello']);
    expect(described.metadata).toMatchObject({ name: 'p', version: '1.0.0' });
    expect(await instance.request('lifecycle', ['initialize'])).toBe(true);
    expect(await instance.request('lifecycle', ['stop'])).toBe(false);
    expect(await instance.request('call', ['hello', ['you']])).toBe('hi you');
    await instance.dispose();
    expect(await instance.exited).toEqual({ kind: 'disposed' });
    await expect(instance.request('call', ['hello', []])).rejects.toMatchObject({ code: 'ERR_STATE' });
  });

  test.each(['nope', '_hidden', 'initialize', 'constructor', 'toString', '__proto__', 'hasOwnProperty', 'context'])(
    'request() refuses to call "%s" and names what exists',
    async (method) => {
      const instance = await sandbox.open(openOptions(plugin(`hello() {}, _hidden() {}`)));
      await instance.request('describe', []);
      await expect(instance.request('call', [method, []])).rejects.toMatchObject({
        code: 'ERR_USAGE',
        message: expect.stringContaining('it has: hello') as string,
      });
      await instance.dispose();
    },
  );

  test('request() rejects with the plugin error, its stack in the plugin alone', async () => {
    const instance = await sandbox.open(
      openOptions(plugin(`boom() { throw Object.assign(new TypeError('bad'), { code: 'E_OWN' }); }`)),
    );
    await instance.request('describe', []);
    const error = await instance.request('call', ['boom', []]).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({
      code: 'ERR_PLUGIN_THREW',
      message: 'Cannot call "p.boom": it threw TypeError: bad',
      details: { code: 'E_OWN' },
    });
    expect((error as { pluginStack: string }).pluginStack).toContain('p.ts:3:1');
    expect((error as { pluginStack: string }).pluginStack).not.toContain('aitbc:guest');
    await instance.dispose();
  });

  test('requests of the guest reach the port decoded, and its answer the guest', async () => {
    const broker = port((op, args) => ({ value: { op, args, at: new Date(5), big: 2n ** 70n } }));
    const instance = await sandbox.open(
      openOptions(
        plugin(
          `async ask() { return this.context.services.bank.balance({ a: [1, undefined, new Uint8Array([1, 2])] }); }`,
        ),
        { port: broker },
      ),
    );
    await instance.request('describe', []);
    expect(await instance.request('call', ['ask', []])).toEqual({
      op: 'services.call',
      args: ['bank', 'balance', [{ a: [1, undefined, new Uint8Array([1, 2])] }]],
      at: new Date(5),
      big: 2n ** 70n,
    });
    await instance.dispose();
  });

  test('open() refuses a config that cannot cross', async () => {
    const config = { secret: (() => 1) as never };
    await expect(sandbox.open(openOptions(plugin(''), { config }))).rejects.toMatchObject({
      code: 'ERR_VALUE',
      details: { path: 'config.secret' },
    });
  });

  test('request() refuses arguments that cannot cross, and says where', async () => {
    const instance = await sandbox.open(openOptions(plugin(`hello() {}`)));
    await instance.request('describe', []);
    await expect(instance.request('call', ['hello', [{ a: [new Map() as never] }]])).rejects.toMatchObject({
      code: 'ERR_VALUE',
      details: { path: 'arguments[0].a[0]' },
    });
    await instance.dispose();
  });

  test('request() of health says the memory that the guest cannot know', async () => {
    const instance = await sandbox.open(
      openOptions(plugin(`healthCheck() { return { status: 'active', memory_usage: 0 }; }`)),
    );
    await instance.request('describe', []);
    await expect
      .poll(async () => (await instance.request('health', [])) as { memory_usage: number })
      .toMatchObject({
        status: 'active',
        memory_usage: expect.toSatisfy((bytes: number) => bytes > 100_000) as number,
      });
    await instance.dispose();
  });

  test('open() refuses a script that does not compile', async () => {
    await expect(sandbox.open(openOptions(program('return {')))).rejects.toMatchObject({ code: 'ERR_BUILD' });
  });
});
