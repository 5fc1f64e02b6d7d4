import { describe, expect, it } from 'vitest';
import { digestOf, digestOfJson } from '../../../src/core/digest.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import { authorsAmong } from '../../../src/trust/reviews/authors.ts';
import { formatReviewFile, parseReviewFile, reviewFileOf } from '../../../src/trust/reviews/file.ts';
import { readReviews } from '../../../src/trust/reviews/read.ts';
import { reviewStatement, type ReviewRecord } from '../../../src/trust/reviews/record.ts';
import { statementOf } from '../../../src/trust/statement.ts';
import { keys, publishersOf, RELEASE, type BundleJson } from '../support.ts';
import { bundleOf, bundles, RECORD } from './support.ts';

const alice = keys();
const stranger = keys('p256');
const reviewers = publishersOf({ alice });

const read = async (bundle: JsonObject) => readReviews(new Map([[digestOfJson(bundle), bundle]]), reviewers);

/** Signed by alice, with another predicate than any that `plugin review` makes. */
async function withPredicate(change: Record<string, unknown>): Promise<JsonObject> {
  const statement = JSON.parse(reviewStatement(RECORD).toString()) as { predicate: Record<string, unknown> };
  Object.assign(statement.predicate, change);
  return bundleOf(alice, Buffer.from(JSON.stringify(statement)));
}

describe('readReviews()', () => {
  it('reads what a reviewer of the config has signed, word for word', async () => {
    const record: ReviewRecord = {
      ...RECORD,
      base: { version: '1.1.0', integrity: digestOf('before') },
      notes: 'Looked at “greet” twice.',
    };
    const { reviews, unknown, wrong } = await read(await bundleOf(alice, record));
    expect({ unknown, wrong }).toEqual({ unknown: 0, wrong: [] });
    expect(reviews).toMatchObject([{ ...record, reviewer: 'alice', signer: alice.publicKey.id }]);
  });

  it('counts what nobody of the config has signed, and takes it for nothing', async () => {
    expect(await read(await bundleOf(stranger, RECORD))).toEqual({ reviews: [], unknown: 1, wrong: [] });
  });

  it.each<[string, () => Promise<JsonObject>, string]>([
    ['of a release', () => bundleOf(alice, statementOf(RELEASE)), 'something else than a review'],
    ['with an unknown verdict', () => withPredicate({ verdict: 'fine' }), 'verdict'],
    ['without criteria', () => withPredicate({ criteria: [] }), 'criteria'],
    ['with a criterion that is no word', () => withPredicate({ criteria: ['safe to run'] }), 'criteria'],
    ['with a day that is none', () => withPredicate({ expires: '2026-02-30' }), 'expires'],
    ['whose base is itself', () => withPredicate({ base: { version: '1.0.0', integrity: RECORD.integrity } }), 'base'],
    ['whose base is no version', () => withPredicate({ base: { version: 'x', integrity: digestOf('x') } }), 'base'],
    ['with endless notes', () => withPredicate({ notes: 'x'.repeat(5_000) }), 'notes'],
    ['of another plugin than its subject', () => withPredicate({ name: 'other' }), 'subject'],
    ['that is no bundle', () => Promise.resolve({ a: 1 }), ''],
  ])('refuses a bundle %s', async (_, make, reason) => {
    const { reviews, wrong } = await read(await make());
    expect(reviews).toEqual([]);
    expect(wrong).toHaveLength(1);
    expect(wrong[0]?.reason).toContain(reason);
  });

  it('refuses a bundle whose payload was changed', async () => {
    const bundle = (await bundleOf(alice, RECORD)) as unknown as BundleJson;
    bundle.dsseEnvelope.payload = reviewStatement({ ...RECORD, integrity: digestOf('others') }).toString('base64');
    const { reviews, wrong } = await read(bundle as unknown as JsonObject);
    expect([reviews.length, wrong.length]).toEqual([0, 1]);
  });
});

describe('parseReviewFile()', () => {
  it('reads what formatReviewFile() writes, one review a line, in the same order whatever came first', async () => {
    const some = await bundles([alice, {}], [stranger, {}], [alice, { version: '1.3.0' }]);
    const text = formatReviewFile(some);
    expect(formatReviewFile(new Map([...some].reverse()))).toBe(text);
    expect(text.split('\n')).toHaveLength(3 + 5);
    const again = parseReviewFile(Buffer.from(text));
    expect([...again.keys()].sort()).toEqual([...some.keys()].sort());
  });

  it.each([
    ['{', 'line 1'],
    ['[]', 'no list'],
    ['null', 'no list'],
    ['{"reviews":{}}', 'no list'],
    ['{"reviews":[1]}', 'review 1'],
    ['{"reviews":[],"reviews":[]}', 'line 1'],
    [`{"reviews":[${Array.from({ length: 5_000 }, () => '{}').join()}]}`, 'at most'],
  ])('refuses %.40s', (text, reason) => {
    expect(() => parseReviewFile(Buffer.from(text))).toThrow(reason);
  });
});

describe('reviewFileOf()', () => {
  it.each(['../greeter', 'a/b', '', '.', '..', 'a\\b', 'a\u0000', 'x'.repeat(200)])('makes no file of %j', (name) => {
    expect(() => reviewFileOf(name)).toThrow('no file');
  });
});

describe('authorsAmong()', () => {
  it('finds the publisher under its own name, and under another with one key in common', () => {
    const [one, two] = [keys(), keys()];
    const publishers = publishersOf({ acme: one, labs: two });
    expect([...authorsAmong(publishersOf({ acme: keys(), bob: keys() }), publishers, 'acme')]).toEqual(['acme']);
    expect([...authorsAmong(publishersOf({ alice: one, bob: two }), publishers, 'acme')]).toEqual(['alice']);
    expect([...authorsAmong(publishersOf({ acme: one }), publishers, undefined)]).toEqual([]);
  });
});
