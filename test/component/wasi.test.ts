import { beforeEach, describe, expect, test } from 'vitest';
import type { ComponentHost, HostRequest } from '../../runtime/guest/component/host.ts';
import { wasiImports } from '../../runtime/guest/component/wasi/imports.ts';
import { WASI } from '../../src/protocol/wasi.ts';

type Anything = { [member: string]: (...args: unknown[]) => Anything & Iterable<Anything> } & {
  new (...args: unknown[]): Anything;
};
const wasi = wasiImports() as Record<string, Record<string, Anything>>;
const of = (name: string): Anything => wasi[name] as never;
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const payload = (act: () => unknown): unknown => {
  try {
    act();
  } catch (error) {
    return (error as { payload?: unknown }).payload ?? error;
  }
  return undefined;
};

/** The broker's answers: by operation and first argument. */
let files: Map<string, Uint8Array>;
let fetched: unknown[];
let waits: number;
/** Pieces of a body that is written; `|` is its end. */
let sent: string[];
const refuse = (code: string, inner?: string): never => {
  throw Object.assign(new Error('refused'), { code, data: inner === undefined ? {} : { code: inner } });
};

function ask(op: string, args: readonly unknown[]): { value: unknown } {
  const path = args[0] as string;
  if (path.startsWith('/secret')) refuse('ERR_PERMISSION_DENIED');
  const found = files.get(path);
  switch (op) {
    case 'files.stat':
      if (['/data', '/data/dir', '/', '/tmp'].includes(path))
        return { value: { kind: 'folder', size: 0, mtimeMs: 1_500 } };
      return { value: { kind: 'file', size: (found ?? refuse('ERR_FILE', 'ENOENT')).length, mtimeMs: 1_500 } };
    case 'files.read': {
      const { offset = 0, length = Infinity } = (args[1] ?? {}) as { offset?: number; length?: number };
      return { value: (found ?? refuse('ERR_FILE', 'ENOENT')).slice(offset, offset + length) };
    }
    case 'files.write': {
      if (args[2] === 'wx' && found !== undefined) refuse('ERR_FILE', 'EEXIST');
      const before = args[2] === 'a' ? (found ?? new Uint8Array()) : new Uint8Array();
      files.set(path, Uint8Array.of(...before, ...(args[1] as Uint8Array)));
      return { value: undefined };
    }
    case 'files.truncate':
      files.set(path, (found ?? new Uint8Array()).slice(0, args[1] as number));
      return { value: undefined };
    case 'files.readdir':
      return {
        value: [...files.keys()]
          .filter((name) => name.startsWith(`${path}/`))
          .map((name) => ({ name: name.slice(path.length + 1), kind: 'file' })),
      };
    default:
      return refuse('ERR_FILE', 'EROFS');
  }
}

/** Done after one wait, with a body in two pieces, of which the second comes later. */
function begin(_op: string, args: readonly unknown[], body?: Uint8Array | 'written'): HostRequest {
  fetched.push([args[0], body]);
  sent = [];
  const writer = {
    get open() {
      return !sent.includes('closed');
    },
    // Five bytes for each wait.
    room: () => (waits - started + 1) * 5 - sent.join('').length,
    write: (piece: Uint8Array) => void sent.push(Buffer.from(piece).toString()),
    end: () => void sent.push('|'),
    fail: () => void sent.push('failed'),
  };
  const started = waits;
  const chunks = [bytes('one'), null, bytes('two'), undefined];
  return {
    get done() {
      return waits > started;
    },
    answer: () => ({
      value: {
        url: '',
        status: 302,
        statusText: '',
        headers: [['X-One', 'é']],
        redirected: false,
        hasBody: true,
      },
      body: { poll: () => chunks.shift(), next: () => Promise.reject(new Error('never')), cancel: () => {} },
    }),
    cancel: () => {},
    ...(body === 'written' ? { body: writer } : {}),
  };
}

