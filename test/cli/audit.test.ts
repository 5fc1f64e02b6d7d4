import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, afterAll, describe, expect, it } from 'vitest';
import { serve } from '../support/http-server.ts';
import { npmRegistry, type NpmRegistry } from '../support/npm-registry.ts';
import { LODASH, MINIMIST, ndjson, OTHER, record, type Osv } from '../support/osv.ts';
import { workshop, type Workshop } from './support.ts';

const MANIFEST = JSON.stringify({
  name: 'greeter',
  version: '1.0.0',
  description: 'Greets',
  author: 'Ada',
  license: 'MIT',
});
const PLUGIN = `import { used } from 'npm:middle@1.0.0';
export default class { used = used; }
`;

let registry: NpmRegistry;

beforeAll(async () => {
  registry = await npmRegistry();
  for (const version of ['4.17.20', '4.17.21']) {
    await registry.add({ name: 'lodash', version, main: 'index.js' }, { 'index.js': 'exports.template = (x) => x;' });
  }
  await registry.add(
    { name: 'minimist', version: '1.2.5', type: 'module', main: 'index.js' },
    { 'index.js': 'export const parse = 1;' },
  );
  const releases: readonly (readonly [version: string, lodash: string])[] = [
    ['1.0.0', '4.17.20'],
    ['1.1.0', '4.17.21'],
  ];
  for (const [version, lodash] of releases) {
    await registry.add(
      {
        name: 'middle',
        version,
        type: 'module',
        main: 'index.js',
        sideEffects: false,
        dependencies: { lodash, minimist: '1.2.5' },
      },
      {
        'index.js': `import lodash from 'lodash';\nexport { parse } from 'minimist';\nexport const used = lodash.template;`,
      },
    );
  }
});
afterAll(() => registry.close());

interface Answer {
  readonly ok: boolean;
  readonly data: Record<string, never> & {
    readonly result: string;
    readonly complete: boolean;
    readonly source: { readonly kind: string };
    readonly plugins: readonly {
      readonly result: string;
      readonly findings: readonly Record<string, unknown>[];
      readonly unchecked: readonly Record<string, unknown>[];
    }[];
  };
}

/** A folder with a plugin that imports middle, which has lodash in it; minimist is shaken out. */
async function shop(trust = '', plugin = PLUGIN): Promise<Workshop> {
  return workshop({
    '.npmrc': `registry=${registry.url}\n`,
    'greeter/plugin.json': MANIFEST,
    'greeter/mod.js': plugin,
    'plugins.yaml': `plugins:\n  greeter: { enabled: true, source: ./greeter }\n${trust}`,
  });
}

async function withDatabase(records: readonly Osv[], trust = '', plugin = PLUGIN): Promise<Workshop> {
  const made = await shop(trust, plugin);
  await made.write({ 'osv.ndjson': ndjson(records) });
  const update = await made.aitbc(['audit', 'db', 'update', 'osv.ndjson']);
  expect(update).toMatchObject({ status: 0, stderr: '' });
  return made;
}

const json = async (
  made: Workshop,
  args: readonly string[] = [],
  env = {},
): Promise<{ status: number | null; answer: Answer }> => {
  const { status, stdout, stderr } = await made.aitbc(['--json', 'plugin', 'audit', ...args], { env });
  expect(stderr).toBe('');
  return { status, answer: JSON.parse(stdout) as Answer };
};
const locked = async (made: Workshop): Promise<Workshop> => {
  expect(await made.aitbc(['plugin', 'lock'])).toMatchObject({ status: 0 });
  return made;
};

