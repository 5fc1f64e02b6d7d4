import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { compileGrants } from '../../../src/capabilities/grants.ts';
import type { Permissions } from '../../../src/contract/metadata.ts';
import { get, refusalOf, rig, serve } from '../harness.ts';

const echo = (): ReturnType<typeof serve> =>
  serve((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      response.setHeader('x-back', 'yes');
      response.end(
        JSON.stringify({
          method: request.method,
          url: request.url,
          headers: request.headers,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
  });

describe('net.fetch', () => {
  it('performs a granted request and audits it', async () => {
    const server = await echo();
    const it = await rig({ net: [server.host] });
    const answer = await get(it, { url: `${server.url}a?b=1#c`, headers: [['X-One', 'two']] });
    expect(answer.head).toMatchObject({ status: 200, redirected: false, hasBody: true, url: `${server.url}a?b=1` });
    expect(answer.head.headers).toContainEqual(['x-back', 'yes']);
    const seen = JSON.parse(await answer.text()) as { url: string; headers: Record<string, string> };
    expect(seen.url).toBe('/a?b=1');
    expect(seen.headers).toMatchObject({ 'x-one': 'two', host: server.host, 'user-agent': 'aitbc-plugins' });
    expect(it.audited).toMatchObject([
      { plugin: 'greeter', capability: 'net', value: server.host, outcome: 'allowed', rule: server.host },
    ]);
  });

  it('refuses what nothing grants, with the config that would', async () => {
    const it = await rig({ net: ['api.example.com'] });
    const error = await refusalOf(get(it, { url: 'https://evil.example/?key=1' }));
    expect(error.code).toBe('ERR_PERMISSION_DENIED');
    expect(error.message).toBe(
      'Cannot fetch "https://evil.example/": "greeter" has no net permission for evil.example:443',
    );
    const permissions = (parse(error.hint ?? '') as { plugins: { greeter: { permissions: Permissions } } }).plugins
      .greeter.permissions;
    expect(permissions).toEqual({ net: ['api.example.com', 'evil.example:443'] });
    expect(compileGrants(permissions, { name: 'greeter' }).net.allow).toHaveLength(2);
    expect(it.audited).toMatchObject([{ outcome: 'denied', rule: 'default', value: 'evil.example:443' }]);
  });

  it('sends a body and decodes the answer', async () => {
    const server = await echo();
    const it = await rig({ net: [server.host] });
    const answer = await get(it, { url: server.url, method: 'post', body: 'hello' });
    expect(JSON.parse(await answer.text())).toMatchObject({ method: 'POST', body: 'hello' });
  });

  it.each([
    ['gzip', gzipSync('squeezed')],
    ['br', brotliCompressSync('squeezed')],
    ['deflate', deflateSync('squeezed')],
    ['zstd', zstdCompressSync('squeezed')],
    ['deflate, gzip', gzipSync(deflateSync('squeezed'))],
    ['identity', Buffer.from('squeezed')],
  ])('decodes %s', async (encoding, bytes) => {
    const server = await serve((_request, response) => {
      response.setHeader('content-encoding', encoding);
      response.end(bytes);
    });
    const it = await rig({ net: [server.host] });
    expect(await (await get(it, { url: server.url })).text()).toBe('squeezed');
  });
});
