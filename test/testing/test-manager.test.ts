import { describe, expect, test } from 'vitest';
import { defineService } from '../../src/capabilities/services.ts';
import { definePlugin } from '../../src/contract/define-plugin.ts';
import { createTestManager } from '../../src/testing/test-manager.ts';

const metadata = { name: 'agents', version: '2.0.0', description: 'Agents', author: 'tests', license: 'MIT' };

describe('createTestManager()', () => {
  test('runs objects of methods as plugins', async () => {
    await using manager = await createTestManager({
      plugins: { 'translation-ai': { predict: async ({ text }: { text: string }) => ({ text: text.toUpperCase() }) } },
    });
    await manager.startAll();
    expect(await manager.call('translation-ai', 'predict', [{ text: 'hi' }])).toEqual({ text: 'HI' });
    expect(manager.processes()).toEqual([]);
  });

  test('runs definePlugin() with config, defaults, services of both sides, dependencies and commands', async () => {
    const agents = definePlugin<{ prefix: string }, Record<string, (...args: never[]) => unknown>>({
      metadata: { ...metadata, dependencies: ['store@0.x'] },
      configSchema: { type: 'object', properties: { prefix: { type: 'string', default: 'agent' } } },
      start: (context) => context.registerService('agents', { count: () => 3 }).then(() => true),
      methods: (context) => ({
        name: async (id: string) => [context.config.prefix, await context.apiClient['title']?.({ id })],
        stored: (key: string) => context.plugin<{ get(key: string): Promise<string> }>('store').get(key),
        announce: () => context.eventBus.publish('agent.made', { by: 'agents' }),
      }),
      commands: (context) => [
        {
          name: 'agent',
          help: 'Agents',
          subcommands: [
            {
              name: 'shout',
              help: 'Repeat stdin',
              handler: async (options, io) => {
                await io.stdout.write(
                  `${context.config.prefix} ${(await io.stdin.text()).trim()} ${options['mark'] as string}\n`,
                );
                return 4;
              },
            },
          ],
        },
      ],
    });
    await using manager = await createTestManager({
      plugins: { agents, store: { get: (key: string) => `value of ${key}` } },
      services: { api: defineService({ title: ({ id }: { id: string }) => id.toUpperCase() }) },
      config: { plugins: { agents: { config: {}, priority: 5 } } },
    });
    expect((await manager.startAll()).started).toEqual(['store', 'agents']);
    expect(await manager.call('agents', 'name', ['x'])).toEqual(['agent', 'X']);
    expect(await manager.call('agents', 'stored', ['k'])).toBe('value of k');
    expect(await manager.service<{ count(): number }>('agents').count()).toBe(3);
    const out: string[] = [];
    const status = await manager.exec(
      'agents',
      ['agent', 'shout'],
      { mark: '!' },
      {
        stdin: (async function* () {
          yield Buffer.from('hey\n');
        })(),
        stdout: (chunk) => out.push(Buffer.from(chunk).toString()),
      },
    );
    expect([status, out]).toEqual([4, ['agent hey !\n']]);
    const events: unknown[] = [];
    manager.on('agent.*', (event) => events.push(event));
    await manager.call('agents', 'announce');
    await expect.poll(() => events).toMatchObject([{ type: 'agent.made', source: 'agents', data: { by: 'agents' } }]);
  });

  test.each(['start', 'getMetadata', '_hidden', 'missing'])('refuses to call %s, as a sandbox does', async (method) => {
    await using manager = await createTestManager({ plugins: { p: { _hidden: () => 1, fine: () => 2 } } });
    await manager.startAll();
    await expect(manager.call('p', method)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('hands out copies, and refuses what cannot cross', async () => {
    const kept: object[] = [];
    await using manager = await createTestManager({
      plugins: { p: { keep: (value: object) => void kept.push(value), fail: () => () => 1 } },
    });
    await manager.startAll();
    const value = { a: 1 };
    await manager.call('p', 'keep', [value]);
    expect(kept[0]).toEqual(value);
    expect(kept[0]).not.toBe(value);
    await expect(manager.call('p', 'fail')).rejects.toMatchObject({ code: 'ERR_VALUE' });
  });

  test('says what is wrong with the config of a test', async () => {
    await expect(createTestManager({ plugins: {}, config: { auto_laod: true } })).rejects.toMatchObject({
      code: 'ERR_CONFIG_INVALID',
    });
  });
});
