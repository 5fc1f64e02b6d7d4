import { expect, test } from 'vitest';
import { Serial } from '../../src/manager/serial.ts';

test('Serial.run() runs one at a time in order, and goes on after a failure', async () => {
  const serial = new Serial();
  const seen: string[] = [];
  const step = (name: string, fails = false) =>
    serial.run(async () => {
      seen.push(`${name} begins`);
      await new Promise((resolve) => setImmediate(resolve));
      if (fails) throw new Error(name);
      seen.push(`${name} ends`);
      return name;
    });
  const results = await Promise.allSettled([step('a'), step('b', true), step('c')]);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(seen).toEqual(['a begins', 'a ends', 'b begins', 'c begins', 'c ends']);
});
