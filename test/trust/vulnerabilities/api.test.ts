import { describe, expect, it } from 'vitest';
import { silentLogger } from '../../../src/core/logger.ts';
import { createHttpClient } from '../../../src/source/http/client.ts';
import { createApiSource } from '../../../src/trust/vulnerabilities/api.ts';
import { openVulnerabilitySource } from '../../../src/trust/vulnerabilities/source.ts';
import type { Looked, PackageRef } from '../../../src/trust/vulnerabilities/types.ts';
import { deadPort, serve, type TestServer } from '../../support/http-server.ts';
import { LODASH, MINIMIST, record, type Osv } from '../../support/osv.ts';
import { fetchConfig } from '../../support/source-context.ts';

interface Query {
  readonly package: { readonly name: string; readonly ecosystem: string };
  readonly version: string;
  readonly page_token?: string;
}

/** An OSV server: `answer` gives the result of one query. */
async function osv(
  answer: (query: Query) => unknown,
  records: readonly Osv[] = [LODASH, MINIMIST],
): Promise<TestServer & { readonly asked: Query[][] }> {
  const asked: Query[][] = [];
  const server = await serve(async (request, response) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const send = (body: unknown, status = 200): void => {
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(typeof body === 'string' ? body : JSON.stringify(body));
    };
    if (request.method === 'POST' && request.url === '/v1/querybatch') {
      const { queries } = JSON.parse(Buffer.concat(chunks).toString()) as { queries: Query[] };
      asked.push(queries);
      const results = queries.map((query) => answer(query));
      if (results.includes('raw')) send('<html>');
      else send({ results: results.filter((result) => result !== 'left out') });
      return;
    }
    const id = /^\/v1\/vulns\/(.+)$/.exec(request.url ?? '')?.[1];
    const found = records.find((item) => item.id === id);
    if (found === undefined) send({ code: 5, message: 'Bug not found.' }, 404);
    else send(found);
  });
  return { ...server, asked, [Symbol.asyncDispose]: () => server.close() };
}

const ref = (name: string, version: string): PackageRef => ({
  purl: `pkg:npm/${name}@${version}`,
  ecosystem: 'npm',
  name,
  version,
});
const OLD = ref('lodash', '4.17.20');

async function look(url: string, ...packages: PackageRef[]): Promise<ReadonlyMap<string, Looked>> {
  const source = createApiSource(url, createHttpClient({ config: fetchConfig, logger: silentLogger }, { backoff: 1 }));
  try {
    return await source.look(packages);
  } finally {
    await source.close();
  }
}

const vulns = (...ids: string[]): object => ({ vulns: ids.map((id) => ({ id, modified: '2026-01-01T00:00:00Z' })) });