describe('plugin audit', () => {
  it('finds what is in the program, with its fix and the way it came in, and exits 1; what is shaken out is no finding', async () => {
    await using made = await locked(await withDatabase([LODASH, MINIMIST]));
    const { status, answer } = await json(made);
    expect(status).toBe(1);
    expect(answer).toMatchObject({
      ok: true,
      data: { result: 'vulnerable', complete: true, source: { kind: 'database' } },
    });
    expect(answer.data.plugins[0]?.findings).toEqual([
      {
        id: 'GHSA-35jh-r3h4-6jhm',
        aliases: ['CVE-2021-23337'],
        severity: 'high',
        score: 7.2,
        summary: 'Command Injection in lodash',
        purl: 'pkg:npm/lodash@4.17.20',
        package: 'lodash',
        version: '4.17.20',
        fixed: ['4.17.21'],
        plugin: 'greeter',
        chain: ['pkg:npm/middle@1.0.0', 'pkg:npm/lodash@4.17.20'],
      },
    ]);
    const people = await made.aitbc(['audit']);
    expect(people.status).toBe(1);
    expect(people.stdout).toContain('GHSA-35jh-r3h4-6jhm (high 7.2) lodash@4.17.20: fixed in 4.17.21');
    expect(people.stdout).toContain('by greeter > pkg:npm/middle@1.0.0 > pkg:npm/lodash@4.17.20');
    expect(people.stdout).toMatch(
      /the local database, 2 records, 2[34] hours old \(newest record \d{4}-\d\d-\d\d, imported/,
    );
    expect((await made.aitbc(['audit', '--level', 'critical'])).status).toBe(0);
  });

  it('is clean with 0 where all was looked up and nothing found, in CI, too', async () => {
    await using made = await locked(await withDatabase([LODASH], '', PLUGIN.replace('1.0.0', '1.1.0')));
    const { status, answer } = await json(made, ['greeter'], { CI: '1' });
    expect({ status, result: answer.data.result, complete: answer.data.complete }).toEqual({
      status: 0,
      result: 'clean',
      complete: true,
    });
  });

  it('never calls clean what nobody looked up: it says so, and fails in CI and with --frozen', async () => {
    await using made = await locked(await shop());
    const { status, answer } = await json(made);
    expect({ status, result: answer.data.result, complete: answer.data.complete }).toEqual({
      status: 0,
      result: 'unchecked',
      complete: false,
    });
    expect(answer.data.plugins[0]?.unchecked[0]?.['why']).toContain('there is no local database');
    expect((await json(made, [], { CI: 'true' })).status).toBe(3);
    const frozen = await made.aitbc(['--frozen', 'plugin', 'audit']);
    expect(frozen.status).toBe(3);
    expect(frozen.stdout).toContain('Not all could be checked: that fails here.');
    expect(frozen.stdout).not.toContain('clean');
  });

  it('cannot check modules of unknown URLs, copies without a version, and says by which name to accept them', async () => {
    await using server = await serve({ '/m.js': 'export const m = 1;' });
    const url = `${server.url}/m.js`;
    const plugin = `import { m } from '${url}'; import c from './node_modules/copied/i.js'; import v from './vendor/old/lib/i.js';\nexport default class { x = [m, c, v]; }`;
    await using made = await withDatabase(
      [record('GHSA-vvvv-vvvv-vvvv', 'old-lib', [{ introduced: '0' }])],
      '',
      plugin,
    );
    await made.write({
      'greeter/node_modules/copied/i.js': 'export default 1;',
      'greeter/vendor/old/lib/i.js': 'export default 2;',
      'greeter/vendor/old/package.json': '{"name":"old-lib","version":"0.1.0"}',
    });
    await locked(made);
    const { status, answer } = await json(made);
    expect(status).toBe(1);
    expect(answer.data.plugins[0]?.findings).toMatchObject([
      { id: 'GHSA-vvvv-vvvv-vvvv', purl: 'pkg:npm/old-lib@0.1.0', fixed: [] },
    ]);
    const unchecked = answer.data.plugins[0]?.unchecked ?? [];
    expect(unchecked.map(({ id }) => id)).toEqual([
      'node_modules/copied',
      expect.stringMatching(/^pkg:generic\/m\.js\?checksum=sha256%3A[0-9a-f]{64}&download_url=http%3A%2F%2F127/),
    ]);
    const accept = unchecked.map(
      ({ id }) => `      - { id: ${JSON.stringify(id)}, reason: known, expires: "2999-01-01" }\n`,
    );
    await made.write({
      'plugins.yaml': `plugins:\n  greeter: { enabled: true, source: ./greeter }\ntrust:\n  vulnerabilities:\n    ignore:\n${accept.join('')}      - { id: GHSA-vvvv-vvvv-vvvv, plugin: greeter, reason: not reached, expires: "2999-01-01" }\n`,
    });
    const accepted = await json(made, [], { CI: '1' });
    expect({ status: accepted.status, result: accepted.answer.data.result }).toEqual({ status: 0, result: 'clean' });
  });

  it('shows an ignore with its end, and counts it again when it has ended', async () => {
    const ignore = (expires: string): string =>
      `trust:\n  vulnerabilities:\n    ignore:\n      - { id: CVE-2021-23337, reason: no templates, expires: "${expires}" }\n`;
    await using made = await locked(await withDatabase([LODASH], ignore('2999-01-01')));
    const people = await made.aitbc(['plugin', 'audit']);
    expect(people.status).toBe(0);
    expect(people.stdout).toContain('ignored until 2999-01-01: no templates');
    expect(people.stdout).toContain('none from low on, 1 ignored');
    await made.write({
      'plugins.yaml': `plugins:\n  greeter: { enabled: true, source: ./greeter }\n${ignore('2020-01-01')}`,
    });
    const later = await made.aitbc(['plugin', 'audit']);
    expect(later.status).toBe(1);
    expect(later.stdout).toContain('its ignore ended with 2020-01-01, so it counts again: no templates');
  });

  it('says that an old database is old, and that it is damaged where it is', async () => {
    const old = { ...OTHER, modified: '2020-01-01T00:00:00Z' };
    await using made = await locked(await withDatabase([old]));
    const { answer } = await json(made);
    expect(answer.data.result).toBe('unchecked');
    expect(answer.data.plugins[0]?.unchecked[0]?.['why']).toContain('knows nothing after 2020-01-01');
    const state = await made.aitbc(['audit', 'db', 'status']);
    expect(state.status).toBe(1);
    const cache = join(made.path, '.cache/aitbc/osv');
    const { generation } = JSON.parse(await readFile(join(cache, 'current.json'), 'utf8')) as { generation: string };
    await made.write({ [`.cache/aitbc/osv/${generation}/index.json`]: '{}' });
    const damaged = await json(made);
    expect(damaged.answer.data.plugins[0]?.unchecked[0]?.['why']).toContain('its index is damaged');
  });

  it('refuses what does not verify before it looks anything up, with the status of that', async () => {
    await using made = await locked(await withDatabase([LODASH]));
    await made.write({ 'greeter/mod.js': `${PLUGIN}// changed` });
    const { status, stderr, stdout } = await made.aitbc(['plugin', 'audit']);
    expect({ status, stdout: stdout.includes('1 refused') }).toEqual({ status: 3, stdout: true });
    expect(stderr).toContain('ERR_INTEGRITY');
  });
});

describe('trust.vulnerabilities.block', () => {
  const BLOCK = 'trust:\n  vulnerabilities: { block: high }\n';

  it('refuses to lock and to add what has one, before anything is written, and lets through what is below it', async () => {
    await using made = await withDatabase([LODASH], BLOCK);
    const refused = await made.aitbc(['plugin', 'lock']);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain(
      'error[ERR_VULNERABLE]: Cannot lock "greeter": lodash@4.17.20 in it has GHSA-35jh-r3h4-6jhm (high)',
    );
    expect(refused.stderr).toContain('Use lodash 4.17.21, or a version of what imports it that does,');
    await expect(readFile(join(made.path, 'plugins.lock.json'))).rejects.toThrow('ENOENT');
    await made.write({ 'plugins.yaml': `plugins: {}\n${BLOCK}` });
    const added = await made.aitbc(['plugin', 'add', './greeter', '--yes']);
    expect(added.status).toBe(3);
    await made.write({ 'plugins.yaml': `plugins: {}\n${BLOCK.replace('high', 'critical')}` });
    const allowed = await made.aitbc(['plugin', 'add', './greeter', '--yes']);
    expect(allowed.status).toBe(0);
    expect(allowed.stderr).toContain('GHSA-35jh-r3h4-6jhm (high)');
  });

  it('never stops what is locked: a new record concerns the audit, and the next update alone', async () => {
    await using made = await locked(await withDatabase([OTHER], BLOCK));
    await made.write({ 'osv.ndjson': ndjson([LODASH]) });
    expect((await made.aitbc(['audit', 'db', 'update', 'osv.ndjson'])).status).toBe(0);
    expect((await made.aitbc(['plugin', 'fetch'])).status).toBe(0);
    expect((await made.aitbc(['plugin', 'audit'])).status).toBe(1);
    expect((await made.aitbc(['plugin', 'lock'])).status).toBe(0);
  });

  it('with unchecked: refuse, does not lock what could not be looked up', async () => {
    await using made = await shop('trust:\n  vulnerabilities: { block: high, unchecked: refuse }\n');
    const refused = await made.aitbc(['plugin', 'lock']);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('error[ERR_UNCHECKED]');
    expect(refused.stderr).toContain('there is no local database: run `aitbc audit db update`');
  });
});

describe('plugin audit with trust.vulnerabilities.api', () => {
  it('asks the server, and cannot say it when that is down; what is locked starts all the same', async () => {
    await using server = await serve({
      '/v1/querybatch': async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(chunk as Buffer);
        const { queries } = JSON.parse(Buffer.concat(chunks).toString()) as {
          queries: { package: { name: string } }[];
        };
        const results = queries.map((query) => (query.package.name === 'lodash' ? { vulns: [{ id: LODASH.id }] } : {}));
        response.end(JSON.stringify({ results }));
      },
      [`/v1/vulns/${LODASH.id}`]: JSON.stringify(LODASH),
    });
    await using made = await shop(
      `trust:\n  vulnerabilities: { block: critical, api: "${server.url}" }\nfetch: { retries: 0 }\n`,
    );
    const pinned = await made.aitbc(['--json', 'plugin', 'lock']);
    expect(JSON.parse(pinned.stdout)).toMatchObject({
      data: {
        changes: [{ vulnerabilities: { result: 'vulnerable', findings: [{ id: LODASH.id, severity: 'high' }] } }],
      },
    });
    const { status, answer } = await json(made, ['--level', 'high']);
    expect(status).toBe(1);
    expect(answer.data.source).toEqual({ kind: 'api', url: server.url });
    await server.close();
    const down = await json(made, [], { CI: '1' });
    expect({ status: down.status, result: down.answer.data.result }).toEqual({ status: 3, result: 'unchecked' });
    expect(down.answer.data.plugins[0]?.unchecked[0]?.['why']).toContain('nothing listens');
    expect((await made.aitbc(['plugin', 'fetch'])).status).toBe(0);
  });
});

