import { afterEach, describe, expect, it } from 'vitest';
import { type Guest, type Handler, createGuest, inNode } from '../harness.ts';

/**
 * Replaces what a plugin can replace, recording everything that the replacements are shown; `__leaks()` says what of it
 * is the host's. The harness's host object has a member `marker`, and its functions are on `__secrets`.
 */
const TAMPER = `
  let recording = true; const seen = new Set(); const note = (value) => { if (recording) if ((typeof value === 'object' && value !== null) || typeof value === 'function') seen.add(value); };
  const realApply = Reflect.apply, realAdd = Set.prototype.add, define = Object.defineProperty, describeOf = Object.getOwnPropertyDescriptor, own = Reflect.ownKeys;
  globalThis.__leaks = () => { recording = false; const found = []; const host = globalThis.__hostForTest;
    for (const value of seen) { let members = []; try { members = own(value); } catch {} if (value === host || members.includes('marker') || members.includes('setTimer') || members.includes('native') && members.includes('request')) found.push(members.map(String)); for (const key of ['request', 'native', 'setTimer', 'log']) if (value === host[key]) found.push(key); }
    return found; };
  const wrap = (holder, key) => { const descriptor = describeOf(holder, key); if (!descriptor?.configurable || typeof descriptor.value !== 'function') return; const original = descriptor.value;
    define(holder, key, { ...descriptor, value: function (...args) { note(this); for (let at = 0; at < args.length; at++) note(args[at]); return new.target ? Reflect.construct(original, args, new.target) : realApply(original, this, args); } }); };
  for (const holder of [Array.prototype, Promise.prototype, Map.prototype, Set.prototype, WeakMap.prototype, String.prototype, Function.prototype, Object.prototype, Uint8Array.prototype.__proto__, RegExp.prototype]) for (const key of own(holder)) { try { if (key !== 'constructor' && key !== 'hasOwnProperty' && holder[key] !== realAdd) wrap(holder, key); } catch {} }
  for (const holder of [Object, Reflect, Array, Promise, JSON, Math, Number, String]) for (const key of own(holder)) if (key !== 'prototype' && key !== 'apply' && key !== 'construct') wrap(holder, key);
  for (const key of ['then', 'body', 'signal', 'headers', 'next']) define(Object.prototype, key, { configurable: true, get() { note(this); return undefined; }, set(value) { note(this); note(value); define(this, key, { value, writable: true, configurable: true, enumerable: true }); } });
`;

const reply: Handler = async (op, args) => {
  if (op !== 'net.fetch') throw new Error(`asked ${op}`);
  const [{ url }] = args as [{ url: string }];
  const head = { url, status: 200, statusText: 'OK', headers: [['a', 'b']], redirected: false, hasBody: true };
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield new TextEncoder().encode('{"he');
    yield new TextEncoder().encode('llo":1}');
  }
  return { value: head, body: chunks() };
};

