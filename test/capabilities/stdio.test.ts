import { expect, it } from 'vitest';
import { refusalOf, rig } from './harness.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

it('stdio.* joins a command to the streams attached for its call, and to no other', async () => {
  const { ask, broker } = await rig();
  const written: string[] = [];
  let ended = false;
  const stdin = (async function* () {
    try {
      yield bytes('one');
      yield bytes('two');
    } finally {
      ended = true;
    }
  })();
  const detach = broker.attachStdio(4, {
    stdin,
    write: async (stream, chunk) => void written.push(`${stream}:${Buffer.from(chunk).toString()}`),
  });
  await Promise.all([
    ask('stdio.write', [4, 'stdout', bytes('a')], { call: 4 }),
    ask('stdio.write', [4, 'stderr', bytes('b')]),
    ask('stdio.write', [4, 'stdout', bytes('c')]),
  ]);
  expect(written).toEqual(['stdout:a', 'stderr:b', 'stdout:c']);
  expect((await ask('stdio.read', [4])).value).toEqual(bytes('one'));
  expect((await refusalOf(ask('stdio.read', [5]))).code).toBe('ERR_STATE');
  expect((await refusalOf(ask('stdio.read', [4], { call: 5 }))).code).toBe('ERR_STATE');
  expect((await refusalOf(ask('stdio.write', [4, 'stdin', bytes('x')]))).code).toBe('ERR_VALUE');
  expect((await refusalOf(ask('stdio.write', [4, 'stdout', new Uint8Array(1_048_577)]))).code).toBe('ERR_VALUE');
  detach();
  expect((await refusalOf(ask('stdio.write', [4, 'stdout', bytes('d')]))).code).toBe('ERR_STATE');
  await expect.poll(() => ended).toBe(true);
});

it('stdio.read ends with null, with nothing attached to read, and with the broker', async () => {
  const { ask, broker } = await rig();
  broker.attachStdio(1, { stdin: undefined, write: async () => undefined });
  expect((await ask('stdio.read', [1])).value).toBeNull();
  const silent = { [Symbol.asyncIterator]: () => ({ next: () => new Promise<never>(() => undefined) }) };
  broker.attachStdio(2, { stdin: silent, write: () => new Promise(() => undefined) });
  const read = ask('stdio.read', [2]);
  const write = ask('stdio.write', [2, 'stdout', bytes('x')]);
  const outcomes = Promise.all([refusalOf(read), refusalOf(write)]);
  await broker.close();
  expect((await outcomes).map(({ code }) => code)).toEqual(['ERR_STATE', 'ERR_STATE']);
});
