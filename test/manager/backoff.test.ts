import { describe, expect, test } from 'vitest';
import { RESTART_BUDGET, RestartBudget, restartDelay } from '../../src/manager/backoff.ts';

describe('restartDelay()', () => {
  test.each([
    [0, 0, 500],
    [0, 0.99, 500],
    [1, 0, 500],
    [1, 0.5, 750],
    [3, 0, 2_000],
    [3, 0.999, 3_998],
    [20, 0, 30_000],
    [20, 1, 60_000],
    [2_000, 1, 60_000],
  ])('attempt %i with chance %d: %i ms', (attempt, chance, expected) => {
    expect(restartDelay(attempt, chance)).toBeCloseTo(expected, 0);
  });
});

describe('RestartBudget', () => {
  test('take() allows five restarts in ten minutes and refuses the sixth', () => {
    const budget = new RestartBudget();
    expect([0, 1, 2, 3, 4, 5].map((minute) => budget.take(minute * 60_000))).toEqual([
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
  });

  test('take() forgets restarts older than the window', () => {
    const budget = new RestartBudget();
    for (const time of [0, 1, 2, 3, 4]) budget.take(time);
    expect(budget.take(RESTART_BUDGET.window - 1)).toBe(false);
    expect(budget.take(RESTART_BUDGET.window)).toBe(true);
    expect(budget.spent(RESTART_BUDGET.window + 4)).toBe(1);
  });
});
