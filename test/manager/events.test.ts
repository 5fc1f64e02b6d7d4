import { afterEach, describe, expect, test } from 'vitest';
import { EVENT_QUEUE } from '../../src/manager/event-queue.ts';
import type { PluginManager } from '../../src/manager/manager.ts';
import { BasePlugin } from '../../src/contract/plugin.ts';
import { createTestManager } from '../../src/testing/test-manager.ts';
import { metadataOf } from './support.ts';

const managers: PluginManager[] = [];
afterEach(async () => {
  await Promise.all(managers.splice(0).map((manager) => manager.close()));
});

/** A plugin class that notes what reaches it. */
function listener(
  name: string,
  seen: string[],
  patterns: readonly string[] = [],
  handle: (data: unknown) => unknown = () => {},
) {
  return class extends BasePlugin<never> {
    getMetadata() {
      return metadataOf(name);
    }
    override async start() {
      for (const pattern of patterns) {
        await this.context.eventBus.subscribe(
          pattern,
          ({ type, data }) => void seen.push(`${name} ${pattern} ${type} ${JSON.stringify(data)}`),
        );
      }
      return true;
    }
    override async handleEvent(type: string, data: unknown) {
      seen.push(`${name} ${type} ${JSON.stringify(data)}`);
      await handle(data);
    }
    async publish(topic: string, data: never) {
      await this.context.eventBus.publish(topic, data);
    }
  };
}

async function create(plugins: Parameters<typeof createTestManager>[0]['plugins'], logged: string[] = []) {
  const manager = await createTestManager({ plugins, logger: { log: (_level, message) => logged.push(message) } });
  managers.push(manager);
  await manager.startAll();
  return manager;
}

describe('broadcastEvent()', () => {
  test('reaches every active plugin, and subscriptions that match', async () => {
    const seen: string[] = [];
    const manager = await create({
      a: listener('a', seen, ['block.*', 'x.#']),
      b: listener('b', seen),
      c: listener('c', seen),
    });
    await manager.stopPlugin('c');
    await manager.broadcastEvent('block.mined', 1);
    await expect.poll(() => seen.toSorted()).toEqual(['a block.* block.mined 1', 'a block.mined 1', 'b block.mined 1']);
  });

  test('never lets a slow, hanging or failing plugin delay another', async () => {
    const seen: string[] = [];
    const logged: string[] = [];
    const fails = (): never => {
      throw new Error('no');
    };
    const manager = await create(
      {
        hangs: listener('hangs', seen, [], () => new Promise(() => {})),
        fails: listener('fails', seen, [], fails),
        fine: listener('fine', seen),
      },
      logged,
    );
    for (let event = 0; event < 50; event += 1) await manager.broadcastEvent('tick', event);
    await expect.poll(() => seen.filter((line) => line.startsWith('fine')).length).toBe(50);
    await expect.poll(() => manager.eventCounts('fails')).toMatchObject({ delivered: 50, failed: 50 });
    expect(seen.filter((line) => line.startsWith('hangs'))).toHaveLength(1);
    expect(manager.eventCounts('hangs')).toMatchObject({ waiting: 49 });
    expect(logged).toContain('fails failed to handle tick');
  });

  test('drops the newest when a queue is full, and counts it', async () => {
    const seen: string[] = [];
    const manager = await create({ hangs: listener('hangs', seen, [], () => new Promise(() => {})) });
    for (let event = 0; event < EVENT_QUEUE + 11; event += 1) await manager.broadcastEvent('tick', event);
    expect(manager.eventCounts('hangs')).toMatchObject({ waiting: EVENT_QUEUE, dropped: 10 });
  });

  test('keeps the order for each plugin', async () => {
    const seen: string[] = [];
    const slow = () => new Promise((resolve) => setImmediate(resolve));
    const manager = await create({ a: listener('a', seen, [], slow) });
    for (let event = 0; event < 20; event += 1) await manager.broadcastEvent('tick', event);
    await expect.poll(() => seen).toEqual([...Array(20).keys()].map((event) => `a tick ${event}`));
  });

  test('takes a copy: what the publisher changes afterwards stays its own', async () => {
    const seen: unknown[] = [];
    const manager = await create({});
    manager.on('#', ({ data }) => void seen.push(data));
    const data = { list: [1] };
    await manager.broadcastEvent('tick', data);
    data.list.push(2);
    await expect.poll(() => seen).toEqual([{ list: [1] }]);
  });

  test.each(['', 'a..b', 'a.*', '#', 'a b'])('refuses the topic %j', async (topic) => {
    const manager = await create({});
    await expect(manager.broadcastEvent(topic)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('refuses data that cannot cross, with its path', async () => {
    const manager = await create({});
    await expect(manager.broadcastEvent('tick', { deep: [() => 1] })).rejects.toMatchObject({
      code: 'ERR_VALUE',
      details: { path: 'data.deep[0]' },
    });
  });
});

describe('on()', () => {
  test('gets what plugins publish, with its source, one at a time, until it is ended', async () => {
    const seen: string[] = [];
    const manager = await create({ a: listener('a', []) });
    const off = manager.on('wallet.*', async ({ type, source, data }) => {
      await new Promise((resolve) => setImmediate(resolve));
      seen.push(`${type} ${source} ${JSON.stringify(data)}`);
    });
    await manager.call('a', 'publish', ['wallet.paid', 1]);
    await manager.call('a', 'publish', ['other.thing', 2]);
    await manager.call('a', 'publish', ['wallet.paid', 3]);
    await expect.poll(() => seen).toEqual(['wallet.paid a 1', 'wallet.paid a 3']);
    off();
    await manager.call('a', 'publish', ['wallet.paid', 4]);
    expect(seen).toHaveLength(2);
  });

  test('logs what a handler throws, and goes on', async () => {
    const logged: string[] = [];
    const manager = await create({}, logged);
    let handled = 0;
    manager.on('tick', () => {
      handled += 1;
      throw new Error('handler');
    });
    await manager.broadcastEvent('tick');
    await manager.broadcastEvent('tick');
    await expect.poll(() => handled).toBe(2);
    expect(logged).toContain('host failed to handle tick');
  });

  test('refuses what is no pattern', async () => {
    const manager = await create({});
    expect(() => manager.on('#.a', () => {})).toThrow(expect.objectContaining({ code: 'ERR_USAGE' }));
  });
});
