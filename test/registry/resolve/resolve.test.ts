import { describe, expect, test } from 'vitest';
import { resolve } from '../../../src/registry/resolve/resolve.ts';
import type { Problem, Resolution } from '../../../src/registry/resolve/types.ts';
import { dependency, HOST, offering, problem } from './support.ts';

async function versions(given: Problem): Promise<Record<string, string>> {
  const found = await resolve(given);
  if (found.kind !== 'resolved') throw new Error(JSON.stringify(found));
  return Object.fromEntries(found.versions);
}

async function conflict(given: Problem): Promise<Extract<Resolution, { kind: 'conflict' }>> {
  const found = await resolve(given);
  if (found.kind !== 'conflict') throw new Error(JSON.stringify(found));
  return found;
}

const CORE = { core: { '1.0.0': [], '1.4.0': [], '2.0.0': [], '2.1.0': [] } };

describe('resolve()', () => {
  test('takes the newest versions, and nothing that nobody needs', async () => {
    const provider = offering({
      ...CORE,
      alpha: { '1.0.0': ['core@^1'], '2.0.0': ['core@^2'] },
      idle: { '1.0.0': [] },
    });
    expect(await versions(problem(['alpha'], provider))).toEqual({ alpha: '2.0.0', core: '2.1.0' });
  });

  test('takes an older version of one plugin where another leaves no other way', async () => {
    const provider = offering({
      ...CORE,
      alpha: { '1.0.0': ['core@^1'], '2.0.0': ['core@^2'] },
      beta: { '1.0.0': ['core@1.x'] },
    });
    expect(await versions(problem(['alpha', 'beta'], provider))).toEqual({
      alpha: '1.0.0',
      beta: '1.0.0',
      core: '1.4.0',
    });
  });

  test.each([[['1.9.0', '1.10.0', '1.2.0']], [['1.10.0', '1.9.0']], [['1.10.0', '1.10.0-rc.1', '1.9.0']]])(
    'finds the newest among %j, in whatever order they come',
    async (all) => {
      const provider = offering({ alpha: Object.fromEntries(all.map((version) => [version, []])) });
      expect(await versions(problem(['alpha'], provider))).toEqual({ alpha: '1.10.0' });
    },
  );

  test('asks the provider once for each name', async () => {
    const asked: string[] = [];
    const inner = offering({ ...CORE, alpha: { '1.0.0': ['core@^1'] }, beta: { '1.0.0': ['core@^2'] } });
    await resolve(
      problem(['alpha', 'beta'], (name) => {
        asked.push(name);
        return inner(name);
      }),
    );
    expect(asked.toSorted()).toEqual(['alpha', 'beta', 'core']);
  });

  test('keeps what is locked where it fits', async () => {
    const provider = offering({ ...CORE, alpha: { '1.0.0': ['core@>=1'], '1.1.0': ['core@>=1'] } });
    const locked = new Map([
      ['alpha', '1.0.0'],
      ['core', '1.4.0'],
    ]);
    expect(await versions(problem(['alpha'], provider, { locked }))).toEqual({ alpha: '1.0.0', core: '1.4.0' });
  });

  test('leaves what is locked where it does not fit any more', async () => {
    const provider = offering({ ...CORE, alpha: { '1.0.0': ['core@^2'] } });
    const locked = new Map([['core', '1.0.0']]);
    expect(await versions(problem(['alpha'], provider, { locked }))).toEqual({ alpha: '1.0.0', core: '2.1.0' });
  });

  test('takes the newest of what was asked for: what it needs follows, what needs it stays', async () => {
    const provider = offering({ ...CORE, alpha: { '1.0.0': ['core@^1'], '2.0.0': ['core@^2'] } });
    const locked = new Map([
      ['alpha', '1.0.0'],
      ['core', '1.0.0'],
    ]);
    expect(await versions(problem(['alpha'], provider, { locked, first: new Set(['alpha']) }))).toEqual({
      alpha: '2.0.0',
      core: '2.1.0',
    });
    expect(await versions(problem(['alpha'], provider, { locked, first: new Set(['core']) }))).toEqual({
      alpha: '1.0.0',
      core: '1.4.0',
    });
  });

  test.each([
    ['min_aitbc_version', { minHost: '1.0.1' }],
    ['max_aitbc_version', { maxHost: '0.9.9' }],
    ['supported_platforms', { platforms: ['win32', 'linux-arm64'] }],
    ['a withdrawal', { withdrawn: 'it was yanked: broken' }],
    ['a refusal', { refused: 'it was revoked: steals keys' }],
  ])('passes over versions for %s', async (_, more) => {
    const provider = offering({ alpha: { '1.0.0': [], '1.1.0': more } });
    expect(await versions(problem(['alpha'], provider))).toEqual({ alpha: '1.0.0' });
  });

  test.each([
    ['both bounds', { minHost: '1.0.0', maxHost: '1.0.0' }],
    ['the platform', { platforms: ['linux'] }],
    ['platform and processor', { platforms: ['linux-x64'] }],
    ['any platform', { platforms: ['any'] }],
    ['no platforms', { platforms: [] }],
  ])('takes versions that fit %s', async (_, more) => {
    expect(await versions(problem(['alpha'], offering({ alpha: { '1.0.0': more } })))).toEqual({ alpha: '1.0.0' });
  });

  test('keeps a withdrawn version that is locked, and never a refused one', async () => {
    const locked = new Map([['alpha', '1.1.0']]);
    const yanked = offering({ alpha: { '1.0.0': [], '1.1.0': { withdrawn: 'it was yanked' } } });
    expect(await versions(problem(['alpha'], yanked, { locked }))).toEqual({ alpha: '1.1.0' });
    const revoked = offering({ alpha: { '1.0.0': [], '1.1.0': { refused: 'it was revoked' } } });
    expect(await versions(problem(['alpha'], revoked, { locked }))).toEqual({ alpha: '1.0.0' });
  });

  test('takes a prerelease from a registry only where a range names one of its version', async () => {
    const provider = offering({ alpha: { '1.0.0': [], '2.0.0-rc.1': [] } });
    expect(await versions(problem(['alpha'], provider))).toEqual({ alpha: '1.0.0' });
    expect(await versions(problem(['alpha@>=1'], provider))).toEqual({ alpha: '1.0.0' });
    expect(await versions(problem(['alpha@^2.0.0-0'], provider))).toEqual({ alpha: '2.0.0-rc.1' });
    const only = offering({ alpha: { '2.0.0-rc.1': [] } });
    const { reasons } = await conflict(problem(['alpha'], only));
    expect(reasons).toEqual([
      'The config asks for alpha (there is only 2.0.0-rc.1; a range must name a prerelease to take it).',
    ]);
  });

  test('takes the one version of a path, a prerelease too, as a start does', async () => {
    const provider = offering({ alpha: { '1.0.0': ['local@>=1'] } }, { local: { '1.5.0-dev': [] } });
    expect(await versions(problem(['alpha', 'local'], provider))).toEqual({ alpha: '1.0.0', local: '1.5.0-dev' });
  });

  test('counts dependencies that the config adds, whatever the version', async () => {
    const provider = offering({ ...CORE, alpha: { '1.0.0': [], '2.0.0': [] } });
    const added = new Map([['alpha', [dependency('core@^1')]]]);
    expect(await versions(problem(['alpha'], provider, { added }))).toEqual({ alpha: '2.0.0', core: '1.4.0' });
  });

  test('goes round a circle where a version does without', async () => {
    const provider = offering({
      alpha: { '1.0.0': ['beta'] },
      beta: { '1.0.0': [], '2.0.0': ['core'] },
      core: { '1.0.0': ['alpha'] },
    });
    expect(await versions(problem(['alpha'], provider))).toEqual({ alpha: '1.0.0', beta: '1.0.0' });
  });

  test('passes on what the provider throws: it is no conflict', async () => {
    const given = problem(['alpha'], () => Promise.reject(new Error('the registry is down')));
    await expect(resolve(given)).rejects.toThrow('the registry is down');
  });

  test('ends with the reason of its signal', async () => {
    const given = problem(['alpha'], offering(CORE), { signal: AbortSignal.abort(new Error('enough')) });
    await expect(resolve(given)).rejects.toThrow('enough');
  });

  test('says that it gave up, never that there is a conflict, where the budget ends', async () => {
    const provider = offering({ ...CORE, alpha: { '1.0.0': ['core@^1'] }, beta: { '1.0.0': ['core@^2'] } });
    const needed = await conflict(problem(['alpha', 'beta'], provider));
    for (const budget of [0, 1, 10, needed.steps - 1]) {
      expect(await resolve(problem(['alpha', 'beta'], provider, { budget }))).toEqual({ kind: 'gave-up', budget });
    }
    expect((await resolve(problem(['alpha', 'beta'], provider, { budget: needed.steps }))).kind).toBe('conflict');
  });
});

