import { describe, expect, expectTypeOf, test } from 'vitest';
import { INTERFACES, interfacesOf, missingMethods } from '../../src/contract/interfaces.ts';
import type { Remote } from '../../src/contract/remote.ts';
import {
  AIPlugin,
  BasePlugin,
  BlockchainPlugin,
  CLIPlugin,
  definePlugin,
  type CommandGroup,
  type PluginContext,
  type PluginMetadata,
} from '../../src/sdk.ts';

const metadata: PluginMetadata = {
  name: 'greeter',
  version: '1.0.0',
  description: 'Greets',
  author: 'A',
  license: 'MIT',
};
const context = { config: { greeting: 'Hi' }, dataDir: '/data', tempDir: '/tmp' } as unknown as PluginContext<{
  greeting: string;
}>;
const groups: CommandGroup[] = [
  {
    name: 'greet',
    help: 'Greets people',
    subcommands: [
      {
        name: 'say',
        help: 'Says hello',
        options: [
          { name: 'loud', type: 'boolean', short: 'l', help: 'In capitals' },
          { name: 'name', required: true },
        ],
        arguments: [{ name: 'rest', variadic: true }],
        handler: () => 0,
      },
    ],
  },
];

class Greeter extends BasePlugin<{ greeting: string }> {
  readonly words: string[];
  constructor(context: PluginContext<{ greeting: string }>) {
    super(context);
    this.words = [context.config.greeting];
  }
  getMetadata(): PluginMetadata {
    return { ...metadata, description: this.words.join() };
  }
  greet(name: string): string {
    return `${this.context.config.greeting} ${name}`;
  }
  async later(count: number): Promise<number> {
    return count;
  }
  // oxlint-disable-next-line unicorn/no-thenable -- Remote<T> must leave it out
  then(): void {}
  _internal(): void {}
}

describe('BasePlugin', () => {
  test('metadata is asked for once, and only after the subclass is constructed', () => {
    const plugin = new Greeter(context);
    expect(plugin.metadata.description).toBe('Hi');
    plugin.words.push('Ho');
    expect(plugin.metadata.description).toBe('Hi');
  });

  test('has a lifecycle that accepts by default, and a health of the documented keys', async () => {
    const plugin = new Greeter(context);
    expect(plugin.status).toBe('unloaded');
    for (const step of ['initialize', 'start', 'stop', 'cleanup'] as const) expect(await plugin[step]()).toBe(true);
    plugin.errorCount = 2;
    const health = await plugin.healthCheck();
    expect(Object.keys(health)).toEqual(['status', 'uptime', 'memory_usage', 'error_count']);
    expect(health).toMatchObject({ status: 'unloaded', error_count: 2 });
    expect(plugin.getConfigSchema()).toEqual({});
    expect(await plugin.handleEvent('x', null)).toBeUndefined();
  });
});

describe('CLIPlugin', () => {
  class Cli extends CLIPlugin {
    getMetadata(): PluginMetadata {
      return metadata;
    }
    getCommands(): CommandGroup[] {
      return groups;
    }
  }
  test('getCommandHelp() describes groups and commands, and nothing for what is not there', () => {
    const plugin = new Cli(context);
    expect(plugin.getCommandHelp('greet')).toBe('Greets people\n\n  say  Says hello');
    expect(plugin.getCommandHelp('greet say')).toBe(
      'greet say [options] [rest...]\n\nSays hello\n\n  -l, --loud       In capitals\n  --name <string>  (required)',
    );
    expect(plugin.getCommandHelp('nothing')).toBe('');
    expect(plugin.getCommandHelp('greet nothing')).toBe('');
  });
});

describe('definePlugin()', () => {
  const Defined = definePlugin({
    metadata,
    configSchema: { type: 'object' },
    start: () => false,
    stop: async () => {},
    methods: (given) => ({ greet: (name: string) => `${JSON.stringify(given.config['greeting'])} ${name}` }),
    commands: groups,
  });

  test('makes a class whose instances are BasePlugins with its methods and commands', async () => {
    const plugin = new Defined(context);
    expect(plugin).toBeInstanceOf(BasePlugin);
    expect(plugin.metadata).toBe(metadata);
    expect(plugin.getConfigSchema()).toEqual({ type: 'object' });
    expect(plugin.greet('Ada')).toBe('"Hi" Ada');
    expect((plugin as unknown as { getCommands(): unknown }).getCommands()).toBe(groups);
    expect(await plugin.healthCheck()).toMatchObject({ status: 'unloaded' });
  });

  test('takes false as a refusal and nothing as consent', async () => {
    const plugin = new Defined(context);
    expect([await plugin.initialize(), await plugin.start(), await plugin.stop()]).toEqual([true, false, true]);
  });

  test('binds methods of an object to the plugin', () => {
    const Bound = definePlugin({
      metadata,
      methods: {
        own() {
          return (this as unknown as BasePlugin).metadata.name;
        },
      },
    });
    const { own } = new Bound(context);
    expect(own()).toBe('greeter');
  });

  test.each(['start', 'context', 'healthCheck', 'toString'])('refuses a method named %s', (name) => {
    const Bad = definePlugin({ metadata, methods: { [name]: () => 1 } });
    expect(() => new Bad(context as never)).toThrow(`Cannot define method "${name}"`);
  });
});

describe('interfacesOf()', () => {
  test('recognises the specialised interfaces by shape', () => {
    expect(interfacesOf([...INTERFACES.ai, ...INTERFACES.cli])).toEqual(['cli', 'ai']);
    expect(interfacesOf(['predict'])).toEqual([]);
    expect(missingMethods('ai', ['predict'])).toEqual(['train', 'getModelInfo']);
    expect(missingMethods('acme:pricer@1', [])).toEqual([]);
    expect(missingMethods('constructor', [])).toEqual([]);
  });

  test('is what the abstract classes ask for', () => {
    expect(BlockchainPlugin.prototype).toBeInstanceOf(BasePlugin);
    expect(AIPlugin.prototype).toBeInstanceOf(BasePlugin);
    expectTypeOf<(typeof INTERFACES)['blockchain'][number]>().toExtend<keyof BlockchainPlugin>();
    expectTypeOf<(typeof INTERFACES)['ai'][number]>().toExtend<keyof AIPlugin>();
    expectTypeOf<(typeof INTERFACES)['cli'][number]>().toExtend<keyof CLIPlugin>();
  });
});

test('Remote<T> has the public methods alone, each asynchronous, and is never thenable', () => {
  expectTypeOf<keyof Remote<Greeter>>().toEqualTypeOf<'greet' | 'later'>();
  expectTypeOf<Remote<Greeter>['greet']>().toEqualTypeOf<(name: string) => Promise<string>>();
  expectTypeOf<Remote<Greeter>['later']>().toEqualTypeOf<(count: number) => Promise<number>>();
  expectTypeOf<Remote<BlockchainPlugin>['getBalance']>().returns.resolves.toBeObject();
});