describe('createApiSource()', () => {
  it('asks for all packages at once, then for each record once, and knows its fix', async () => {
    await using server = await osv(({ package: { name } }) => (name === 'lodash' ? vulns(LODASH.id) : {}));
    const looked = await look(server.url, OLD, ref('lodash', '4.17.19'), ref('zod', '4.1.0'));
    expect(looked.get('pkg:npm/lodash@4.17.20')).toMatchObject({
      hits: [{ advisory: { id: LODASH.id }, fixed: ['4.17.21'] }],
    });
    expect(looked.get('pkg:npm/zod@4.1.0')).toEqual({ hits: [] });
    expect(server.asked).toHaveLength(1);
    expect(server.asked[0]?.[0]).toEqual({ package: { ecosystem: 'npm', name: 'lodash' }, version: '4.17.20' });
    expect(server.requests.filter(({ method }) => method === 'GET')).toHaveLength(1);
  });

  it('asks for further pages of those packages that have them', async () => {
    const second = record('GHSA-2', 'lodash', [{ introduced: '0' }]);
    await using server = await osv(
      ({ package: { name }, page_token: token }) =>
        name !== 'lodash' ? {} : token === 'p2' ? vulns('GHSA-2') : { ...vulns(LODASH.id), next_page_token: 'p2' },
      [LODASH, second],
    );
    const looked = (await look(server.url, OLD, ref('zod', '4.1.0'))).get(OLD.purl);
    expect(looked).toMatchObject({ hits: [{ advisory: { id: 'GHSA-2' } }, { advisory: { id: LODASH.id } }] });
    expect(server.asked.map((queries) => queries.length)).toEqual([2, 1]);
  });

  it('splits what is more than a batch may hold', async () => {
    await using server = await osv(() => ({}));
    const many = Array.from({ length: 1_500 }, (_, index) => ref('p', `1.0.${index}`));
    expect([...(await look(server.url, ...many)).values()].every((one) => 'hits' in one)).toBe(true);
    expect(server.asked.map((queries) => queries.length)).toEqual([1_000, 500]);
  });

  it('trusts the server for which versions are affected, and leaves out what was withdrawn', async () => {
    const gone = { ...MINIMIST, withdrawn: '2026-01-01T00:00:00Z' };
    await using server = await osv(
      ({ package: { name } }) => vulns(name === 'lodash' ? LODASH.id : MINIMIST.id),
      [LODASH, gone],
    );
    const looked = await look(server.url, ref('lodash', '5.0.0'), ref('minimist', '1.2.5'));
    expect(looked.get('pkg:npm/lodash@5.0.0')).toMatchObject({ hits: [{ fixed: [] }] });
    expect(looked.get('pkg:npm/minimist@1.2.5')).toEqual({ hits: [] });
  });

  it.each<[string, (query: Query) => unknown, string]>([
    ['leaves a query out', () => 'left out', 'it answered 0 of 1 queries'],
    ['answers with a page', () => 'raw', 'gave no answer'],
    ['answers null', () => null, 'a result is no object'],
    ['gives vulns that are no list', () => ({ vulns: {} }), 'its vulns are no list'],
    ['gives an id that is a path', () => ({ vulns: [{ id: '../../admin' }] }), 'a vulnerability has no id'],
    ['has pages without end', () => ({ next_page_token: 'again' }), 'more than 50 pages'],
    ['names a record that it does not have', () => vulns('GHSA-none'), 'GHSA-none cannot be read'],
    [
      'names more than there can be',
      () => vulns(...Array.from({ length: 3_000 }, (_, index) => `X-${index}`)),
      'more than 2000',
    ],
    ['names a record of another package', () => vulns(MINIMIST.id), 'it says nothing of this package'],
  ])('cannot say it, and does not say clean, when the server %s', async (_, answer, why) => {
    await using server = await osv(answer);
    expect((await look(server.url, OLD)).get(OLD.purl)).toMatchObject({ why: expect.stringContaining(why) as string });
  });

  it('cannot say it when a record is another than was asked for, or the server is down', async () => {
    await using server = await serve({
      '/v1/querybatch': (_request, response) => void response.end(JSON.stringify({ results: [vulns('GHSA-x')] })),
      '/v1/vulns/GHSA-x': JSON.stringify(LODASH),
    });
    expect((await look(server.url, OLD)).get(OLD.purl)).toMatchObject({
      why: expect.stringContaining(`answered with ${LODASH.id}`) as string,
    });
    const dead = `http://127.0.0.1:${await deadPort()}`;
    expect((await look(dead, OLD)).get(OLD.purl)).toMatchObject({
      why: expect.stringContaining('nothing listens') as string,
    });
  });
});

describe('openVulnerabilitySource() with an API', () => {
  const open = async (api: string, offline = false) => {
    const vulnerabilities = { block: undefined, unchecked: 'warn', api, database: [], maxAge: 1, ignore: [] } as const;
    const trust = {
      publishers: new Map(),
      namespaces: new Map(),
      require: 'none',
      sources: new Map(),
      exceptions: [],
      trustedRoot: undefined,
      vulnerabilities,
    } as const;
    return openVulnerabilitySource({
      config: { cacheDir: '/nonexistent', fetch: fetchConfig, trust },
      offline,
      http: async () => createHttpClient({ config: fetchConfig, logger: silentLogger }),
    });
  };

  it('asks nobody offline, and over plain http: this machine alone', async () => {
    expect((await open('https://osv.example', true)).state).toMatchObject({
      kind: 'none',
      why: expect.stringContaining('--offline') as string,
    });
    const plain = await open('http://osv.example');
    expect((await plain.look([OLD])).get(OLD.purl)).toMatchObject({
      why: expect.stringContaining('plain http:') as string,
    });
    const near = await open('http://127.0.0.1:1');
    expect(near.state).toEqual({ kind: 'api', url: 'http://127.0.0.1:1' });
    await near.close();
  });
});
