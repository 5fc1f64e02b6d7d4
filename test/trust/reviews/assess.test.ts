import { describe, expect, it } from 'vitest';
import { digestOf } from '../../../src/core/digest.ts';
import { assess, type AssessOptions, type Wanted } from '../../../src/trust/reviews/assess.ts';
import type { Review } from '../../../src/trust/reviews/read.ts';
import { RECORD, reviewBy } from './support.ts';

const OLD = { version: '1.1.0', integrity: digestOf('the plugin before') };
const OLDEST = { version: '1.0.0', integrity: digestOf('the first plugin') };
const SINCE_OLD = { base: OLD };

const judge = (reviews: readonly Review[], wanted: Partial<Wanted> = {}, options: Partial<AssessOptions> = {}) =>
  assess(
    RECORD,
    reviews,
    { criteria: ['safe-to-run'], reviewers: 1, ...wanted },
    {
      authors: new Set(),
      today: '2026-06-01',
      ...options,
    },
  );

describe('assess()', () => {
  it.each<[string, Review[], Partial<Wanted>]>([
    ['one full review', [reviewBy('alice')], {}],
    ['two reviewers where two are asked for', [reviewBy('alice'), reviewBy('bob')], { reviewers: 2 }],
    [
      'criteria of different reviewers',
      [reviewBy('alice'), reviewBy('bob', { criteria: ['audited'] })],
      { criteria: ['safe-to-run', 'audited'] },
    ],
    ['changes since a version that passed', [reviewBy('alice', SINCE_OLD), reviewBy('bob', OLD)], {}],
    [
      'a chain of changes',
      [reviewBy('alice', SINCE_OLD), reviewBy('alice', { ...OLD, base: OLDEST }), reviewBy('bob', OLDEST)],
      {},
    ],
    ['an expired review beside one that counts', [reviewBy('bob', { expires: '2026-05-31' }), reviewBy('alice')], {}],
    ['a review on its last day', [reviewBy('alice', { expires: '2026-06-01' })], {}],
  ])('accepts %s', (_, reviews, wanted) => {
    expect(judge(reviews, wanted).kind).toBe('enough');
  });

  it.each<[string, Review[], Partial<Wanted>]>([
    ['none', [], {}],
    [
      'one reviewer twice where two are asked for',
      [reviewBy('alice'), reviewBy('alice', { notes: 'again' })],
      { reviewers: 2 },
    ],
    ['another criterion', [reviewBy('alice', { criteria: ['pretty'] })], {}],
    ['other bytes', [reviewBy('alice', { integrity: digestOf('others') })], {}],
    ['the same bytes under another name', [reviewBy('alice', { name: 'other' })], {}],
    ['an expired one', [reviewBy('alice', { expires: '2026-05-31' })], {}],
    ['one that is dated in the future', [reviewBy('alice', { reviewed: '2026-06-02' })], {}],
    ['changes since what nobody reviewed', [reviewBy('alice', SINCE_OLD)], {}],
    [
      'changes since what passed another criterion',
      [reviewBy('alice', SINCE_OLD), reviewBy('bob', { ...OLD, criteria: ['pretty'] })],
      {},
    ],
    [
      'changes since what fewer reviewers passed',
      [reviewBy('alice', SINCE_OLD), reviewBy('bob', SINCE_OLD), reviewBy('bob', OLD)],
      { reviewers: 2 },
    ],
    [
      'changes since what has a violation',
      [reviewBy('alice', SINCE_OLD), reviewBy('bob', OLD), reviewBy('carol', { ...OLD, verdict: 'violation' })],
      {},
    ],
    [
      'changes since an expired review',
      [reviewBy('alice', SINCE_OLD), reviewBy('bob', { ...OLD, expires: '2026-05-31' })],
      {},
    ],
    [
      'a circle of changes',
      [
        reviewBy('alice', SINCE_OLD),
        reviewBy('alice', { ...OLD, base: { version: RECORD.version, integrity: RECORD.integrity } }),
      ],
      {},
    ],
  ])('does not accept %s', (_, reviews, wanted) => {
    expect(judge(reviews, wanted).kind).toBe('lacking');
  });

  it('does not count the author, neither for the version nor for what it rests on, and says so', () => {
    const options = { authors: new Set(['acme']) };
    expect(judge([reviewBy('acme')], {}, options)).toEqual({
      kind: 'lacking',
      criterion: 'safe-to-run',
      have: 0,
      used: [],
      notCounted: ['acme is its author'],
    });
    expect(judge([reviewBy('alice', SINCE_OLD), reviewBy('acme', OLD)], {}, options).kind).toBe('lacking');
  });

  it('lets a violation veto, whoever passed it, whatever its criterion, name and last day', () => {
    const veto = reviewBy('bob', { verdict: 'violation', criteria: ['other'], expires: '2026-01-02', name: 'renamed' });
    expect(judge([reviewBy('alice'), veto])).toEqual({ kind: 'violation', by: veto });
  });

  it('names all that an acceptance rests on', () => {
    const [changes, before] = [reviewBy('alice', SINCE_OLD), reviewBy('bob', OLD)];
    expect(judge([before, reviewBy('carol', OLDEST), changes])).toEqual({ kind: 'enough', used: [changes, before] });
  });

  it('forgets no review that was locked: without a day nothing has expired', () => {
    expect(judge([reviewBy('alice', { expires: '2026-01-02' })], {}, { today: undefined }).kind).toBe('enough');
  });

  it('judges thousands of changes at once', () => {
    const at = (index: number) => ({ version: `1.0.${index}`, integrity: digestOf(`bytes ${index}`) });
    const chain = Array.from({ length: 2_000 }, (_, index) => reviewBy('alice', { ...at(index), base: at(index + 1) }));
    const reviews = [...chain, reviewBy('alice', at(2_000))];
    const found = assess(
      { name: 'greeter', ...at(0) },
      reviews,
      { criteria: ['safe-to-run'], reviewers: 1 },
      {
        authors: new Set(),
        today: undefined,
      },
    );
    expect(found).toMatchObject({ kind: 'enough', used: { length: 2_001 } });
  });
});