beforeEach(() => {
  files = new Map([['/data/a', bytes('hello')]]);
  fetched = [];
  waits = 0;
  const host = {
    name: 'x',
    env: { A: '1' },
    messageLimit: 1_000,
    tooLarge: (message: string) => new RangeError(message),
    ask,
    begin,
    wait: () => (waits += 1),
    running: () => 1,
    log: () => {},
  };
  (globalThis as unknown as { __aitbc: ComponentHost }).__aitbc = host as never;
});

const preopened = (path: string): Anything => {
  const all = [...(of('wasi:filesystem/preopens')['getDirectories'] as () => Iterable<Anything>)()] as unknown as [
    Anything,
    string,
  ][];
  return all.find(([, name]) => name === path)?.[0] as Anything;
};
const open = (path: string, how: object = {}, rights: object = { read: true, write: true }): Anything =>
  preopened('/data').openAt?.({}, path, how, rights) as Anything;

describe('wasiImports()', () => {
  test('has exactly what the check of worlds promises', () => {
    const names = Object.fromEntries(
      Object.entries(wasi).map(([name, members]) => [name, Object.keys(members).sort()]),
    );
    expect(names).toEqual(
      Object.fromEntries(Object.entries(WASI).map(([name, members]) => [name, [...members].sort()])),
    );
  });

  test('shows granted variables alone, no arguments, and /data as the folder it is in', () => {
    const environment = of('wasi:cli/environment');
    expect(environment.getEnvironment?.()).toEqual([['A', '1']]);
    expect(environment.getArguments?.()).toEqual([]);
    expect(environment.initialCwd?.()).toBe('/data');
  });
});

describe('wasi:filesystem', () => {
  test('reads and writes at places, appends, and cuts', () => {
    const file = open('a');
    expect(file.read?.(3n, 1n)).toEqual([bytes('ell'), false]);
    expect(file.read?.(10n, 4n)).toEqual([bytes('o'), true]);
    file.write?.(bytes('J'), 0n);
    file.write?.(bytes('!'), 5n);
    expect(new TextDecoder().decode(files.get('/data/a'))).toBe('Jello!');
    file.write?.(bytes('x'), 8n);
    expect(files.get('/data/a')).toEqual(bytes('Jello!\0\0x'));
    file.setSize?.(2n);
    expect(files.get('/data/a')).toEqual(bytes('Je'));
    file.appendViaStream?.().write?.(bytes('t'));
    expect(files.get('/data/a')).toEqual(bytes('Jet'));
    expect(payload(() => file.write?.(bytes('x'), 5_000n))).toBe('file-too-large');
    const stream = file.readViaStream?.(1n);
    expect(stream?.blockingRead?.(10n)).toEqual(bytes('et'));
    expect(payload(() => stream?.read?.(1n))).toEqual({ tag: 'closed' });
  });

  test('opens as it is told to', () => {
    expect(payload(() => open('none'))).toBe('no-entry');
    open('new', { create: true });
    expect(files.get('/data/new')).toEqual(bytes(''));
    expect(payload(() => open('new', { create: true, exclusive: true }))).toBe('exist');
    expect(payload(() => open('a', { directory: true }))).toBe('not-directory');
    expect(payload(() => open('dir'))).toBe('is-directory');
    open('a', { truncate: true });
    expect(files.get('/data/a')).toEqual(bytes(''));
    expect(payload(() => open('a', {}, { read: true }).write?.(bytes('x'), 0n))).toBe('bad-descriptor');
  });

  test.each(['../etc/passwd', '/etc/passwd', 'dir/../../x', '..'])('does not lead out of a folder by %s', (path) => {
    expect(payload(() => open(path))).toBe('not-permitted');
  });

  test('gives what the broker refuses as its error codes', () => {
    expect(payload(() => preopened('/').openAt?.({}, 'secret', {}, { read: true }))).toBe('access');
    expect(payload(() => preopened('/data').createDirectoryAt?.('x'))).toBe('read-only');
    expect(payload(() => preopened('/data').symlinkAt?.('a', 'b'))).toBe('unsupported');
  });

  test('lists a folder to its end', () => {
    const entries = preopened('/data').readDirectory?.() as Anything;
    expect(entries.readDirectoryEntry?.()).toEqual({ type: 'regular-file', name: 'a' });
    expect(entries.readDirectoryEntry?.()).toBeUndefined();
  });
});

