import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guest, createGuest, moduleInNode } from '../harness.ts';

/** Modules whose default export must say the same here and in Node itself. */
const SAME: [title: string, source: string][] = [
  [
    'node:buffer converts between encodings',
    `import { Buffer } from 'node:buffer';
    const texts = ['', 'a', 'aé€😀', '-_8'];
    const encodings = ['utf8', 'hex', 'base64', 'base64url', 'latin1', 'ascii', 'utf16le'];
    export default () => [
      texts.map((text) => encodings.map((encoding) => Buffer.from(text).toString(encoding))),
      Buffer.from('-_8', 'base64url').toString('hex'), Buffer.byteLength('€'), Buffer.byteLength('YWI', 'base64url'),
      Buffer.concat([Buffer.from('a'), Buffer.from('b')]).equals(Buffer.from('ab')), Buffer.isEncoding('base64url'),
      Buffer.alloc(3, 'ab').toString(), Buffer.from([1, 2, 3]).readUIntBE(0, 3), Buffer.compare(Buffer.from('a'), Buffer.from('b')),
      Buffer.from('hello').indexOf('l'), Buffer.from('hello').subarray(1, 3).toString(), JSON.stringify(Buffer.from('x')),
      Buffer.alloc(8).fill(255).readBigUInt64LE() === 18446744073709551615n, Buffer.from('abc').swap16 !== undefined,
    ];`,
  ],
  [
    'node:events emits, waits and iterates',
    `import EventEmitter, { EventEmitter as Named, once, on, errorMonitor, getEventListeners } from 'node:events';
    class Own extends EventEmitter {}
    export default async () => {
      const emitter = new Own(); const seen = [];
      const waiting = once(emitter, 'a'); emitter.emit('a', 1, 2);
      emitter.on(errorMonitor, (error) => seen.push('monitor ' + error.message));
      emitter.on('error', (error) => seen.push(error.message)); emitter.emit('error', new Error('x'));
      emitter.prependListener('b', () => seen.push('first')); emitter.on('b', () => seen.push('second')); emitter.emit('b');
      setTimeout(() => { emitter.emit('c', 1); emitter.emit('c', 2); }, 1);
      for await (const [value] of on(emitter, 'c')) { seen.push(value); if (value === 2) break; }
      const aborted = await once(emitter, 'never', { signal: AbortSignal.abort() }).catch((error) => [error.name, error.code]);
      let unhandled; try { new EventEmitter().emit('error', new Error('thrown')); } catch (error) { unhandled = error.message; }
      return [await waiting, seen, aborted, unhandled, EventEmitter === Named, emitter.listenerCount('b'), emitter.listenerCount('c'),
        getEventListeners(emitter, 'b').length, emitter.eventNames().length];
    };`,
  ],
  [
    'node:path is the POSIX one',
    `import path from 'node:path'; import posix from 'node:path/posix';
    export default () => [path.join('a', '..', 'b', './c'), path.resolve('/x', '../y'), posix.basename('/a/b.c', '.c'), path.relative('/a/b', '/a/c/d'),
      path.normalize('/a//b/../c/'), path.parse('/home/x.tar.gz'), path.format({ dir: '/d', base: 'b' }), path.isAbsolute('a'), path.extname('.x'), path.dirname('/a/b/'), path.sep];`,
  ],
  [
    'node:url parses, resolves and converts',
    `import url, { fileURLToPath, pathToFileURL, domainToASCII, domainToUnicode, urlToHttpOptions } from 'node:url';
    const attempt = (run) => { try { return run(); } catch (error) { return error.code; } };
    export default () => [url.parse('http://u:p@h:1/p?q=1#h').host, url.parse('/a?b=c', true).query.b, url.resolve('http://a/b/c', '../d'),
      url.format({ protocol: 'http', host: 'x', pathname: '/y', query: { a: 1 } }), url.format(new URL('http://xn--m-eha.de/b#c'), { fragment: false, unicode: true }),
      fileURLToPath('file:///a%20b'), attempt(() => fileURLToPath('http://a/')), attempt(() => fileURLToPath('file:///a%2fb')), pathToFileURL('/a b?#%').href,
      domainToASCII('mü.de'), domainToUnicode('xn--m-eha.de'), urlToHttpOptions(new URL('http://u:p@[::1]:8/a?b')).auth];`,
  ],
  [
    'node:querystring is lenient',
    `import qs from 'node:querystring';
    export default () => [{ ...qs.parse('a=1&a=2&b=%zz&c&=d&e=f=g&h=%F0%9F%98%80+x') }, qs.stringify({ a: [1, 2], b: 'ü ', c: true, d: null, e: undefined, f: '' }),
      { ...qs.parse('a:1;b:2', ';', ':') }, qs.escape("a'b(c)"), qs.unescape('%41%zz')];`,
  ],
  [
    'node:string_decoder keeps incomplete characters',
    `import { StringDecoder } from 'node:string_decoder';
    export default () => { const utf8 = new StringDecoder('utf8'), base64 = new StringDecoder('base64');
      return [utf8.write(new Uint8Array([0xe2, 0x82])), utf8.write(Buffer.from([0xac, 0x41])), utf8.end(new Uint8Array([0xe2])), base64.write(new Uint8Array([1, 2, 3, 4])), base64.end()]; };
    import { Buffer } from 'node:buffer';`,
  ],
  [
    'node:assert judges',
    `import assert from 'node:assert'; import strict, { equal } from 'node:assert/strict';
    const attempts = [() => assert.equal(1, '1'), () => equal(1, '1'), () => assert.deepEqual({ a: [1] }, { a: ['1'] }), () => strict.deepEqual({ a: [1] }, { a: ['1'] }),
      () => assert.deepStrictEqual(new Map([[{ k: 1 }, new Set([[1]])]]), new Map([[{ k: 1 }, new Set([[1]])]])), () => assert.deepStrictEqual(new Date(0), new Date(1)),
      () => assert.deepStrictEqual([1, , 3], [1, undefined, 3]), () => assert.deepStrictEqual(Object.create(null), {}), () => assert.deepStrictEqual(NaN, NaN), () => assert.deepStrictEqual(0, -0),
      () => assert.throws(() => { throw new TypeError('xyz'); }, /xyz/), () => assert.throws(() => { throw new TypeError('a'); }, { name: 'TypeError', message: 'a' }),
      () => assert.throws(() => {}), () => assert.throws(() => { throw new TypeError('a'); }, RangeError), () => assert(0), () => assert.ok(1), () => assert.match('abc', /b/),
      () => assert.notStrictEqual(1, 1), () => assert.ifError(null), () => assert.ifError(new Error('e')), () => assert.fail('boom'), () => assert.doesNotThrow(() => {})];
    export default async () => [attempts.map((run) => { try { run(); return 'ok'; } catch (error) { return [error.name, error.code, error.operator]; } }),
      await assert.rejects(Promise.reject(new Error('r')), /r/).then(() => 'rejected'), await assert.rejects(Promise.resolve()).catch((error) => error.code)];`,
  ],
  [
    'node:punycode',
    `import punycode from 'node:punycode'; export default () => [punycode.toASCII('mañana.com'), punycode.toUnicode('xn--maana-pta.com'), punycode.encode('ü'), punycode.decode('tda')];`,
  ],
  [
    'node:stream pipes, transforms and consumes',
    `import Stream, { Readable, Writable, Transform, PassThrough, pipeline, finished } from 'node:stream'; import { pipeline as piped } from 'node:stream/promises'; import { text, json } from 'node:stream/consumers';
    import { Buffer } from 'node:buffer';
    export default async () => {
      const upper = []; await piped(Readable.from(['a', 'b']), new Transform({ transform(chunk, encoding, done) { done(null, String(chunk).toUpperCase()); } }), async (source) => { for await (const chunk of source) upper.push(String(chunk)); });
      const written = []; const sink = new Writable({ highWaterMark: 2, write(chunk, encoding, done) { written.push(String(chunk)); setTimeout(done, 1); } });
      const room = [sink.write('abc'), sink.write('d')]; await new Promise((resolve) => sink.on('drain', resolve)); sink.end(); await new Promise((resolve) => finished(sink, resolve));
      const broken = await new Promise((resolve) => pipeline(new Readable({ read() { this.destroy(new Error('broken')); } }), new PassThrough(), resolve));
      class Old extends Stream {} 
      return [upper.join(''), written, room, broken.message, await text(Readable.from(['x', Buffer.from('é')])), await json(Readable.from(['{"a":', '1}'])), new Readable() instanceof Stream, new Old() instanceof Stream,
        await text(Readable.fromWeb(new Response('from the web').body)), await new Response(Readable.toWeb(Readable.from([new Uint8Array([104, 105])]))).text()];
    };`,
  ],
  [
    'node:timers and node:timers/promises',
    `import timers, { setTimeout as later, setImmediate as soon, clearTimeout as clear } from 'node:timers'; import { setTimeout as wait, setInterval as every } from 'node:timers/promises';
    export default async () => { const timer = later(() => {}, 1000); const facts = [timer.hasRef(), timer.unref().hasRef(), timer.ref() === timer, Number.isInteger(+timer)]; clear(timer);
      const order = []; await new Promise((resolve) => { soon(() => { order.push('immediate'); resolve(); }); Promise.resolve().then(() => order.push('microtask')); });
      let ticks = 0; for await (const tick of every(1, 'tick')) if (tick === 'tick' && ++ticks === 3) break;
      return [facts, order, ticks, await wait(1, 'value'), await wait(1000, 1, { signal: AbortSignal.abort() }).catch((error) => error.name), typeof timers.promises.setTimeout]; };`,
  ],
  [
    'node:crypto hashes and derives',
    `import crypto, { createHash, createHmac, randomBytes, randomUUID, timingSafeEqual, randomInt, pbkdf2Sync, hkdfSync, getRandomValues } from 'node:crypto'; import { Buffer } from 'node:buffer';
    const attempt = (run) => { try { return run(); } catch (error) { return error.code; } };
    export default () => [['md5', 'sha1', 'SHA256', 'sha-512', 'sha3-256'].map((name) => createHash(name).update('a').update(new Uint8Array([98])).digest('hex')), createHmac('sha256', 'key').update('data').digest('base64'),
      pbkdf2Sync('p', 's', 1000, 16, 'sha256').toString('hex'), Buffer.from(hkdfSync('sha256', 'k', 's', 'i', 16)).toString('hex'), randomBytes(70000).length, randomUUID().length, randomInt(3, 4),
      timingSafeEqual(Buffer.from('a'), Buffer.from('a')), attempt(() => timingSafeEqual(Buffer.from('a'), Buffer.from('ab'))), crypto.webcrypto.subtle === crypto.subtle, getRandomValues(new Uint8Array(2)).length,
      attempt(() => { const hash = createHash('md5'); hash.digest(); hash.digest(); })];`,
  ],
  [
    'node:util promisifies, formats and tells types',
    `import util, { promisify, callbackify, inherits, format, isDeepStrictEqual, stripVTControlCharacters, types } from 'node:util';
    function Parent() {} Parent.prototype.hi = () => 'hi'; function Child() {} inherits(Child, Parent);
    const values = [new Date(), /x/, new Map(), new Set(), Promise.resolve(), new Error(), new Uint8Array(), new DataView(new ArrayBuffer(1)), new ArrayBuffer(1), Object(1), Object('a'), (function () { return arguments; })(), async () => {}, function* () {}, new WeakMap(), {}, null, 1];
    const tests = ['isDate', 'isRegExp', 'isMap', 'isSet', 'isPromise', 'isNativeError', 'isUint8Array', 'isTypedArray', 'isDataView', 'isArrayBuffer', 'isNumberObject', 'isStringObject', 'isBoxedPrimitive', 'isArgumentsObject', 'isAsyncFunction', 'isGeneratorFunction', 'isWeakMap', 'isArrayBufferView'];
    export default async () => [await promisify((value, done) => done(null, value + 1))(1), await promisify((done) => done(new Error('no')))().catch((error) => error.message),
      await new Promise((resolve) => callbackify(async (value) => value * 2)(21, (error, value) => resolve([error, value]))), new Child().hi(),
      format('%s %d %i %f %j %% %o', 'a', '1.5', '2.9', '3.5', { a: 1 }), format('a', 'b', 3), format('%s', 5n, Symbol('x')), format('%d', '0x10'), format('%s', { a: { b: 1 } }), format('%x', 1),
      isDeepStrictEqual({ a: [1, { b: 2 }] }, { a: [1, { b: 2 }] }), stripVTControlCharacters('\\u001b[31mred\\u001b[0m'), tests.map((test) => values.map((value) => types[test](value)))];`,
  ],
  [
    'util.inspect shows values',
    `import { inspect } from 'node:util'; class Point { constructor() { this.x = 1; } get y() { return 2; } } class Empty {}
    const circular = { name: 'c' }; const nullish = Object.create(null); nullish.a = 1;
    const values = [1, -0, 'it\\'s', "a'b\\"c", 'line\\nbreak', 10n, Symbol('s'), null, undefined, true, [1, 2, 3], [], {}, { a: 1, 'b-c': 'x', [Symbol('k')]: 2 }, { a: { b: { c: { d: 1 } } } }, { a: { b: { c: {} } } },
      new Point(), new Empty(), nullish, new Map([[1, { a: 2 }], ['k', [1]]]), new Set([1, 'a']), new Date(0), new Date(NaN), /x/gi, function named() {}, () => {}, class A {}, class B extends Point {}, async () => {},
      new Uint8Array([1, 2]), Object(1), Object('s'), [1, , 3], [undefined, null], { get a() { return 1; }, set b(value) {} }, { f() {} }, Array.from({ length: 102 }, () => 0).length, 'x'.repeat(100), [['a', ['b', ['c', ['d']]]]],
      { long: 'x'.repeat(50), other: 'y'.repeat(50) }];
    export default () => values.map((value) => inspect(value));`,
  ],
];

