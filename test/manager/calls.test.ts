import { afterEach, describe, expect, test } from 'vitest';
import { defineService } from '../../src/capabilities/services.ts';
import type { PluginManager } from '../../src/manager/manager.ts';
import { createTestRooms, type TestManagerOptions } from '../../src/testing/test-manager.ts';
import { createFakeClock } from './support.ts';

const managers: PluginManager[] = [];
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close()));
});

async function create(options: TestManagerOptions) {
  const clock = createFakeClock();
  const { manager, rooms } = await createTestRooms({ ...options, clock });
  managers.push(manager);
  await manager.startAll();
  return { manager, rooms, clock };
}

const never = (): Promise<never> => new Promise(() => {});

describe('call()', () => {
  test('runs no more calls at a time than limits.concurrency', async () => {
    let running = 0;
    let most = 0;
    const work = async (): Promise<void> => {
      most = Math.max(most, (running += 1));
      await new Promise((resolve) => setImmediate(resolve));
      running -= 1;
    };
    const { manager } = await create({
      plugins: { p: { work } },
      config: { plugins: { p: { limits: { concurrency: 3 } } } },
    });
    await Promise.all(Array.from({ length: 20 }, () => manager.call('p', 'work')));
    expect(most).toBe(3);
  });

  test('gives up after its timeout with ERR_LIMIT_TIME, while waiting too; the plugin goes on', async () => {
    const { manager, clock } = await create({
      plugins: { p: { never, fine: () => 'fine' } },
      config: { plugins: { p: { limits: { concurrency: 1, timeout: '1h' } } } },
    });
    const running = manager.call('p', 'never', [], { timeout: 2_000 }).catch((error: unknown) => error);
    const waiting = manager.call('p', 'never', [], { timeout: 1_000 }).catch((error: unknown) => error);
    await clock.advance(1_000);
    expect(await waiting).toMatchObject({
      code: 'ERR_LIMIT_TIME',
      message: 'Cannot call "p.never()": no answer within 1000 ms',
    });
    await clock.advance(1_000);
    expect(await running).toMatchObject({ code: 'ERR_LIMIT_TIME' });
    expect(await manager.call('p', 'fine')).toBe('fine');
  });

  test('ends a plugin that passes limits.timeout, and restarts it', async () => {
    const { manager, clock } = await create({ plugins: { p: { never } } });
    const call = manager.call('p', 'never').catch((error: unknown) => error);
    await clock.advance(10_000);
    expect(await call).toMatchObject({ code: 'ERR_LIMIT_TIME' });
    expect(manager.pluginState('p')).toMatchObject({ status: 'error', reason: 'backoff' });
    await clock.advance(500);
    expect(manager.getPluginStatus('p')).toBe('active');
  });

  test('is ERR_ABORTED when its signal is, with the reason as cause', async () => {
    const { manager } = await create({ plugins: { p: { never } } });
    const abort = new AbortController();
    const call = manager.call('p', 'never', [], { signal: abort.signal });
    abort.abort(new Error('enough'));
    await expect(call).rejects.toMatchObject({ code: 'ERR_ABORTED', cause: new Error('enough') });
    await expect(manager.call('p', 'never', [], { signal: AbortSignal.abort() })).rejects.toMatchObject({
      code: 'ERR_ABORTED',
    });
  });

  test('fails as retryable when the process dies under an innocent', async () => {
    const { manager, rooms } = await create({ plugins: { p: { never } } });
    const call = manager.call('p', 'never');
    await new Promise((resolve) => setImmediate(resolve));
    rooms.instance('p').crash('innocent');
    await expect(call).rejects.toMatchObject({ code: 'ERR_PLUGIN_CRASHED', retryable: true });
  });

  test('says the state of a plugin that is not active', async () => {
    const { manager } = await create({ plugins: { p: {} } });
    await manager.stopPlugin('p');
    await expect(manager.call('p', 'x')).rejects.toMatchObject({
      code: 'ERR_STATE',
      message: 'Cannot call "p": it is inactive, not active',
    });
  });
});

describe('services', () => {
  const asking = { ask: async () => undefined };

  test('of the application answer with copies; their failures stay the host’s', async () => {
    const logged: string[] = [];
    const api = defineService({
      twice: ({ n }: { n: number }) => ({ n: n * 2 }),
      broken: () => {
        throw new Error('postgres://user:secret@db');
      },
      wrong: () => () => 'a function',
    });
    const { manager, rooms } = await create({
      plugins: { p: asking },
      services: { api },
      logger: { log: (_level, message) => logged.push(message) },
    });
    const { port } = rooms.instance('p').options;
    const ask = async (method: string, ...args: never[]) => {
      const io = { signal: new AbortController().signal, body: undefined, call: undefined };
      return (await port.request('services.call', ['api', method, args], io)).value;
    };
    expect(await ask('twice', { n: 21 } as never)).toEqual({ n: 42 });
    const broken = await ask('broken').catch((error: unknown) => error);
    expect(broken).toMatchObject({ code: 'ERR_SERVICE' });
    expect(String(broken)).not.toContain('secret');
    await expect(ask('wrong')).rejects.toMatchObject({ code: 'ERR_VALUE', details: { path: 'api.wrong()' } });
    await expect(ask('missing')).rejects.toMatchObject({ code: 'ERR_SERVICE' });
    expect(manager.getPluginStatus('p')).toBe('active');
  });
});
