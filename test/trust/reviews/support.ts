import { digestOf, digestOfJson, type Digest } from '../../../src/core/digest.ts';
import type { JsonObject } from '../../../src/core/json.ts';
import type { Review } from '../../../src/trust/reviews/read.ts';
import { reviewStatement, type ReviewRecord } from '../../../src/trust/reviews/record.ts';
import { signStatement } from '../../../src/trust/sign.ts';
import type { Keys } from '../support.ts';

export const RECORD: ReviewRecord = {
  name: 'greeter',
  version: '1.2.0',
  integrity: digestOf('the plugin'),
  verdict: 'pass',
  criteria: ['safe-to-run'],
  reviewed: '2026-01-01',
  expires: '2027-01-01',
};

export async function bundleOf(by: Keys, record: ReviewRecord | Buffer): Promise<JsonObject> {
  const statement = Buffer.isBuffer(record) ? record : reviewStatement(record);
  return JSON.parse(await signStatement(statement, by.privateKey)) as JsonObject;
}

export async function bundles(
  ...all: readonly (readonly [Keys, Partial<ReviewRecord>])[]
): Promise<Map<Digest, JsonObject>> {
  const made = await Promise.all(all.map(([by, change]) => bundleOf(by, { ...RECORD, ...change })));
  return new Map(made.map((bundle) => [digestOfJson(bundle), bundle]));
}

/** A review as `readReviews` gives it, without a signature. */
export function reviewBy(reviewer: string, change: Partial<ReviewRecord> = {}): Review {
  const record = { ...RECORD, ...change };
  return {
    ...record,
    reviewer,
    signer: `key:${digestOf(reviewer)}`,
    id: digestOf(`${reviewer} ${JSON.stringify(record)}`),
  };
}
