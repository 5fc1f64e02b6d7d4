import { describe, expect, test } from 'vitest';
import { resolve } from '../../../src/registry/resolve/resolve.ts';
import type { Candidate, Offer, Provider } from '../../../src/registry/resolve/types.ts';
import { offering, problem } from './support.ts';

const MANY = 10_000;

function registry(offer: (name: string) => readonly Candidate[]): Provider {
  return (name): Offer => ({ kind: 'registry', candidates: offer(name), absent: 'no registry has it' });
}

const plain = (version: string): Candidate => ({ version, dependencies: [] });

describe('resolve() of what a hostile registry says', () => {
  test('chooses among 10,000 versions', async () => {
    const provider = registry((name) =>
      Array.from({ length: MANY }, (_, minor) => ({
        version: `1.${minor}.0`,
        dependencies: name === 'alpha' ? [{ name: 'beta', range: '^1' }] : [],
      })),
    );
    const found = await resolve(problem(['alpha'], provider));
    expect(found.kind === 'resolved' && Object.fromEntries(found.versions)).toEqual({
      alpha: '1.9999.0',
      beta: '1.9999.0',
    });
  });

  test('passes over 10,000 versions that cannot be used', async () => {
    const provider = registry(() =>
      Array.from({ length: MANY }, (_, minor) => ({
        ...plain(`1.${minor}.0`),
        minHost: minor === 0 ? '1.0.0' : '9.0.0',
      })),
    );
    const found = await resolve(problem(['alpha'], provider));
    expect(found.kind === 'resolved' && found.versions.get('alpha')).toBe('1.0.0');
  });

  test('gives up where each of 10,000 versions wants another range of 10,000 versions', async () => {
    const provider = registry((name) =>
      Array.from({ length: MANY }, (_, minor) => ({
        version: `1.${minor}.0`,
        dependencies: name === 'alpha' ? [{ name: 'beta', range: `>=2.${minor} || 3.${minor}.x` }] : [],
      })),
    );
    expect((await resolve(problem(['alpha'], provider))).kind).toBe('gave-up');
  });

  test('pays for each part of a long range', async () => {
    const provider = registry((name) =>
      name === 'alpha'
        ? Array.from({ length: 10 }, (_, minor) => ({
            version: `1.${minor}.0`,
            dependencies: [
              { name: 'beta', range: Array.from({ length: 40 }, (__, at) => `${minor + 2}.${at}`).join('||') },
            ],
          }))
        : Array.from({ length: 1_000 }, (_, minor) => plain(`1.${minor}.0`)),
    );
    expect((await resolve(problem(['alpha'], provider, { budget: 400_000 }))).kind).toBe('gave-up');
    expect((await resolve(problem(['alpha'], provider))).kind).toBe('conflict');
  });

  test('follows a chain of 10,000 plugins, to its end and into a conflict', async () => {
    const chain = registry((name) => {
      const next = Number(name.slice(1)) + 1;
      return [{ version: '1.0.0', dependencies: next < MANY ? [{ name: `p${next}`, range: '^1' }] : [] }];
    });
    const found = await resolve(problem(['p0'], chain));
    expect(found.kind === 'resolved' && found.versions.size).toBe(MANY);
    const broken = registry((name) => {
      const next = Number(name.slice(1)) + 1;
      return [{ version: '1.0.0', dependencies: [{ name: `p${next}`, range: next < MANY ? '^1' : '^2' }] }];
    });
    const none = await resolve(problem(['p0'], broken));
    expect(none.kind === 'conflict' && none.core.length).toBe(MANY + 1);
    expect(none.kind === 'conflict' && none.reasons.length).toBeLessThan(20);
  });

  test('ends a circle of 1,000 plugins', async () => {
    const provider = registry((name) => {
      const next = (Number(name.slice(1)) + 1) % 1_000;
      return [{ version: '1.0.0', dependencies: [{ name: `p${next}`, range: '^1' }] }];
    });
    const found = await resolve(problem(['p0'], provider));
    expect(found.kind).toBe('conflict');
    expect(found.kind === 'conflict' && found.reasons.every(({ length }) => length < 3_000)).toBe(true);
  });

  test('gives up on a problem that no proof of bearable length has', async () => {
    // Thirteen pigeons, each in one of twelve holes, which are for one each.
    const pigeons = 13;
    const provider = registry((name) => {
      const at = Number(name.slice(1));
      if (name.startsWith('h')) return Array.from({ length: pigeons }, (_, pigeon) => plain(`${pigeon + 1}.0.0`));
      return Array.from({ length: pigeons - 1 }, (_, hole) => ({
        version: `${hole + 1}.0.0`,
        dependencies: [{ name: `h${hole}`, range: `${at + 1}.0.0` }],
      }));
    });
    const wanted = Array.from({ length: pigeons }, (_, at) => `p${at}`);
    expect(await resolve(problem(wanted, provider, { budget: 2_000_000 }))).toEqual({
      kind: 'gave-up',
      budget: 2_000_000,
    });
  });

  test('lets the process go on while it searches, and ends with its signal', async () => {
    const endless = registry((name) => {
      const next = Number(name.slice(1)) + 1;
      return [{ version: '1.0.0', dependencies: [{ name: `p${next}`, range: '*' }] }];
    });
    const controller = new AbortController();
    setImmediate(() => controller.abort(new Error('enough')));
    await expect(resolve(problem(['p0'], endless, { signal: controller.signal }))).rejects.toThrow('enough');
  });

  test('gives up on a graph without an end', async () => {
    const endless = registry((name) => {
      const next = Number(name.slice(1)) + 1;
      return [{ version: '1.0.0', dependencies: [{ name: `p${next}`, range: '*' }] }];
    });
    expect((await resolve(problem(['p0'], endless, { budget: 100_000 }))).kind).toBe('gave-up');
  });

  test.each([
    ['an empty range', '>=2 <1'],
    ['a long choice', Array.from({ length: 30 }, (_, at) => `${at}`).join('||')],
    ['the largest version', '<=9007199254740991.9007199254740991.9007199254740991'],
    ['what is no range', '>>1'],
  ])('answers for %s', async (_, range) => {
    const provider = registry((name) =>
      name === 'alpha' ? [{ version: '1.0.0', dependencies: [{ name: 'beta', range }] }] : [plain('7.0.0')],
    );
    const found = await resolve(problem(['alpha'], provider));
    expect(found.kind).toBe(range.startsWith('>') ? 'conflict' : 'resolved');
  });

  test('knows names that every object has', async () => {
    const provider = offering({ alpha: { '1.0.0': ['constructor', 'toString@^1'] }, constructor: { '1.0.0': [] } });
    const found = await resolve(problem(['alpha'], provider));
    expect(found.kind === 'conflict' && found.reasons.join(' ')).toContain('toString ^1 (no registry has it)');
  });

  test('takes one version once where it is offered twice, the first', async () => {
    const twice = [plain('1.0.0'), { version: '1.0.0', dependencies: [{ name: 'gone', range: '*' }] }];
    const found = await resolve(
      problem(
        ['alpha'],
        registry((name) => (name === 'alpha' ? twice : [])),
      ),
    );
    expect(found.kind === 'resolved' && [...found.versions]).toEqual([['alpha', '1.0.0']]);
  });
});
