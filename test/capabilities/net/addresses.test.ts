import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { compileGrants } from '../../../src/capabilities/grants.ts';
import type { Permissions } from '../../../src/contract/metadata.ts';
import { get, refusalOf, rig, serve } from '../harness.ts';

const hello = (): ReturnType<typeof serve> => serve((_request, response) => response.end('inside'));

describe('net.fetch connects', () => {
  it('not to a private address behind a granted name, until a rule names the address', async () => {
    const server = await hello();
    const name = `name.example:${server.port}`;
    const net = { resolve: async () => ['127.0.0.1'] };
    const it = await rig({ net: [name] }, { net });
    const error = await refusalOf(get(it, { url: `http://${name}/` }));
    expect(error.code).toBe('ERR_PERMISSION_DENIED');
    expect(error.message).toBe(
      `Cannot connect to "http://${name}": "greeter" has no net permission for 127.0.0.1:${server.port}`,
    );
    expect(it.audited).toMatchObject([
      { value: `127.0.0.1:${server.port}`, outcome: 'denied' },
      { value: name, outcome: 'failed' },
    ]);
    const { permissions } = (parse(error.hint ?? '') as { plugins: { greeter: { permissions: Permissions } } }).plugins
      .greeter;
    it.broker.setGrants(compileGrants(permissions, { name: 'greeter' }));
    expect(await (await get(it, { url: `http://${name}/` })).text()).toBe('inside');
  });

  it('to no address of a name when one of them is private', async () => {
    const server = await hello();
    const name = `name.example:${server.port}`;
    const it = await rig({ net: [name] }, { net: { resolve: async () => ['93.184.216.34', '10.0.0.1'] } });
    expect((await refusalOf(get(it, { url: `http://${name}/` }))).message).toContain('10.0.0.1');
  });

  it('to the address that was checked, however often the name changes (rebinding)', async () => {
    const server = await hello();
    const name = `name.example:${server.port}`;
    let asked = 0;
    // First what is granted, then an address where nobody listens: a second look-up would fail to connect.
    const resolve = async () => {
      asked += 1;
      return asked === 1 ? ['127.0.0.1'] : ['10.255.255.1'];
    };
    const it = await rig({ net: [name, `127.0.0.1:${server.port}`] }, { net: { resolve } });
    expect(await (await get(it, { url: `http://${name}/` })).text()).toBe('inside');
    expect(asked).toBe(1);
    it.broker.setGrants(it.broker.grants);
    expect((await refusalOf(get(it, { url: `http://${name}/` }))).message).toContain('10.255.255.1');
    expect(asked).toBe(2);
  });

  it('to localhost by its own rule', async () => {
    const server = await hello();
    const it = await rig({ net: [`localhost:${server.port}`] });
    expect(await (await get(it, { url: `http://localhost:${server.port}/` })).text()).toBe('inside');
  });

  it.each([
    ['not an address', ['evil']],
    ['a zone', ['fe80::1%eth0']],
    ['nothing', []],
  ])('to nothing when the resolver says %s', async (_what, found) => {
    const it = await rig({ net: ['name.example'] }, { net: { resolve: async () => found } });
    expect((await refusalOf(get(it, { url: 'http://name.example/' }))).code).toBe('ERR_NET');
  });

  it('and says what failed, without an address of the host', async () => {
    const server = await hello();
    const port = server.port;
    await new Promise((resolve) => server.server.close(resolve));
    const it = await rig({ net: [`localhost:${port}`] });
    const error = await refusalOf(get(it, { url: `http://localhost:${port}/` }));
    expect(error).toMatchObject({
      code: 'ERR_NET',
      message: `Cannot fetch "http://localhost:${port}/": the connection was refused`,
      details: { code: 'ECONNREFUSED' },
    });
    expect(error.cause).toBeUndefined();
    expect(it.audited).toMatchObject([{ outcome: 'failed' }]);
  });

  it('past no proxy of the environment', async () => {
    const proxy = await serve((_request, response) => response.end('proxied'));
    const server = await hello();
    const before = { ...process.env };
    process.env['HTTP_PROXY'] = proxy.url;
    process.env['http_proxy'] = proxy.url;
    process.env['NODE_USE_ENV_PROXY'] = '1';
    try {
      const it = await rig({ net: [server.host] });
      expect(await (await get(it, { url: server.url })).text()).toBe('inside');
    } finally {
      process.env = before;
    }
  });
});
