import { parse } from 'yaml';
import { describe, expect, it } from 'vitest';
import { compileGrants } from '../../src/capabilities/grants.ts';
import type { Permissions } from '../../src/contract/metadata.ts';
import type { GuestOp } from '../../src/protocol/requests.ts';
import type { Value } from '../../src/protocol/values.ts';
import { refusalOf, rig } from './harness.ts';

const request = (url: string): Value => ({ url, method: 'GET', headers: [], redirect: 'follow', hasBody: false });

/** Whether asking again fails for another reason than a permission, or not at all. */
async function isGranted(work: Promise<unknown>): Promise<boolean> {
  try {
    await work;
    return true;
  } catch (error) {
    return (error as { code?: string }).code !== 'ERR_PERMISSION_DENIED';
  }
}

describe('the hint of a refusal is config that grants it, and keeps what is granted:', () => {
  const cases: [string, Permissions, GuestOp, Value[], Permissions][] = [
    ['net', {}, 'net.fetch', [request('http://localhost:1/')], { net: ['localhost:1'] }],
    [
      'net beside others',
      { net: ['a.example'], env: ['A'] },
      'net.fetch',
      [request('http://127.0.0.1:1/')],
      { net: ['a.example', '127.0.0.1:1'] },
    ],
    ['net of IPv6', {}, 'net.fetch', [request('http://[::1]:1/')], { net: ['[::1]:1'] }],
    [
      'net of a denied host',
      { net: ['localhost:*', '!localhost:1', '!*.example'] },
      'net.fetch',
      [request('http://localhost:1/')],
      { net: ['localhost:*', '!*.example'] },
    ],
    [
      'net denied and not granted',
      { net: ['!localhost'] },
      'net.fetch',
      [request('http://localhost:1/')],
      { net: ['localhost:1'] },
    ],
    ['read', { read: ['/usr/lib'] }, 'files.stat', ['/usr/share', true], { read: ['/usr/lib', '/usr/share'] }],
    [
      'read of an odd name',
      {},
      'files.stat',
      ['/usr/"x" \u202e: #\u0007', true],
      { read: ['/usr/"x" \u202e: #\u0007'] },
    ],
    [
      'write',
      { read: ['/usr'] },
      'files.rm',
      ['/usr/none', { recursive: false, force: false }],
      { write: ['/usr/none'] },
    ],
    [
      'publish',
      { events: { publish: ['a'], subscribe: ['b.#'] } },
      'events.publish',
      ['x.y', 1],
      { events: { publish: ['a', 'x.y'], subscribe: ['b.#'] } },
    ],
    ['subscribe', {}, 'events.subscribe', ['x.*'], { events: { subscribe: ['x.*'] } }],
    [
      'a denied part of a subscription',
      { events: { subscribe: ['x.#', '!x.y'] } },
      'events.subscribe',
      ['x.*'],
      { events: { subscribe: ['x.#'] } },
    ],
    ['services', { services: ['api.get'] }, 'services.call', ['api', 'set', []], { services: ['api.get', 'api.set'] }],
    [
      'plugins',
      { plugins: ['wallet.get'] },
      'plugins.call',
      ['wallet', 'set', []],
      { plugins: ['wallet.get', 'wallet.set'] },
    ],
  ];
  it.each(cases)('%s', async (_what, permissions, op, args, expected) => {
    const it = await rig(permissions);
    const error = await refusalOf(it.ask(op, args));
    expect(error.code).toBe('ERR_PERMISSION_DENIED');
    expect(error.message).toContain('"greeter"');
    const { plugins } = parse(error.hint ?? '') as { plugins: { greeter: { permissions: Permissions } } };
    expect(plugins.greeter.permissions).toEqual(expected);
    it.broker.setGrants(compileGrants({ ...permissions, ...expected }, { name: 'greeter' }));
    expect(await isGranted(it.ask(op, args))).toBe(true);
    expect(it.audited.filter(({ outcome }) => outcome === 'denied')).toHaveLength(1);
  });

  it('plugins keeps the declared dependencies that were granted by default', async () => {
    const it = await rig({}, { dependencies: ['wallet'] });
    const error = await refusalOf(it.ask('plugins.call', ['other', 'get', []]));
    const { plugins } = parse(error.hint ?? '') as { plugins: { greeter: { permissions: Permissions } } };
    expect(plugins.greeter.permissions).toEqual({ plugins: ['wallet', 'other.get'] });
  });
});

it('a refusal shows nothing that could deceive a terminal', async () => {
  const it = await rig();
  const error = await refusalOf(it.ask('files.read', ['/x\u001b[2J\u202e\r\n']));
  expect(`${error.message}${error.hint ?? ''}`).not.toMatch(/[\u001b\u202e\r]/);
  expect(error.hint?.split('\n')).toHaveLength(4);
});
