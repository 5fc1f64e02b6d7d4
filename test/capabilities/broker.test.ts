import { existsSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { compileGrants } from '../../src/capabilities/grants.ts';
import { get, refusalOf, rig, serve } from './harness.ts';

/** Files of this process that are open below `folder`. */
function openBelow(folder: string): string[] {
  const targets = readdirSync('/proc/self/fd').map((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`);
    } catch {
      // The descriptor of the listing itself is gone by now.
      return '';
    }
  });
  return targets.filter((target) => target.startsWith(folder));
}

it('close() aborts what runs and leaves nothing open', async () => {
  const server = await serve(() => undefined);
  const { promise: called, resolve: call } = Promise.withResolvers<void>();
  const it = await rig(
    { net: [server.host], services: ['api'] },
    {
      switchboard: {
        callService: () => {
          call();
          return new Promise(() => undefined);
        },
      },
    },
  );
  await it.ask('files.write', ['/data/a', new Uint8Array(1_000), 'w']);
  const under = [refusalOf(get(it, { url: server.url })), refusalOf(it.ask('services.call', ['api', 'wait', []]))];
  await called;
  await Promise.all([it.broker.close(), it.broker.close()]);
  expect((await Promise.all(under)).map(({ code }) => code)).toEqual(['ERR_STATE', 'ERR_STATE']);
  expect(openBelow(it.folder)).toEqual([]);
  expect(existsSync(join(it.folder, 'data/a'))).toBe(true);
  expect(readdirSync(join(it.folder, 'tmp'))).toEqual([]);
  for (const op of ['files.read', 'events.publish', 'net.fetch', 'stdio.read'] as const) {
    expect((await refusalOf(it.ask(op, []))).code).toBe('ERR_STATE');
  }
});

it('close() right after the first request waits for the folders', async () => {
  const it = await rig();
  const storage = it.broker.storage();
  await it.broker.close();
  expect(existsSync(join(it.folder, 'data'))).toBe(true);
  expect(await storage).toEqual({ bytes: 0, files: 0 });
  expect(it.logged).toEqual([]);
});

it('a plugin that asks for no file has no folders made at its start', async () => {
  const it = await rig();
  await it.broker.close();
  expect(existsSync(join(it.folder, 'data'))).toBe(false);
  expect(it.logged).toEqual([]);
});

it('a thousand requests at the same time leave no file open', async () => {
  const it = await rig();
  await it.ask('files.write', ['/data/a', new Uint8Array(10), 'w']);
  const all = Array.from({ length: 1_000 }, (_, at) =>
    it.ask('files.read', [at % 2 === 0 ? '/data/a' : '/data/none/x']).catch(() => undefined),
  );
  await Promise.all(all);
  expect(openBelow(it.folder)).toEqual([]);
});

it('setGrants() keeps what is still granted', async () => {
  const server = await serve((_request, response) => {
    response.write('a');
    setTimeout(() => response.end('b'), 100);
  });
  const it = await rig({ net: [server.host] });
  const answer = await get(it, { url: server.url });
  it.broker.setGrants(compileGrants({ net: ['127.0.0.0/8:*'], env: ['A'] }, { name: 'greeter' }));
  expect(await answer.text()).toBe('ab');
  expect(it.broker.grants.permissions).toEqual({ net: ['127.0.0.0/8:*'], env: ['A'] });
  expect(it.audited.map(({ outcome }) => outcome)).toEqual(['allowed']);
});

it('the audit says which plugin, version and digest', async () => {
  const it = await rig();
  await refusalOf(it.ask('files.read', ['/etc/passwd']));
  expect(it.audited).toEqual([
    {
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/) as string,
      plugin: 'greeter',
      version: '1.0.0',
      digest: `sha256:${'0'.repeat(64)}`,
      capability: 'read',
      value: '/etc/passwd',
      outcome: 'denied',
      rule: 'default',
    },
  ]);
});
