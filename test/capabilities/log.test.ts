import { expect, it } from 'vitest';
import type { Value } from '../../src/protocol/values.ts';
import { rig } from './harness.ts';

it('log() hands on plain fields under the name of the plugin', async () => {
  const { broker, logged } = await rig();
  broker.log('info', 'hello', {
    plugin: 'other',
    n: 1,
    big: 2n,
    at: new Date(0),
    bytes: new Uint8Array(3),
    error: new Error('no'),
  });
  expect(logged).toEqual([
    {
      level: 'info',
      message: 'hello',
      fields: {
        plugin: 'greeter',
        fields: {
          plugin: 'other',
          n: 1,
          big: '2n',
          at: '1970-01-01T00:00:00.000Z',
          bytes: '<3 bytes>',
          error: { name: 'Error', message: 'no' },
        },
      },
    },
  ]);
});

it('log() bounds and cleans what it is given', async () => {
  const deep: Record<string, Value> = {};
  let at = deep;
  for (let level = 0; level < 50; level++) at = at['next'] = {} as Record<string, Value> & Record<string, never>;
  const { broker, logged } = await rig({}, { redact: (text) => text.replaceAll('hunter2', '[redacted]') });
  broker.log('loud' as 'info', `a\u001b[2Jb\u202e hunter2 ${'x'.repeat(20_000)}`, {
    deep,
    wide: Array.from({ length: 10_000 }, (_, index) => index),
    long: 'y'.repeat(10_000),
    hunter2: 'hunter2',
    ['__proto__']: { polluted: true },
    date: new Date(Number.NaN),
  });
  const [line] = logged;
  expect(line?.level).toBe('info');
  expect(line?.message).not.toMatch(/[\u001b\u202e]|hunter2/);
  expect(JSON.stringify(line).length).toBeLessThan(20_000);
  expect(JSON.stringify(line)).not.toContain('hunter2');
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
});

it('log() drops what is beyond limits.logRate, and says how many', async () => {
  const { broker, logged } = await rig({}, { limits: { logRate: 10 } });
  for (let count = 0; count < 100; count++) broker.log('info', 'line', undefined);
  expect(logged.length).toBeLessThan(20);
  await broker.close();
  const dropped = /dropped (\d+) log lines of "greeter"/.exec(logged.at(-1)?.message ?? '')?.[1];
  expect(Number(dropped) + logged.length - 1).toBe(100);
});
