import { describe, expect, test } from 'vitest';
import { openLocked, openOrigin } from '../../src/source/open.ts';
import { rejected } from '../support/errors.ts';
import { serve } from '../support/http-server.ts';
import type { HttpCache } from '../../src/source/http/types.ts';
import { sourceContext } from '../support/source-context.ts';
import { tarball } from '../support/tarball.ts';

const text = (file: { bytes: Uint8Array }): string => Buffer.from(file.bytes).toString();
const context = sourceContext('/nowhere');

describe('openOrigin() of a URL', () => {
  test('follows redirects to where the module is, and reads its neighbours there', async () => {
    await using cdn = await serve({ '/greeter/1.2.0/mod.ts': 'mod', '/greeter/1.2.0/lib/util.ts': 'util' });
    await using server = await serve((_request, response) => {
      response.writeHead(302, { location: `${cdn.url}/greeter/1.2.0/mod.ts` }).end();
    });
    const origin = await openOrigin(`${server.url}/greeter/mod.ts`, context);
    expect(origin).toMatchObject({
      source: `${server.url}/greeter/mod.ts`,
      resolved: `${cdn.url}/greeter/1.2.0/mod.ts`,
      entry: 'mod.ts',
      base: `${cdn.url}/greeter/1.2.0/`,
    });
    expect(text(await origin.read('mod.ts'))).toBe('mod');
    expect(text(await origin.read('lib/util.ts'))).toBe('util');
    expect(cdn.requests.map((request) => request.path)).toEqual([
      '/greeter/1.2.0/mod.ts',
      '/greeter/1.2.0/lib/util.ts',
    ]);
    await origin.close();
  });

  test('keeps the query of the entry, and does not pass it on', async () => {
    await using server = await serve({ '/a/mod.ts': 'mod', '/a/b.ts': 'b' });
    const origin = await openOrigin(`${server.url}/a/mod.ts?v=1`, context);
    expect(origin).toMatchObject({ entry: 'mod.ts', resolved: `${server.url}/a/mod.ts?v=1` });
    await origin.read('b.ts');
    expect(server.requests.map((request) => request.path)).toEqual(['/a/mod.ts?v=1', '/a/b.ts']);
    await origin.close();
  });

  test('counts the modules of a plugin', async () => {
    await using server = await serve((_request, response) => void response.end('x'));
    const origin = await openOrigin(`${server.url}/mod.ts`, sourceContext('/nowhere', { config: { maxModules: 3 } }));
    await origin.read('a.ts');
    await origin.read('a.ts');
    await origin.read(`${server.url}/b.ts`);
    expect(await rejected(origin.read('c.ts'))).toMatchObject({ code: 'ERR_SOURCE_TOO_LARGE' });
    await origin.close();
  });

  test('is refused offline, by name', async () => {
    const error = await rejected(
      openOrigin('https://example.com/mod.ts', sourceContext('/nowhere', { offline: true })),
    );
    expect(error.code).toBe('ERR_OFFLINE');
    expect(error.message).toContain('https://example.com/mod.ts');
  });

  test.each(['/plugin.tgz', '/download?id=7'])('unpacks an archive at %s', async (path) => {
    const archive = await tarball({ 'package/plugin.json': '{"entry":"x.ts"}', 'package/x.ts': 'x' });
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(archive);
    });
    const origin = await openOrigin(server.url + path, context);
    expect(origin).toMatchObject({ entry: 'x.ts', base: undefined, resolved: server.url + path });
    expect(text(await origin.read('x.ts'))).toBe('x');
    expect(await rejected(origin.read('y.ts'))).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND' });
    expect(await rejected(origin.read('../y.ts'))).toMatchObject({ code: 'ERR_IMPORT_DENIED' });
    await origin.close();
  });
});

describe('openLocked() of a URL', () => {
  test('asks the resolved URL alone, and nothing before the first read', async () => {
    await using server = await serve({ '/v1/mod.ts': 'mod' });
    const origin = await openLocked(
      { source: `${server.url}/latest/mod.ts`, resolved: `${server.url}/v1/mod.ts`, entry: 'mod.ts' },
      context,
    );
    expect(server.requests).toEqual([]);
    expect(text(await origin.read('mod.ts'))).toBe('mod');
    expect(server.requests.map((request) => request.path)).toEqual(['/v1/mod.ts']);
    await origin.close();
  });

  test('reads an archive once', async () => {
    const archive = await tarball({ 'index.ts': 'i', 'b.ts': 'b' });
    await using server = await serve({ '/p.tgz': archive });
    const locked = { source: `${server.url}/p.tgz`, resolved: `${server.url}/p.tgz`, entry: 'index.ts' };
    const origin = await openLocked(locked, context);
    expect(text(await origin.read('b.ts'))).toBe('b');
    expect(text(await origin.read('index.ts'))).toBe('i');
    expect(server.requests).toHaveLength(1);
    await origin.close();
  });

  test('keeps no answer: what was not compared with the lock is not stored', async () => {
    await using server = await serve((_request, response) => {
      response.writeHead(200, { 'content-type': 'text/javascript', etag: '"1"' }).end('x');
    });
    const kept: string[] = [];
    const httpCache: HttpCache = { get: async () => undefined, put: async (url) => void kept.push(url) };
    const url = `${server.url}/m.ts`;
    const origin = await openLocked({ source: url, resolved: url, entry: 'm.ts' }, sourceContext('/', { httpCache }));
    expect((await origin.read('m.ts')).bytes.byteLength).toBe(1);
    await origin.close();
    expect(kept).toEqual([]);
  });

  test('opens offline, and says what is missing when it is read', async () => {
    const locked = { source: 'https://example.com/m.ts', resolved: 'https://example.com/v1/m.ts', entry: 'm.ts' };
    const origin = await openLocked(locked, sourceContext('/nowhere', { offline: true }));
    const error = await rejected(origin.read('lib/a.ts'));
    expect(error).toMatchObject({
      code: 'ERR_OFFLINE',
      message: expect.stringContaining('https://example.com/v1/lib/a.ts'),
    });
  });

  test.each([
    ['https://example.com/m.ts', './m.ts', 'm.ts', 'ERR_LOCK_OUTDATED'],
    ['https://example.com/m.ts', 'http://example.com/m.ts', 'm.ts', 'ERR_SPECIFIER'],
    ['https://example.com/m.ts', 'https://example.com/m.ts', '../m.ts', 'ERR_IMPORT_DENIED'],
    ['git+https://example.com/m', 'git+https://example.com/m#main', 'm.ts', 'ERR_LOCK_OUTDATED'],
  ])('refuses a lock that resolves %s to %s (%s)', async (source, resolved, entry, code) => {
    expect((await rejected(openLocked({ source, resolved, entry }, context))).code).toBe(code);
  });
});