describe('node: modules in the guest', () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await createGuest();
  });
  afterAll(() => guest.dispose());

  it.each(SAME)('%s as in Node', async (_title, source) => {
    expect(await guest.program(source)).toEqual(await moduleInNode(source));
  });

  it('node:process knows granted variables and no process', async () => {
    const source = `import process, { nextTick } from 'node:process';
      export default async () => { const order = []; nextTick((text) => order.push(text), 'tick'); await null; await null;
        return [process.env.GRANTED, process.env.HOME, process.cwd(), process.argv, process.platform, order, typeof process.exit, typeof process.kill, typeof process.binding, process.hrtime().length, Object.keys(process.versions)]; };`;
    expect(await guest.program(source)).toEqual([
      'yes',
      undefined,
      '/',
      [],
      'linux',
      ['tick'],
      'undefined',
      'undefined',
      'undefined',
      2,
      [],
    ]);
  });

  it('share one Buffer and one EventEmitter in a program', async () => {
    const source = `import { Buffer } from 'node:buffer'; import { EventEmitter } from 'node:events'; import { Readable, PassThrough } from 'node:stream'; import { randomBytes } from 'node:crypto';
      export default async () => { const chunks = []; for await (const chunk of Readable.from([Buffer.from('a')]).pipe(new PassThrough())) chunks.push(chunk instanceof Buffer);
        return [chunks, randomBytes(1) instanceof Buffer, new PassThrough() instanceof EventEmitter]; };`;
    expect(await guest.program(source)).toEqual([[true], true, true]);
  });

  it.each([
    ['node:fs', 'readFileSync'],
    ['node:fs', 'existsSync'],
    ['node:fs/promises', 'open'],
    ['node:os', 'hostname'],
    ['node:process', 'exit'],
    ['node:crypto', 'createSign'],
    ['node:util', 'parseArgs'],
    ['node:stream', 'Blob'],
  ])('%s has no %s: the build says so', async (module, name) => {
    const source = `import { ${name} } from '${module}'; export default () => ${name};`;
    await expect(guest.program(source)).rejects.toThrow(`No matching export`);
  });
});
