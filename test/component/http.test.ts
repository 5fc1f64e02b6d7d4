import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Host } from '../manager/host.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { CHUNKS, HTTP_PLUGIN, WASI_WIT } from './http-wat.ts';
import { componentOf, hostOf, ownWit } from './support.ts';
import { moduleOf } from './wat.ts';

/** Numbers of the error codes in the plugin's WIT. */
const DENIED = 900;
const REFUSED = 901;
const FIRST_BYTE = 902;
const BODY_FAILED = 800;

let server: TestServer;
let host: Host;
/** Bytes of the upload so far, and how it came. */
let uploaded: number;
let framing: string | undefined;
const call = (method: string, target = server.host, plugin = 'client'): Promise<unknown> =>
  host.manager.call(plugin, method, [target]);

beforeAll(async () => {
  server = await serve({
    '/page': 'hello',
    '/large': 'x'.repeat(100_000),
    '/moved': (_, response) => void response.writeHead(302, { location: '/page' }).end(),
    '/silent': () => {},
    '/drip': (_, response) => void response.writeHead(200).write('x'),
    '/upload': async (request, response) => {
      uploaded = 0;
      framing = request.headers['transfer-encoding'];
      for await (const chunk of request) {
        uploaded += (chunk as Buffer).length;
        // Slower than what is sent: the component has to wait for room.
        await new Promise((resolve) => setImmediate(resolve));
      }
      response.end('done');
    },
  });
  const wit = (await ownWit()).replace(
    'world plugin {',
    'world plugin { import wasi:io/poll@0.2.3; import wasi:io/streams@0.2.3; import wasi:http/types@0.2.3; import wasi:http/outgoing-handler@0.2.3;',
  );
  const wasm = await componentOf(await moduleOf(HTTP_PLUGIN), wit + WASI_WIT, 'plugin');
  const small = await componentOf(await moduleOf({ ...HTTP_PLUGIN, name: 'small' }), wit + WASI_WIT, 'plugin');
  const entry = { permissions: { net: [server.host, 'localhost:1'] } };
  host = await hostOf({
    client: { wasm, entry },
    small: { wasm: small, entry: { ...entry, limits: { net_bytes: '10KiB' } } },
  });
  expect(await host.manager.startAll()).toMatchObject({ failed: [], refused: [] });
});
afterAll(async () => {
  await host[Symbol.asyncDispose]();
  await server.close();
});

describe('wasi:http through the broker', () => {
  test('fetches what is granted, and leaves redirects to the component', async () => {
    expect(await call('page')).toBe(5);
    expect(await call('large')).toBe(100_000);
    expect(await call('moved')).toBe(302);
  });

  test('is refused what is not, by name and by address', async () => {
    const before = server.requests.length;
    expect(await call('page', 'example.com:80')).toBe(DENIED);
    expect(await call('page', `localhost:${server.port}`)).toBe(DENIED);
    expect(server.requests).toHaveLength(before);
    expect(await call('page', 'localhost:1')).toBe(REFUSED);
  });

  test('sends a body piece by piece, of more than one message holds', async () => {
    expect(await call('upload')).toBe(4);
    expect(uploaded).toBe(CHUNKS * 65_536);
    expect(framing).toBe('chunked');
  });

  test('ends at the timeouts the component asks for, and the component goes on', async () => {
    expect(await call('silent')).toBe(FIRST_BYTE);
    expect(await call('drip')).toBe(BODY_FAILED);
    expect(await call('page')).toBe(5);
  });

  test('ends a body that passes limits.net_bytes, either way', async () => {
    expect(await call('large', server.host, 'small')).toBe(BODY_FAILED);
    expect([700, 904]).toContain(await call('upload', server.host, 'small'));
    expect(await call('page', server.host, 'small')).toBe(5);
  });
});
