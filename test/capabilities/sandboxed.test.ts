import { afterAll, describe, expect, it } from 'vitest';
import { compileGrants } from '../../src/capabilities/grants.ts';
import type { Permissions } from '../../src/contract/metadata.ts';
import type { Value } from '../../src/protocol/values.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import { openOptions, plugin } from '../sandbox/support.ts';
import { LIMITS, refusalOf, rig, serve, type Rig } from './harness.ts';

const sandbox = createSandbox();
afterAll(() => sandbox.close());

/** A plugin in a real sandbox whose port is a real broker. */
async function run(
  methods: string,
  permissions: Permissions,
): Promise<Rig & { call: (method: string, ...args: Value[]) => Promise<Value> }> {
  const it = await rig(permissions, { limits: { netBytes: 8 * 1_048_576 } });
  const instance = await sandbox.open(
    openOptions(plugin(methods), { name: 'greeter', port: it.broker, limits: LIMITS }),
  );
  await instance.request('describe', []);
  return { ...it, call: (method, ...args) => instance.request('call', [method, args]) };
}

describe('a plugin in a sandbox', () => {
  it('fetches through the broker, bodies streaming both ways', async () => {
    const server = await serve((request, response) => {
      response.setHeader('x-method', request.method ?? '');
      request.pipe(response);
    });
    const it = await run(
      `async echo(url, size) {
        const answer = await fetch(url, { method: 'POST', body: 'x'.repeat(size) });
        return [answer.status, answer.headers.get('x-method'), (await answer.text()).length];
      },
      async abort(url) {
        const controller = new AbortController();
        const answer = await fetch(url, { method: 'POST', body: 'x', signal: controller.signal });
        controller.abort();
        try { await answer.text(); return 'read'; } catch (error) { return error.name; }
      }`,
      { net: [server.host] },
    );
    expect(await it.call('echo', server.url, 10)).toEqual([200, 'POST', 10]);
    expect(await it.call('echo', server.url, 3_000_000)).toEqual([200, 'POST', 3_000_000]);
    expect(await it.call('abort', server.url)).toBe('AbortError');
  });

  it('meets a refusal whose hint the operator sees', async () => {
    const it = await run(
      `async steal() { await fetch('https://evil.example/'); },
      async caught() { try { await fetch('https://evil.example/'); } catch (error) { return [error.name, error.code]; } }`,
      {},
    );
    expect(await it.call('caught')).toEqual(['TypeError', 'ERR_PERMISSION_DENIED']);
    await expect(it.call('steal')).rejects.toThrow('"greeter" has no net permission for evil.example:443');
    expect(it.audited.map(({ outcome }) => outcome)).toEqual(['denied', 'denied']);
  });

  it('loses a request, and no more, when its grant is revoked', async () => {
    const { promise: asked, resolve: ask } = Promise.withResolvers<void>();
    const server = await serve((_request, response) => {
      response.write('first', () => ask());
    });
    const it = await run(
      `async slow(url) { const answer = await fetch(url); try { await answer.text(); return 'read'; } catch (error) { return error.code ?? error.name; } },
       alive() { return 'alive'; }`,
      { net: [server.host] },
    );
    const slow = it.call('slow', `${server.url}slow`);
    await asked;
    await new Promise((resolve) => setTimeout(resolve, 100));
    it.broker.setGrants(compileGrants({}, { name: 'greeter' }));
    expect(await slow).toBe('ERR_PERMISSION_DENIED');
    expect(await it.call('alive')).toBe('alive');
    expect((await refusalOf(it.ask('files.read', ['/data/none']))).code).toBe('ERR_FILE');
  });

  it('has its log lines under its name', async () => {
    const it = await run(`say() { console.log('hello', { n: 1 }); return 1; }`, {});
    await it.call('say');
    await expect
      .poll(() => it.logged.map(({ message, fields }) => [message.includes('hello'), fields?.['plugin']]))
      .toEqual([[true, 'greeter']]);
  });
});
