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
    const outcomes = new Map<string, number>();
    const ops: readonly GuestOp[] = Object.keys(GUEST_OPS) as GuestOp[];
    for (let round = 0; round < 150; round++) {
      await Promise.all(
        Array.from({ length: 20 }, async () => {
          const op = pick(ops);
          const args =
            op === 'net.fetch' && next() < 0.7
              ? [request()]
              : Array.from({ length: Math.floor(next() * 4) }, () => value(2));
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
  expect(outcomes.get('ERR_INTERNAL')).toBeUndefined();
    expect([...outcomes.keys()].every((code) => code === 'done' || /^ERR_[A-Z_]+$/.test(code))).toBe(true);
    for (const code of ['done', 'ERR_VALUE', 'ERR_PERMISSION_DENIED', 'ERR_FILE'])
      expect(outcomes.has(code)).toBe(true);
    expect(it.logged.filter(({ level }) => level === 'error')).toEqual([]);
    expect(({} as { url?: unknown }).url).toBeUndefined();
    await it.broker.close();
  },
);