describe('a conflict', () => {
  const catalogue = {
    ...CORE,
    alpha: { '1.0.0': ['core@^1'], '1.1.0': ['core@^1'], '2.0.0': ['core@^2'] },
    beta: { '1.0.0': [], '2.0.0': ['core@^2'], '2.1.0': ['core@^2'] },
    other: { '1.0.0': ['core'] },
  };

  test('says who needs what, without what has nothing to do with it, and what would help', async () => {
    const { reasons, remedies, core } = await conflict(problem(['alpha@^1', 'beta@^2', 'other'], offering(catalogue)));
    expect(reasons).toEqual([
      'Because alpha ^1 depends on core ^1 and beta ^2 depends on core ^2, alpha ^1 and beta ^2 do not go together.',
      'So, because the config asks for beta ^2 and alpha ^1, there is no solution.',
    ]);
    expect(core).toHaveLength(4);
    expect(remedies.toSorted()).toEqual([
      'alpha@^2.0.0 would do, in place of alpha@^1',
      'beta@^1.0.0 would do, in place of beta@^2',
    ]);
  });

  test('names a plugin that nobody has, and who needs it', async () => {
    const { reasons, remedies } = await conflict(problem(['alpha'], offering({ alpha: { '1.0.0': ['gone@^1'] } })));
    expect(reasons).toEqual([
      'Because alpha 1.0.0 depends on gone ^1 (no registry has it) and the config asks for alpha, there is no solution.',
    ]);
    expect(remedies).toEqual([]);
  });

  test('says which versions there are where none is in a range', async () => {
    const { reasons } = await conflict(problem(['core@^7'], offering(CORE)));
    expect(reasons).toEqual(['The config asks for core ^7 (there is only 1.0.0, 1.4.0, 2.0.0 and 2.1.0).']);
  });

  test('counts host and platform among its reasons, and a newer host among what would help', async () => {
    const provider = offering({
      alpha: { '1.0.0': ['core@^2'] },
      core: {
        '1.0.0': [],
        '2.0.0': { minHost: '2.0.0' },
        '2.1.0': { minHost: '2.0.0' },
        '2.2.0': { platforms: ['win32'] },
      },
    });
    const { reasons, remedies } = await conflict(problem(['alpha'], provider));
    expect(reasons.join(' ')).toContain(
      'core 2.0.0 and 2.1.0 needs version 2.0.0 of the host or newer (this is 1.0.0)',
    );
    expect(reasons.join(' ')).toContain('core 2.2.0 runs on win32 (this is linux-x64)');
    expect(remedies).toEqual(['version 2.0.0 of the host or newer would do']);
  });

  test('names the circle', async () => {
    const provider = offering({
      alpha: { '1.0.0': ['beta'] },
      beta: { '1.0.0': ['core'] },
      core: { '1.0.0': ['alpha'] },
    });
    const { core, reasons } = await conflict(problem(['alpha'], provider));
    expect(core).toContainEqual({ kind: 'cycle', path: ['alpha', 'beta', 'core', 'alpha'] });
    expect(reasons.join(' ')).toContain('depend on each other: alpha -> beta -> core -> alpha');
  });

  test('names what depends on itself', async () => {
    const { core, reasons } = await conflict(problem(['alpha'], offering({ alpha: { '1.0.0': ['alpha'] } })));
    expect(core).toContainEqual({ kind: 'cycle', path: ['alpha', 'alpha'] });
    expect(reasons).toEqual([
      'Because alpha 1.0.0 depends on itself and the config asks for alpha, there is no solution.',
    ]);
  });

  test('names a plugin of a path with its place, and what it would have to do without', async () => {
    const provider = offering(CORE, { local: { '1.0.0': ['core@^1'] } });
    const { reasons, remedies } = await conflict(problem(['local', 'core@^2'], provider));
    expect(reasons).toEqual([
      'Because local 1.0.0 depends on core ^1 and the config asks for local 1.0.0 (./local), core ^1 is needed.',
      'So, because the config asks for core ^2, there is no solution.',
    ]);
    expect(remedies.toSorted()).toEqual([
      'a local (./local) that does not depend on core ^1 would do',
      'core@^1.4.0 would do, in place of core@^2',
    ]);
  });

  test('says what the config added', async () => {
    const added = new Map([['alpha', [dependency('core@^9')]]]);
    const { reasons, remedies } = await conflict(
      problem(['alpha'], offering({ ...CORE, alpha: { '1.0.0': [] } }), { added }),
    );
    expect(reasons.join(' ')).toContain('the config lets alpha depend on core ^9 (there is only');
    expect(remedies).toEqual(['take core out of plugins.alpha.dependencies in the config']);
  });

  test('is the same in whatever order roots and versions come', async () => {
    const reversed = Object.fromEntries(
      Object.entries(catalogue).map(([name, all]) => [name, Object.fromEntries(Object.entries(all).toReversed())]),
    );
    const one = await conflict(problem(['alpha@^1', 'beta@^2'], offering(catalogue)));
    const other = await conflict(problem(['beta@^2', 'alpha@^1'], offering(reversed)));
    expect(other).toEqual(one);
  });

  test('shows text of others on one line, without what a terminal acts on, and cut', async () => {
    const provider = offering({ alpha: { '1.0.0': { refused: `\u001b[31mred\n${'x'.repeat(100_000)}` } } });
    const { reasons } = await conflict(problem(['alpha'], provider));
    expect(reasons.join('\n')).not.toContain('\u001b');
    expect(reasons).toHaveLength(1);
    expect(reasons[0]!.length).toBeLessThan(1_000);
  });

  test('tells more than a person reads as a list that says how much more there is', async () => {
    const chain = Object.fromEntries(Array.from({ length: 400 }, (_, at) => [`p${at}`, { '1.0.0': [`p${at + 1}`] }]));
    const { reasons } = await conflict(problem(['p0'], offering(chain)));
    expect(reasons.length).toBeLessThan(30);
    expect(reasons.at(-1)).toMatch(/^These and \d+ more such reasons cannot all hold\.$/);
  });

  test('compares with the host as it is given', async () => {
    const provider = offering({ alpha: { '1.0.0': { maxHost: '1.9.0' } } });
    const host = { ...HOST, version: '2.0.0' };
    const { reasons } = await conflict(problem(['alpha'], provider, { host }));
    expect(reasons).toEqual([
      'Because alpha 1.0.0 supports the host up to version 1.9.0 (this is 2.0.0) and the config asks for alpha, there is no solution.',
    ]);
  });
});
