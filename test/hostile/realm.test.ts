import { hostile, type HostileCase } from './harness.ts';

const cases: HostileCase[] = [
  {
    name: 'walks constructors up to Function',
    attack: `
      const found = [];
      for (const start of [{}, [], () => 0, async () => 0, function* () {}, context, context.logger.info, fetch, world]) {
        const F = start?.constructor?.constructor;
        if (typeof F !== 'function') continue;
        const got = F('return globalThis.process?.env?.AITBC_CANARY_ENV')();
        if (got !== undefined) found.push(got);
      }
      return found;`,
    expect: { answers: [] },
    control: 'leaks',
  },
  {
    name: 'loops',
    attack: `for (;;);`,
    expect: { fails: ['ERR_LIMIT_CPU'], ends: 'itself' },
    control: 'hangs',
  },
];

hostile('a plugin that looks for the way out of its realm', cases);