describe('the web API under a hostile plugin', () => {
  let guest: Guest;
  afterEach(() => guest.dispose());

  it('shows no host object to replaced built-ins, and still works', async () => {
    guest = await createGuest(reply);
    const seen = await guest.run<unknown[]>(`
      globalThis.__hostForTest = globalThis.__host; ${TAMPER}
      const response = await fetch('http://a.b/c', { method: 'POST', body: 'x' }); const json = await response.json();
      const url = new URL('http://a.b/?x=1'); url.searchParams.append('y', '2');
      const parts = []; for await (const chunk of new Blob(['abc']).stream()) parts.push(chunk.length);
      const hash = new Uint8Array(await crypto.subtle.digest('SHA-256', new TextEncoder().encode('a')));
      await new Promise((resolve) => setTimeout(resolve, 1)); console.log('logged %s', 1, { a: [1] }); crypto.randomUUID(); structuredClone({ a: new Map([[1, 2]]) });
      const controller = new AbortController(); controller.signal.addEventListener('abort', () => {}); controller.abort();
      return [json.hello, url.href, parts.length, hash[0], __leaks()];`);
    expect(seen).toEqual([1, 'http://a.b/?x=1&y=2', 1, 0xca, []]);
  });

  it('is what it was when built-ins are gone before its first use', async () => {
    guest = await createGuest(reply);
    const seen = await guest.run<unknown[]>(`
      for (const key of ['Map', 'WeakMap', 'TypeError', 'Uint8Array', 'Reflect', 'JSON', 'Math']) globalThis['kept' + key] = globalThis[key];
      const { href } = new URL('http://a.b/../c'); const response = await fetch('http://a.b/'); 
      globalThis.Reflect = globalThis.JSON = globalThis.Object = globalThis.Promise = undefined;
      return [href, await response.text(), new TextDecoder().decode(new TextEncoder().encode('é'))];`);
    expect(seen).toEqual(['http://a.b/c', '{"hello":1}', 'é']);
  });

  it('leaves nothing of its own reachable by name', async () => {
    guest = await createGuest();
    const names = await guest.run<string[]>(`
      const out = new Set(); const visit = (value, depth) => { if ((typeof value !== 'object' && typeof value !== 'function') || value === null || out.has(value) || depth > 4) return; out.add(value);
        for (const key of Reflect.ownKeys(value)) { const descriptor = Object.getOwnPropertyDescriptor(value, key); for (const next of [descriptor.value, descriptor.get, descriptor.set]) visit(next, depth + 1); } visit(Object.getPrototypeOf(value), depth + 1); };
      const host = globalThis.__host; delete globalThis.__host; delete globalThis.__nodeHost; delete globalThis.__fire; delete globalThis.__pull; delete globalThis.__stop;
      for (const name of Object.getOwnPropertyNames(globalThis)) { let value; try { value = globalThis[name]; } catch { continue; } visit(value, 0); }
      return [...[host, host.request, host.native, host.setTimer].map((secret) => out.has(secret)), out.size > 200];`);
    expect(names).toEqual([false, false, false, false, true]);
  });

  it('refuses forged receivers', async () => {
    guest = await createGuest();
    const body = `const refused = []; const attempt = (run) => { try { run(); refused.push('fine'); } catch (error) { refused.push(error instanceof TypeError); } };
      for (const [Kind, member] of [[URL, 'href'], [Headers, 'get'], [Request, 'url'], [Response, 'status'], [Blob, 'size'], [AbortSignal, 'aborted'], [CryptoKey, 'type'], [TextDecoder, 'encoding'], [Event, 'type'], [URLSearchParams, 'size'], [FormData, 'append']]) {
        const descriptor = Object.getOwnPropertyDescriptor(Kind.prototype, member); attempt(() => Reflect.apply(descriptor.get ?? descriptor.value, { __proto__: Kind.prototype }, ['a', 'b'])); }
      for (const Kind of [AbortSignal, Crypto, CryptoKey, SubtleCrypto, Performance]) attempt(() => new Kind());
      for (const Kind of [URL, Headers, Blob]) attempt(() => Kind('http://a.b'));
      return refused;`;
    const here = await guest.run<unknown[]>(body);
    expect(here).toEqual(await inNode(body));
    expect(here).not.toContain('fine');
  });

  it('bounds what console prints and runs no getter of a plugin twice', async () => {
    guest = await createGuest();
    await guest.run(`
      let runs = 0; const trap = { get loud() { runs++; return 1; } }; console.log(trap, 'x'.repeat(1e6)); console.log(Array.from({ length: 1e5 }, (_, at) => ({ at })));
      const deep = {}; let at = deep; for (let level = 0; level < 1e4; level++) at = at.next = {}; console.log('%o', deep); const ring = {}; ring.ring = ring; console.log(ring); console.log(new Proxy({}, { ownKeys() { throw new Error('no keys'); } }) instanceof Object);
      console.table([{ a: 1, b: 'x' }, { a: 2 }]); console.assert(false, 'asserted'); console.count(); console.count(); console.group('g'); console.warn('inside'); console.groupEnd(); console.time('t'); console.timeEnd('t'); console.error(Object.assign(new Error('failed'), { code: 'E' }));
      if (runs !== 0) throw new Error('a getter ran');`);
    for (const { message } of guest.logs) expect(message.length).toBeLessThan(17_000);
    const messages = guest.logs.map(({ level, message }) => `${level} ${message}`);
    expect(messages[0]).toContain('loud: [Getter]');
    expect(messages.slice(3, 5)).toEqual(['info { ring: [Circular *] }', 'info true']);
    expect(messages[5]).toBe(
      "info ┌─────────┬───┬─────┐\n│ (index) │ a │ b   │\n├─────────┼───┼─────┤\n│ 0       │ 1 │ 'x' │\n│ 1       │ 2 │     │\n└─────────┴───┴─────┘",
    );
    expect(messages.slice(6, 11)).toEqual([
      'error Assertion failed: asserted',
      'info default: 1',
      'info default: 2',
      'info g',
      'warn   inside',
    ]);
    expect(messages[11]).toMatch(/^info t: \d/);
    expect(messages[12]).toContain("code: 'E'");
  });
});
