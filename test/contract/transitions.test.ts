import { describe, expect, test } from 'vitest';
import { PLUGIN_STATUSES } from '../../src/contract/status.ts';
import { assertTransition, isTransition, REASON_STATUS, TRANSITIONS } from '../../src/contract/transitions.ts';

describe('assertTransition()', () => {
  test('allows the way of the specification, restart included', () => {
    const way = [
      'unloaded',
      'loading',
      'loaded',
      'active',
      'inactive',
      'active',
      'inactive',
      'unloading',
      'unloaded',
    ] as const;
    for (const [index, from] of way.slice(0, -1).entries()) {
      expect(() => assertTransition('p', from, way[index + 1]!)).not.toThrow();
    }
  });

  test('lets every step that can fail end in error, and error be left by unload or load', () => {
    const failing = PLUGIN_STATUSES.filter((status) => isTransition(status, 'error'));
    expect(failing).toEqual(['loading', 'loaded', 'active', 'inactive', 'unloading']);
    expect(TRANSITIONS.error).toEqual(['loading', 'unloading']);
  });

  test('refuses every other pair with an error that names both states', () => {
    let refused = 0;
    for (const from of PLUGIN_STATUSES) {
      for (const to of PLUGIN_STATUSES) {
        if (isTransition(from, to)) continue;
        refused += 1;
        expect(() => assertTransition('p', from, to)).toThrow(`Cannot move "p" from ${from} to ${to}`);
      }
    }
    expect(refused).toBe(49 - 15);
  });
});

test('REASON_STATUS gives each reason some of the seven states', () => {
  for (const statuses of Object.values(REASON_STATUS)) {
    expect(statuses.length).toBeGreaterThan(0);
    for (const status of statuses) expect(PLUGIN_STATUSES).toContain(status);
  }
});