describe('plugin sbom', () => {
  it('writes the same document each time, to stdout or a file, and none of what does not verify', async () => {
    await using made = await locked(await shop());
    const { status, stdout, stderr } = await made.aitbc(['plugin', 'sbom', 'greeter']);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    const { components, metadata } = JSON.parse(stdout) as {
      components: { purl: string; scope: string; hashes?: { alg: string }[] }[];
      metadata: { component: { name: string } };
    };
    expect(metadata.component.name).toBe('greeter');
    expect(components.map(({ purl, scope, hashes }) => [purl, scope, hashes?.[0]?.alg])).toEqual([
      ['pkg:npm/lodash@4.17.20', 'required', 'SHA-512'],
      ['pkg:npm/middle@1.0.0', 'required', 'SHA-512'],
      ['pkg:npm/minimist@1.2.5', 'excluded', 'SHA-512'],
    ]);
    const written = await made.aitbc(['plugin', 'sbom', 'greeter', '--output', 'out.cdx.json']);
    expect(written.status).toBe(0);
    expect(await readFile(join(made.path, 'out.cdx.json'), 'utf8')).toBe(stdout);
    await made.write({ 'greeter/mod.js': 'export default class {}' });
    const refused = await made.aitbc(['plugin', 'sbom']);
    expect({ status: refused.status, stdout: refused.stdout }).toEqual({ status: 3, stdout: '' });
  });
});
