import { afterEach, describe, expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Instance, Sandbox } from '../../src/sandbox/types.ts';
import { limits, openOptions, plugin } from '../sandbox/support.ts';

const sandboxes: Sandbox[] = [];
afterEach(async () => {
  await Promise.all(sandboxes.splice(0).map((sandbox) => sandbox.close()));
});

async function open(sandbox: Sandbox, count: number, cpu: number): Promise<Instance[]> {
  return Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const options = openOptions(WORK, { name: `p${index}`, limits: { ...limits, cpu, timeout: 60_000 } });
      const instance = await sandbox.open(options);
      await instance.request('describe', []);
      return instance;
    }),
  );
}

/** What a built-in does, so that compiling has no part in it. */
const WORK = plugin(`burn(turns) {
  const large = 3n ** 20000n;
  let product = large;
  for (let i = 0; i < turns; i += 1) product = large * large;
  return product > 0n;
}`);

describe('UsageAccount', () => {
  test('ends nobody who merely waits for a processor while many in the process compute', async () => {
    const sandbox = createSandbox({});
    sandboxes.push(sandbox);
    const cpu = 300;
    const instances = await open(sandbox, 24, cpu);
    const [first] = instances;
    const burn = (instance: Instance, turns: number) =>
      instance.request('call', ['burn', [turns]], { timeout: 60_000 });
    // As many turns as take an eighth to a quarter of what one call may use.
    let turns = 16;
    for (let used = 0; used < cpu / 8;) {
      const before = (await first!.usage()).cpu;
      turns *= 2;
      await burn(first!, turns);
      used = (await first!.usage()).cpu - before;
    }
    const exits: string[] = [];
    for (const instance of instances) void instance.exited.then(() => exits.push(instance.name));
    for (let round = 0; round < 3; round += 1) {
      const answers = await Promise.allSettled(instances.map((instance) => burn(instance, turns)));
      expect(answers.map(({ status }) => status)).toEqual(instances.map(() => 'fulfilled'));
    }
    expect(exits).toEqual([]);
  });

  test('ends each of several that compute without an end at the same time, and no other', async () => {
    const sandbox = createSandbox({});
    sandboxes.push(sandbox);
    const instances = await open(sandbox, 8, 100);
    const answers = await Promise.allSettled(
      instances.map((instance, index) => instance.request('call', ['burn', [index < 4 ? 1e12 : 10]])),
    );
    expect(answers.map((answer) => (answer.status === 'rejected' ? answer.reason.code : answer.value))).toEqual([
      ...Array.from({ length: 4 }, () => 'ERR_LIMIT_CPU'),
      ...Array.from({ length: 4 }, () => true),
    ]);
  });
});
