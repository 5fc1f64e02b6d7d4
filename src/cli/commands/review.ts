import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { join, relative, resolve } from 'node:path';
import semver from 'semver';
import { writeAtomic } from '../../core/atomic-file.ts';
import { digestOfJson, isDigest } from '../../core/digest.ts';
import { messageOf, PluginError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { storeError } from '../../core/system-error.ts';
import { withFileLock } from '../../lock/file-lock.ts';
import { readDocument } from '../../source/document.ts';
import { publicKeyOf } from '../../trust/keys.ts';
import type { Publishers } from '../../trust/publishers.ts';
import {
  formatReviewFile,
  MAX_REVIEW_FILE_BYTES,
  parseReviewFile,
  reviewFileOf,
  type ReviewBundles,
} from '../../trust/reviews/file.ts';
import { readReviews } from '../../trust/reviews/read.ts';
import { CRITERION, isDay, reviewStatement, type ReviewRecord, type Verdict } from '../../trust/reviews/record.ts';
import { signStatement } from '../../trust/sign.ts';
import { nowOf } from '../publish-time.ts';
import { readPrivateKey } from '../private-key.ts';
import type { Session } from '../session.ts';
import { fromHere } from '../specifier.ts';

export interface ReviewCommandOptions {
  readonly key?: string;
  readonly criteria?: readonly string[];
  readonly verdict: Verdict;
  readonly base?: string;
  readonly expires?: string;
  readonly notes?: string;
  readonly to: string;
}

/** A review is good for so long, unless its reviewer says otherwise. */
const YEAR = 365 * 86_400_000;

/** `aitbc plugin review`: a signed record of what a reviewer found in these bytes, added to the plugin's file of reviews. */
export async function review(session: Session, target: string, options: ReviewCommandOptions): Promise<number> {
  const { output } = session;
  const config = await session.config({ begin: true });
  const key = await readPrivateKey(options.key, `plugin review ${target}`);
  const [reviewed, expires] = daysOf(options);
  const criteria = criteriaOf(options, target);
  const loader = await session.loader(config);
  const { entry } = await loader.identify(config.plugins.has(target) ? target : fromHere(target, config), {
    signature: 'ignore',
    signal: session.signal,
  });
  session.progress.clear();
  const { name, version } = entry.metadata;
  const folder = resolve(options.to);
  const file = join(folder, reviewFileOf(name));
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw storeError('write', folder, error);
  }
  const record = await withFileLock(file, async ({ assertHeld }) => {
    const known = await knownReviews(session, file);
    const base = options.base === undefined ? {} : { base: await baseOf(options.base, name, known, key) };
    const made: ReviewRecord = {
      name,
      version,
      integrity: entry.integrity,
      verdict: options.verdict,
      criteria,
      ...base,
      reviewed,
      expires,
      ...(options.notes === undefined ? {} : { notes: options.notes }),
    };
    const bundle = JSON.parse(await signStatement(reviewStatement(made), key)) as JsonObject;
    const text = formatReviewFile(new Map([...known, [digestOfJson(bundle), bundle]]));
    await assertHeld();
    try {
      await writeAtomic(file, text);
    } catch (error) {
      throw storeError('write', file, error);
    }
    return made;
  });
  const reviewer = publicKeyOf(createPublicKey(key)).id;
  output.data({ ...record, reviewer, file });
  const what = record.base === undefined ? 'all of it' : `what changed since ${record.base.version}`;
  output.line(`Reviewed ${name} ${version} (${what}): ${record.verdict}, ${criteria.join(', ')}`);
  output.line(`    checksum  ${entry.integrity}`);
  output.line(`    reviewer  ${reviewer}`);
  output.line(`    expires   ${record.verdict === 'violation' ? 'never' : expires}`);
  output.line(`    written   ${relative('.', file)}`);
  return 0;
}

async function knownReviews(session: Session, file: string): Promise<ReviewBundles> {
  const config = await session.config({ begin: true });
  const bytes = await readDocument(file, MAX_REVIEW_FILE_BYTES, {
    config: config.fetch,
    root: config.root,
    offline: true,
    logger: session.logger,
  });
  if (bytes === undefined) return new Map();
  try {
    return parseReviewFile(bytes);
  } catch (error) {
    throw new PluginError('ERR_USAGE', `Cannot add a review to "${file}": ${messageOf(error)}`, {
      hint: 'Nothing was written. Repair the file, or write to another folder with --to <folder>.',
      cause: error,
    });
  }
}

/** A version that this reviewer has looked at before, or a digest. */
async function baseOf(
  text: string,
  name: string,
  known: ReviewBundles,
  key: KeyObject,
): Promise<NonNullable<ReviewRecord['base']>> {
  const [version = '', digest] = text.split('=', 2);
  if (semver.valid(version) === null || (digest !== undefined && !isDigest(digest))) {
    throw new PluginError('ERR_USAGE', `Cannot review changes since "${text}": it is no version`, {
      hint: '--base 1.2.0, or with its checksum: --base 1.2.0=sha256:<hex>',
    });
  }
  if (digest !== undefined) return { version, integrity: digest };
  const { reviews } = await readReviews(known, onlyKey(key));
  const digests = new Set(
    reviews.filter((one) => one.name === name && one.version === version).map((one) => one.integrity),
  );
  const [integrity] = digests;
  if (integrity !== undefined && digests.size === 1) return { version, integrity };
  throw new PluginError(
    'ERR_USAGE',
    `Cannot review changes since ${version}: ${digests.size === 0 ? 'this key has not reviewed it' : 'this key has reviewed several of that version'}`,
    { hint: `Give its checksum, too: --base ${version}=sha256:<hex>   (\`aitbc plugin info\` shows it)` },
  );
}

function onlyKey(privateKey: KeyObject): Publishers {
  const key = publicKeyOf(createPublicKey(privateKey));
  return { keys: new Map([[key.id, { ...key, publisher: 'you' }]]), identities: [], trustedRoot: undefined };
}

function criteriaOf({ criteria = [] }: ReviewCommandOptions, target: string): readonly string[] {
  const all = [...new Set(criteria)];
  if (all.length > 0 && all.every((one) => CRITERION.test(one))) return all;
  throw new PluginError(
    'ERR_USAGE',
    all.length === 0
      ? `Cannot review "${target}": no criterion is given`
      : 'Cannot use --criteria: a criterion is a word of lower-case letters, digits and dashes',
    { hint: `Say what you looked for: aitbc plugin review ${target} --criteria safe-to-run` },
  );
}

function daysOf({ expires }: ReviewCommandOptions): readonly [string, string] {
  const now = Date.parse(nowOf(process.env));
  const today = new Date(now).toISOString().slice(0, 10);
  if (expires === undefined) return [today, new Date(now + YEAR).toISOString().slice(0, 10)];
  if (isDay(expires) && expires >= today) return [today, expires];
  throw new PluginError('ERR_USAGE', `Cannot use --expires ${expires}: it is no day to come`, {
    hint: 'A day in UTC, today or later: --expires 2027-12-31',
  });
}
