import { describe, expectTypeOf, test } from 'vitest';
import type {
  AIPlugin,
  BasePlugin,
  BlockchainPlugin,
  PluginManager,
  Remote,
  ServiceClient,
  Value,
} from '../../src/index.ts';
import { defineService } from '../../src/index.ts';

abstract class Pricer extends (Object as unknown as abstract new () => BasePlugin) {
  readonly label: string = '';
  abstract price(item: string, count: number): number;
  abstract later(): Promise<Date>;
  abstract _secret(): void;
}

declare module '../../src/contract/remote.ts' {
  interface PluginMap {
    pricer: Pricer;
  }
}

declare const manager: PluginManager;

// Checked by tsc; nothing here runs.
describe('Remote<T>', () => {
  test('makes methods asynchronous, and keeps their arguments', () => {
    expectTypeOf<Remote<Pricer>['price']>().toEqualTypeOf<(item: string, count: number) => Promise<number>>();
    expectTypeOf<Remote<Pricer>['later']>().toEqualTypeOf<() => Promise<Date>>();
  });

  test('has nothing but public methods: no lifecycle, no properties, no then', () => {
    expectTypeOf<keyof Remote<Pricer>>().toEqualTypeOf<'price' | 'later'>();
    expectTypeOf<keyof Remote<{ then(): void; go(): void }>>().toEqualTypeOf<'go'>();
  });

  test('is not thenable', () => {
    expectTypeOf<Awaited<Remote<Pricer>>>().toEqualTypeOf<Remote<Pricer>>();
  });

  test('has the methods of the specialised interfaces', () => {
    expectTypeOf<Remote<BlockchainPlugin>>().toHaveProperty('getBalance');
    expectTypeOf<ReturnType<Remote<AIPlugin>['train']>>().toEqualTypeOf<Promise<boolean>>();
  });
});

describe('PluginManager', () => {
  test('plugin() takes its type from PluginMap, else from the type argument', () => {
    const plugin = (): typeof manager.plugin => manager.plugin;
    expectTypeOf(plugin).toBeFunction();
    const mapped = () => manager.plugin('pricer');
    expectTypeOf(mapped).returns.toEqualTypeOf<Remote<Pricer>>();
    const given = () => manager.plugin<{ go(n: number): string }>('other');
    expectTypeOf(given).returns.toEqualTypeOf<Remote<{ go(n: number): string }>>();
  });

  test('implementing() and service() are typed by their argument', () => {
    const found = () => manager.implementing<Pricer>('acme:pricer@1');
    expectTypeOf(found).returns.toEqualTypeOf<{ readonly name: string; readonly plugin: Remote<Pricer> }[]>();
    const service = () => manager.service<{ rate(): number }>('rates').rate();
    expectTypeOf(service).returns.toEqualTypeOf<Promise<number>>();
  });

  test('call() answers with a Value', () => {
    const call = () => manager.call('p', 'm', [1], { timeout: 5 });
    expectTypeOf(call).returns.toEqualTypeOf<Promise<Value>>();
  });
});

describe('defineService()', () => {
  test('gives plugins the type of what they call', () => {
    const api = defineService({ getAgent: async ({ id }: { id: string }) => ({ id, running: true }) });
    expectTypeOf<ServiceClient<typeof api>['getAgent']>().toEqualTypeOf<
      (input: { id: string }) => Promise<{ id: string; running: boolean }>
    >();
  });
});
