/**
 * Asks an OSV API. Guarantees that every package has an answer of its own: what the server leaves out, answers wrongly or does
 * not answer is a reason why it could not be checked. Trusts the server for which versions are affected, and for nothing else.
 */
import { isPluginError, messageOf } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { HttpClient } from '../../source/http/types.ts';
import { judge } from './match.ts';
import { readRecord, type OsvRecord } from './record.ts';
import type { Hit, Looked, PackageRef, VulnerabilitySource } from './types.ts';

/** As OSV allows. */
const BATCH = 1_000;
const MAX_PAGES = 50;
const MAX_IDS = 2_000;
const MAX_BODY = 64 * 2 ** 20;
const PARALLEL = 8;

interface Asked {
  readonly package: PackageRef;
  readonly ids: Set<string>;
  token: string | undefined;
  why: string | undefined;
}

export function createApiSource(url: string, http: HttpClient): VulnerabilitySource {
  const records = new Map<string, Promise<OsvRecord>>();
  const recordOf = (id: string, signal: AbortSignal | undefined): Promise<OsvRecord> => {
    const asking = records.get(id) ?? fetchRecord(url, http, id, signal);
    records.set(id, asking);
    return asking;
  };
  return {
    state: { kind: 'api', url },
    async look(packages, signal) {
      const asked = packages.map((one): Asked => ({ package: one, ids: new Set(), token: undefined, why: undefined }));
      for (let start = 0; start < asked.length; start += BATCH) {
        await askBatch(url, http, asked.slice(start, start + BATCH), signal);
      }
      const looked = new Map<string, Looked>();
      for (let start = 0; start < asked.length; start += PARALLEL) {
        await Promise.all(
          asked.slice(start, start + PARALLEL).map(async (one) => {
            looked.set(one.package.purl, await answerOf(one, (id) => recordOf(id, signal), signal));
          }),
        );
      }
      return looked;
    },
    close: () => http.close(),
  };
}

/** Fills in the ids, page by page. */
async function askBatch(
  url: string,
  http: HttpClient,
  batch: readonly Asked[],
  signal: AbortSignal | undefined,
): Promise<void> {
  let open = batch;
  for (let page = 0; open.length > 0; page += 1) {
    try {
      if (page === MAX_PAGES) throw new Error(`it has more than ${MAX_PAGES} pages`);
      const queries = open.map(({ package: { ecosystem, name, version }, token }) => ({
        package: { ecosystem, name },
        version,
        ...(token === undefined ? {} : { page_token: token }),
      }));
      const results = resultsOf(await post(`${url}/v1/querybatch`, http, { queries }, signal), open.length);
      for (const [index, one] of open.entries()) takeResult(one, results[index]);
      open = open.filter(({ token, why }) => token !== undefined && why === undefined);
    } catch (error) {
      rethrowAborted(error, signal);
      const why = `${url} gave no answer: ${printable(messageOf(error), { max: 300 })}`;
      for (const one of open) one.why ??= why;
      return;
    }
  }
}

function resultsOf(answer: unknown, expected: number): readonly unknown[] {
  const results = isObject(answer) ? answer['results'] : undefined;
  if (!Array.isArray(results)) throw new Error('its answer has no results');
  if (results.length !== expected) throw new Error(`it answered ${results.length} of ${expected} queries`);
  return results as unknown[];
}

function takeResult(one: Asked, result: unknown): void {
  const bad = (why: string): void => {
    one.why = `the API's answer cannot be read: ${why}`;
  };
  one.token = undefined;
  if (!isObject(result)) return bad('a result is no object');
  const { vulns = [], next_page_token: token } = result;
  if (!Array.isArray(vulns)) return bad('its vulns are no list');
  for (const item of vulns as unknown[]) {
    const id = isObject(item) ? item['id'] : undefined;
    if (typeof id !== 'string' || !/^[A-Za-z0-9][\w.:+-]{0,127}$/.test(id)) return bad('a vulnerability has no id');
    one.ids.add(id);
    if (one.ids.size > MAX_IDS) return bad(`it names more than ${MAX_IDS} vulnerabilities`);
  }
  if (token === undefined || token === null || token === '') return;
  if (typeof token !== 'string' || token.length > 4_096) return bad('its next page cannot be asked for');
  one.token = token;
}

async function answerOf(
  { package: about, ids, why }: Asked,
  recordOf: (id: string) => Promise<OsvRecord>,
  signal: AbortSignal | undefined,
): Promise<Looked> {
  if (why !== undefined) return { why };
  const hits: Hit[] = [];
  for (const id of [...ids].sort()) {
    try {
      const record = await recordOf(id);
      if (record.withdrawn) continue;
      const own = record.advisories.filter(
        ({ ecosystem, package: name }) => ecosystem === about.ecosystem && name === about.name,
      );
      if (own.length === 0) throw new Error('it says nothing of this package');
      const judged = own.map((advisory) => ({ advisory, verdict: judge(advisory, about.version) }));
      // The server compared the versions: another judgement here is no reason to leave it out.
      const affected = judged.filter(({ verdict }) => verdict.affected === true);
      for (const { advisory, verdict } of affected.length > 0 ? affected : judged) {
        hits.push({ advisory, fixed: verdict.affected === true ? verdict.fixed : [] });
      }
    } catch (error) {
      rethrowAborted(error, signal);
      return { why: `${id} cannot be read: ${printable(messageOf(error), { max: 300 })}` };
    }
  }
  return { hits };
}

async function fetchRecord(
  url: string,
  http: HttpClient,
  id: string,
  signal: AbortSignal | undefined,
): Promise<OsvRecord> {
  const { bytes } = await http.get(`${url}/v1/vulns/${encodeURIComponent(id)}`, {
    limit: MAX_BODY,
    expect: 'module',
    accept: 'application/json',
    signal,
  });
  const record = readRecord(parse(bytes));
  if (record.id !== id) throw new Error(`the server answered with ${record.id}`);
  return record;
}

async function post(url: string, http: HttpClient, body: object, signal: AbortSignal | undefined): Promise<unknown> {
  const answer = await http.stream(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json', 'accept-encoding': 'identity' },
    body: Buffer.from(JSON.stringify(body)),
    limit: MAX_BODY,
    signal,
  });
  try {
    if (answer.status !== 200) throw new Error(`the server answered ${answer.status}`);
    const chunks: Uint8Array[] = [];
    for await (const chunk of answer.body) chunks.push(chunk);
    return parse(Buffer.concat(chunks));
  } finally {
    answer.close();
  }
}

/** Read by known keys alone. */
function parse(bytes: Uint8Array): unknown {
  return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes)) as unknown;
}

function rethrowAborted(error: unknown, signal: AbortSignal | undefined): void {
  if (signal?.aborted || isPluginError(error, 'ERR_ABORTED')) throw error;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