describe('wasi:http', () => {
  const { Fields, OutgoingRequest, OutgoingBody, IncomingBody } = wasi['wasi:http/types'] as Record<string, Anything>;
  const handle = (request: unknown): Anything =>
    of('wasi:http/outgoing-handler').handle?.(request, undefined) as Anything;
  const request = (): Anything => {
    const made = new (OutgoingRequest as Anything)((Fields as Anything).fromList?.([['X-A', bytes('1')]]));
    made.setAuthority?.('a.example:80');
    made.setScheme?.({ tag: 'HTTP' });
    made.setPathWithQuery?.('/p?q');
    return made;
  };

  const sending = { url: 'http://a.example:80/p?q', headers: [['X-A', '1']], redirect: 'manual' };

  test('sends a body as there is room for it, and its end', () => {
    const posted = request();
    posted.setMethod?.({ tag: 'post' });
    const body = posted.body?.() as Anything;
    const stream = body.write?.() as Anything;
    stream.write?.(bytes('be'));
    handle(posted);
    expect(fetched).toEqual([[{ ...sending, method: 'POST', hasBody: true }, 'written']]);
    expect(sent).toEqual(['be']);
    expect(stream.checkWrite?.()).toBe(3n);
    expect(() => stream.write?.(bytes('fore'))).toThrow('more than the stream has room for');
    stream.blockingWriteAndFlush?.(bytes('fore it'));
    expect([sent.join(''), waits > 0]).toEqual(['before it', true]);
    (OutgoingBody as Anything).finish?.(body, undefined);
    expect(sent.at(-1)).toBe('|');
  });

  test('is told that a body is not wanted any more, and tells that one was dropped', () => {
    const posted = request();
    posted.setMethod?.({ tag: 'put' });
    const body = posted.body?.() as Anything;
    const stream = body.write?.() as Anything;
    handle(posted);
    (body as unknown as Disposable)[Symbol.dispose]();
    expect(sent).toEqual(['failed']);
    sent.push('closed');
    expect(payload(() => stream.blockingWriteAndFlush?.(bytes('x')))).toEqual({ tag: 'closed' });
  });

  test('sends nothing whose length is not what its header says', () => {
    const made = (length: string): Anything => {
      const posted = new (OutgoingRequest as Anything)(
        (Fields as Anything).fromList?.([['Content-Length', bytes(length)]]),
      );
      posted.setAuthority?.('a.example:80');
      posted.setMethod?.({ tag: 'post' });
      return posted;
    };
    const short = made('6').body?.() as Anything;
    short.write?.().blockingWriteAndFlush?.(bytes('hello'));
    expect(payload(() => (OutgoingBody as Anything).finish?.(short, undefined))).toEqual({
      tag: 'HTTP-request-body-size',
      val: 5n,
    });
    const long = made('4').body?.() as Anything;
    expect(payload(() => long.write?.().blockingWriteAndFlush?.(bytes('hello')))).toEqual({ tag: 'closed' });
  });

  test('hands its timeouts to the broker, in milliseconds', () => {
    const { RequestOptions } = wasi['wasi:http/types'] as Record<string, Anything>;
    const options = new (RequestOptions as Anything)();
    options.setConnectTimeout?.(1_500_000_000n);
    options.setFirstByteTimeout?.(1n);
    options.setBetweenBytesTimeout?.(2n ** 63n);
    of('wasi:http/outgoing-handler').handle?.(request(), options);
    expect((fetched[0] as unknown[])[0]).toMatchObject({
      timeouts: { connect: 1_500, first: 1, between: 2 ** 31 - 1 },
    });
  });

  test('sends a whole body at once where it was finished before, and reads the answer as it comes', () => {
    const posted = request();
    posted.setMethod?.({ tag: 'post' });
    const body = posted.body?.() as Anything;
    body.write?.().blockingWriteAndFlush?.(bytes('hello'));
    (OutgoingBody as Anything).finish?.(body, undefined);
    expect(fetched).toEqual([]);
    const future = handle(posted);
    expect(fetched).toEqual([[{ ...sending, method: 'POST', hasBody: true }, bytes('hello')]]);
    expect(future.get?.()).toBeUndefined();
    future.subscribe?.().block?.();
    const answer = future.get?.() as never as { val: { val: Anything } };
    expect(future.get?.()).toEqual({ tag: 'err', val: undefined });
    const response = answer.val.val;
    expect(response.status?.()).toBe(302);
    expect(response.headers?.().get?.('x-one')).toEqual([Uint8Array.of(0xe9)]);
    expect(payload(() => response.headers?.().append?.('a', bytes('b')))).toEqual({ tag: 'immutable' });
    const incoming = response.consume?.() as Anything;
    const stream = incoming.stream?.() as Anything;
    expect(stream.blockingRead?.(2n)).toEqual(bytes('on'));
    expect(stream.read?.(9n)).toEqual(bytes('e'));
    expect(stream.read?.(9n)).toEqual(bytes(''));
    expect(stream.blockingRead?.(9n)).toEqual(bytes('two'));
    expect(payload(() => stream.blockingRead?.(1n))).toEqual({ tag: 'closed' });
    expect((IncomingBody as Anything).finish?.(incoming).get?.()).toEqual({
      tag: 'ok',
      val: { tag: 'ok', val: undefined },
    });
  });

  test('refuses what is no request', () => {
    const ftp = request();
    ftp.setScheme?.({ tag: 'other', val: 'ftp' });
    expect(payload(() => handle(ftp))).toEqual({ tag: 'HTTP-protocol-error' });
    const nowhere = new (OutgoingRequest as Anything)(new (Fields as Anything)());
    expect(payload(() => handle(nowhere))).toEqual({ tag: 'HTTP-request-URI-invalid' });
    expect(payload(() => request().setAuthority?.('a@b'))).toBeInstanceOf(Error);
    expect(payload(() => (Fields as Anything).fromList?.([['host', bytes('b')]]))).toEqual({ tag: 'forbidden' });
    expect(payload(() => (Fields as Anything).fromList?.([['a b', bytes('b')]]))).toEqual({ tag: 'invalid-syntax' });
    expect(payload(() => (Fields as Anything).fromList?.([['a', bytes('b\n')]]))).toEqual({ tag: 'invalid-syntax' });
  });
});

describe('wasi:io and clocks', () => {
  test('poll() gives what is ready, and waits for what is due', () => {
    const clock = of('wasi:clocks/monotonic-clock');
    const late = clock.subscribeDuration?.(10_000_000_000_000n);
    const now = clock.subscribeDuration?.(0n);
    expect(of('wasi:io/poll').poll?.([late, now])).toEqual(Uint32Array.of(1));
    const soon = clock.subscribeDuration?.(2_000_000n);
    expect(of('wasi:io/poll').poll?.([soon])).toEqual(Uint32Array.of(0));
    expect(waits).toBeGreaterThan(0);
    expect(() => of('wasi:io/poll').poll?.([])).toThrow('it polls nothing');
  });

  test('random bytes are as many as asked for, and not without bound', () => {
    const random = of('wasi:random/random');
    expect(random.getRandomBytes?.(100_000n)).toHaveLength(100_000);
    expect(() => random.getRandomBytes?.(2n ** 40n)).toThrow(RangeError);
  });

  test('exit() ends the component', () => {
    expect(() => of('wasi:cli/exit').exit?.({ tag: 'err' })).toThrow('it exited with status 1');
    expect(() => of('wasi:cli/exit').exitWithCode?.(9)).toThrow('it exited with status 9');
  });
});
