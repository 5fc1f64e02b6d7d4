import { describe, expect, test } from 'vitest';
import { parseDependency, type Dependency } from '../../src/contract/dependency.ts';
import { orderPlugins, type OrderNode } from '../../src/manager/order.ts';

type Spec = { on?: string[]; priority?: number; version?: string; enabled?: boolean; refused?: boolean };

function nodes(specs: Record<string, Spec>): Map<string, OrderNode> {
  return new Map(
    Object.entries(specs).map(
      ([name, { on = [], priority = 50, version = '1.0.0', enabled = true, refused = false }]) => [
        name,
        {
          name,
          enabled,
          priority,
          version,
          refused,
          dependencies: on.map((text) => parseDependency(text) as Dependency),
        },
      ],
    ),
  );
}

describe('orderPlugins()', () => {
  test.each<[string, Record<string, Spec>, string[][]]>([
    ['nothing', {}, []],
    ['independent plugins by name', { b: {}, a: {} }, [['a', 'b']]],
    ['independent plugins by priority first', { a: { priority: 90 }, b: { priority: 10 }, c: {} }, [['b', 'c', 'a']]],
    ['a chain', { a: { on: ['b'] }, b: { on: ['c'] }, c: {} }, [['c'], ['b'], ['a']]],
    ['a diamond', { a: { on: ['b', 'c'] }, b: { on: ['d'] }, c: { on: ['d'] }, d: {} }, [['d'], ['b', 'c'], ['a']]],
    ['dependencies before priority', { a: { on: ['b'], priority: 1 }, b: { priority: 100 } }, [['b'], ['a']]],
    ['no disabled plugin', { a: {}, b: { enabled: false } }, [['a']]],
    ['a range that fits', { a: { on: ['b@^1.0.0'] }, b: { version: '1.9.2' } }, [['b'], ['a']]],
  ])('orders %s', (_title, specs, levels) => {
    const order = orderPlugins(nodes(specs));
    expect(order.levels).toEqual(levels);
    expect(order.refused.size + order.waiting.size).toBe(0);
  });

  test.each<[string, Record<string, Spec>, string, string, string]>([
    ['a missing dependency', { a: { on: ['gone'] } }, 'a', 'ERR_DEPENDENCY_MISSING', 'a -> gone'],
    ['a disabled one', { a: { on: ['b'] }, b: { enabled: false } }, 'a', 'ERR_DEPENDENCY_MISSING', 'a -> b'],
    ['another version', { a: { on: ['b@^2.0.0'] }, b: {} }, 'a', 'ERR_INCOMPATIBLE', 'a -> b'],
    ['a cycle of two', { a: { on: ['b'] }, b: { on: ['a'] } }, 'a', 'ERR_DEPENDENCY_CYCLE', 'a -> b -> a'],
    [
      'a cycle of three',
      { a: { on: ['b'] }, b: { on: ['c'] }, c: { on: ['a'] }, d: {} },
      'b',
      'ERR_DEPENDENCY_CYCLE',
      'b -> c -> a -> b',
    ],
    ['a plugin that needs itself', { a: { on: ['a'] } }, 'a', 'ERR_DEPENDENCY_CYCLE', 'a -> a'],
  ])('refuses %s and names the path', (_title, specs, name, code, path) => {
    const error = orderPlugins(nodes(specs)).refused.get(name);
    expect(error?.code).toBe(code);
    expect(error?.details['path']).toBe(path);
    expect(error?.message).toContain(`"${name}"`);
  });

  test('leaves the others as they are when one is refused', () => {
    const order = orderPlugins(nodes({ a: { on: ['gone'] }, b: {}, c: { on: ['b'] } }));
    expect(order.levels).toEqual([['b'], ['c']]);
  });

  test('lets dependents of a refused plugin wait, with the whole path', () => {
    const order = orderPlugins(nodes({ a: { on: ['b'] }, b: { on: ['c'] }, c: { on: ['gone'] } }));
    expect([...order.refused.keys()]).toEqual(['c']);
    expect(order.waiting.get('a')?.details['path']).toBe('a -> b -> c');
    expect(order.waiting.get('b')?.details['path']).toBe('b -> c');
    expect(order.levels).toEqual([]);
  });

  test('lets dependents of a plugin that the loader refused wait', () => {
    const order = orderPlugins(nodes({ a: { on: ['b'] }, b: { refused: true } }));
    expect(order.refused.size).toBe(0);
    expect(order.waiting.get('a')?.message).toContain('it waits for "b"');
  });

  test('does not refuse who merely depends on a cycle', () => {
    const order = orderPlugins(nodes({ a: { on: ['b'] }, b: { on: ['c'] }, c: { on: ['b'] } }));
    expect([...order.refused.keys()]).toEqual(['b', 'c']);
    expect([...order.waiting.keys()]).toEqual(['a']);
  });
});
