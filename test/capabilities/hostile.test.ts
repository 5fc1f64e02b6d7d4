import { expect, it } from 'vitest';
import { GUEST_OPS, type GuestOp } from '../../src/protocol/requests.ts';
import type { Value } from '../../src/protocol/values.ts';
import { rig, serve } from './harness.ts';

/** A small generator with a seed, so that a failure can be run again. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}

it(
  'a peer that sends anything gets answers and refusals, and finds no fault of the host',
  { timeout: 60_000 },
  async () => {
    const server = await serve((_request, response) => response.end('x'));
    const it = await rig(
      {
        net: [server.host],
        read: ['/usr/share'],
        events: { publish: ['#'], subscribe: ['#'] },
        services: ['api'],
        plugins: ['wallet'],
      },
      {
        limits: { eventRate: 1e6, netRate: 1e6, files: 1e6, storage: 1e9 },
        switchboard: { callService: async () => 1, callPlugin: async () => 1 },
      },
    );
    const next = random(20_261_122);
    const pick = <T>(from: readonly T[]): T => from[Math.floor(next() * from.length)] as T;
    const texts = [
      '',
      '.',
      '..',
      '/',
      '/data',
      '/data/a',
      '/data/a/b',
      '/data/../x',
      '/tmp/\u202e',
      '/usr/share',
      '/usr/share/none',
      '/plugin/x',
      'a.b',
      'a.*',
      '#',
      'api',
      'get',
      'wallet',
      '__proto__',
      'constructor',
      'then',
      server.url,
      'http://a.example',
      'GET',
      'POST',
      'follow',
      'manual',
      'w',
      'wx',
      'a',
      'stdout',
      '\0',
      '\ud800',
      'x'.repeat(5_000),
    ];
    const scalars: readonly Value[] = [
      undefined,
      null,
      true,
      false,
      0,
      -0,
      -1,
      1,
      1.5,
      2 ** 53,
      Number.NaN,
      Number.POSITIVE_INFINITY,
      0n,
      -1n,
      new Date(0),
      new Date(Number.NaN),
      new Uint8Array(),
      new Uint8Array(10),
      new Error('x'),
    ];
    const keys = [
      'url',
      'method',
      'headers',
      'redirect',
      'hasBody',
      'offset',
      'length',
      'recursive',
      'force',
      '__proto__',
      'toString',
    ];
    const value = (depth: number): Value => {
      const kind = next();
      if (kind < 0.45) return pick(texts);
      if (kind < 0.7 || depth === 0) return pick(scalars);
      if (kind < 0.85) return Array.from({ length: Math.floor(next() * 4) }, () => value(depth - 1));
      return Object.fromEntries(Array.from({ length: Math.floor(next() * 6) }, () => [pick(keys), value(depth - 1)]));
    };
    const request = (): Value => ({
      url: pick([server.url, 'http://a.example/', pick(texts)]),
      method: pick(['GET', 'POST', 'HEAD', pick(texts)]),
      headers: pick<Value>([[], [['a', 'b']], value(3)]),
      redirect: pick(['follow', 'manual', 'error', pick(texts)]),
      hasBody: pick<Value>([false, false, true, value(0)]),
    });
    const path = (): Value =>
      pick(['/data/a', '/data/b', '/data/a/b', '/data/c/d', '/tmp/a', '/data', '/plugin/x', '/usr/share', '/etc/x']);
    const name = (): Value => pick(['a', 'a.b', 'x.*', '#']);
    const templates: Partial<Record<GuestOp, () => readonly Value[]>> = {
      'net.fetch': () => [request()],
      'events.publish': () => [pick(['a', 'a.b']), value(2)],
      'events.subscribe': () => [name()],
      'events.unsubscribe': () => [name()],
      'services.call': () => ['api', 'get', [value(2)]],
      'services.register': () => [pick(['one', 'two']), ['get', 'set']],
      'plugins.call': () => ['wallet', 'get', []],
      'files.read': () => [path(), pick<Value>([undefined, { offset: 1, length: 5 }])],
      'files.write': () => [path(), new Uint8Array(10), pick(['w', 'wx', 'a'])],
      'files.mkdir': () => [path(), next() < 0.5],
      'files.rm': () => [path(), { recursive: next() < 0.5, force: next() < 0.5 }],
      'files.rename': () => [path(), path()],
      'files.copy': () => [path(), path()],
      'files.truncate': () => [path(), Math.floor(next() * 20)],
    };
    const template = (op: GuestOp): readonly Value[] => templates[op]?.() ?? [path(), true];
    const outcomes = new Map<string, number>();
    const ops: readonly GuestOp[] = Object.keys(GUEST_OPS) as GuestOp[];
    for (let round = 0; round < 150; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const op = pick(ops);
          const args =
            next() < 0.2 ? Array.from({ length: Math.floor(next() * 4) }, () => value(2)) : [...template(op)];
          if (next() < 0.3) args[Math.floor(next() * args.length)] = value(2);
          const outcome = await it.ask(op, args).then(
            async ({ body }) => {
              await body?.cancel();
              return 'done';
            },
            (error: { code?: string }) => String(error.code),
          );
          outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
        }),
      );
    }
    expect(outcomes.get('done')).toBeGreaterThan(500);
    expect(outcomes.get('ERR_INTERNAL')).toBeUndefined();
    expect([...outcomes.keys()].every((code) => code === 'done' || /^ERR_[A-Z_]+$/.test(code))).toBe(true);
    for (const code of ['done', 'ERR_VALUE', 'ERR_PERMISSION_DENIED', 'ERR_FILE'])
      expect(outcomes.has(code)).toBe(true);
    expect(it.logged.filter(({ level }) => level === 'error')).toEqual([]);
    expect(({} as { url?: unknown }).url).toBeUndefined();
    for (const { name } of (await it.ask('files.readdir', ['/tmp'])).value as { name: string }[]) {
      await it.ask('files.rm', [`/tmp/${name}`, { recursive: true, force: false }]);
    }
    const counted = await it.broker.storage();
    await it.broker.close();
    // What was counted is what is there, after thousands of changes in any order.
    const again = await rig({}, { folder: it.folder });
    expect(await again.broker.storage()).toEqual(counted);
  },
);
