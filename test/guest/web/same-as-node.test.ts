import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guest, createGuest, inNode } from '../harness.ts';

/** Bodies of async functions that must answer here as in Node itself. */
const SAME: [title: string, body: string][] = [
  [
    'EventTarget dispatches',
    `const target = new EventTarget(); const seen = [];
    const object = { handleEvent(event) { seen.push(['object', this === object, event.type]); } };
    target.addEventListener('a', object); target.addEventListener('a', object);
    target.addEventListener('a', function (event) { seen.push([this === target, event.target === target, ]); }, { once: true });
    target.addEventListener('a', (event) => { event.preventDefault(); event.stopImmediatePropagation(); }); target.addEventListener('a', () => seen.push('never'));
    const event = new Event('a', { cancelable: true });
    seen.push(target.dispatchEvent(event), event.defaultPrevented, event.target === target, event.currentTarget, event.eventPhase);
    target.removeEventListener('a', object); target.dispatchEvent(new CustomEvent('a', { detail: 5 }));
    const controller = new AbortController(); target.addEventListener('b', () => seen.push('b'), { signal: controller.signal }); controller.abort(); target.dispatchEvent(new Event('b'));
    target.addEventListener('c', null); target.addEventListener('c', (event) => event.preventDefault(), { passive: true }); seen.push(target.dispatchEvent(new Event('c', { cancelable: true })));
    seen.push(new CustomEvent('x', { detail: { a: 1 } }).detail, new CustomEvent('x').detail, Object.prototype.toString.call(new Event('e')), Event.AT_TARGET);
    for (const wrong of [() => new Event(), () => target.dispatchEvent({}), () => target.addEventListener('x')]) { try { wrong(); seen.push('fine'); } catch (error) { seen.push(error instanceof TypeError); } }
    return seen;`,
  ],
  [
    'AbortSignal aborts, follows and times out',
    `const seen = []; const controller = new AbortController(); const { signal } = controller;
    signal.onabort = (event) => seen.push(['on', event.type, signal.aborted]); signal.addEventListener('abort', () => seen.push('listener'));
    const any = AbortSignal.any([signal, AbortSignal.any([new AbortController().signal])]); any.addEventListener('abort', () => seen.push(['any', any.reason]));
    controller.abort('why'); controller.abort('again'); seen.push(signal.reason, any.aborted);
    try { signal.throwIfAborted(); } catch (error) { seen.push(error); }
    seen.push(AbortSignal.abort().reason.name, AbortSignal.abort().reason instanceof DOMException, AbortSignal.abort().reason.code, AbortSignal.any([AbortSignal.abort(7)]).reason);
    const timeout = AbortSignal.timeout(5); await new Promise((resolve) => timeout.addEventListener('abort', resolve)); seen.push(timeout.reason.name, timeout.reason.code);
    for (const wrong of [() => new AbortSignal(), () => AbortSignal.timeout(-1), () => AbortSignal.any([{}])]) { try { wrong(); } catch (error) { seen.push(error instanceof TypeError || error instanceof RangeError); } }
    return seen;`,
  ],
  [
    'structuredClone copies what can be copied',
    `const error = new RangeError('r', { cause: { a: 1 } }); const shared = { n: 1 }; const input = { date: new Date(5), regexp: /a/gi, map: new Map([[shared, shared]]), set: new Set([1, 'a']), list: [1, , 3], big: 10n, boxed: Object('s'), nothing: undefined, bytes: new Uint8Array([1, 2, 3]).subarray(1), view: new DataView(new ArrayBuffer(4), 1, 2), error, nan: NaN };
    input.self = input; input.shared = shared;
    const copy = structuredClone(input); const seen = [copy.self === copy, copy.map.get(copy.shared) === copy.shared, copy.date.getTime(), String(copy.regexp), [...copy.set], 1 in copy.list, copy.list.length, copy.big === 10n, typeof copy.boxed, 'nothing' in copy, [...copy.bytes], copy.bytes.buffer.byteLength, copy.view.byteLength, copy.view.byteOffset, copy.error instanceof RangeError, copy.error.message, copy.error.cause, Number.isNaN(copy.nan)];
    const buffer = new ArrayBuffer(8); const moved = structuredClone({ buffer }, { transfer: [buffer] }); seen.push(buffer.byteLength, moved.buffer.byteLength);
    for (const wrong of [() => {}, Symbol('s'), new WeakMap(), Promise.resolve(), { deep: [() => {}] }]) { try { structuredClone(wrong); seen.push('fine'); } catch (failure) { seen.push([failure.name, failure.code]); } }
    class Own { x = 1; get y() { return 2; } } seen.push(structuredClone(new Own()), Object.getPrototypeOf(structuredClone(new Own())) === Object.prototype, Object.keys(structuredClone({ get a() { return 1; } })));
    const blob = structuredClone(new File(['x'], 'n', { type: 'a/b', lastModified: 3 })); seen.push(await blob.text(), blob.name ?? 'n');
    const polluted = structuredClone(JSON.parse('{"__proto__": {"x": 1}}')); seen.push(Object.hasOwn(polluted, '__proto__'), polluted.x);
    return seen;`,
  ],
  [
    'DOMException',
    `const one = new DOMException('m', 'DataCloneError'); const two = new DOMException('m', { name: 'Mine', cause: 5 }); const three = new DOMException();
    return [one.name, one.message, one.code, one instanceof Error, String(one), two.name, two.code, two.cause, three.name, three.message, DOMException.ABORT_ERR, one.TIMEOUT_ERR, DOMException.INVALID_CHARACTER_ERR, Object.prototype.toString.call(one), typeof one.stack, DOMException.is, Object.keys(one)];`,
  ],
  [
    'Headers normalize, combine and refuse',
    `const seen = []; const headers = new Headers([['B', '2'], ['a', ' 1 '], ['b', '3'], ['Set-Cookie', 'x'], ['set-cookie', 'y']]);
    seen.push([...headers], headers.get('B'), headers.getSetCookie(), headers.has('A'), headers.get('none')); headers.set('b', 'new'); headers.delete('A'); headers.append('c', ''); seen.push([...headers.entries()], [...headers.keys()], [...headers.values()]);
    seen.push([...new Headers({ x: 1, Y: 'z' })], [...new Headers(headers)]); headers.forEach((value, name, self) => seen.push([name, value, self === headers]));
    for (const wrong of [['a\\n', 'b'], ['a', 'b\\r\\nc: d'], ['a', 'b\\0'], ['', 'x'], ['a b', 'x'], ['a', '\\u0100'], ['é', 'x']]) { try { new Headers([wrong]); seen.push('fine'); } catch (error) { seen.push(error instanceof TypeError); } }
    for (const wrong of [null, 'x', [['a']], [1]]) { try { new Headers(wrong); seen.push('fine'); } catch (error) { seen.push(error instanceof TypeError); } }
    return seen;`,
  ],
  [
    'Request takes what the standard says',
    `const seen = []; const show = (request) => [request.method, request.url, request.redirect, [...request.headers], request.bodyUsed, request.body === null, request.signal.aborted, request.duplex];
    seen.push(show(new Request('http://a.b/c#d')), show(new Request(new URL('http://a.b'), { method: 'post', body: 'x' })), show(new Request('http://a.b', { method: 'patch', headers: { a: 'b' } })), show(new Request('http://a.b', { redirect: 'manual' })));
    const first = new Request('http://a.b', { method: 'POST', body: new URLSearchParams({ a: 'b c' }), headers: { x: 'y' } }); const copy = first.clone(); seen.push(await copy.text(), first.bodyUsed, show(new Request(first, { headers: { z: '1' } })), first.bodyUsed);
    seen.push(await new Request('http://a.b', { method: 'PUT', body: new Blob(['b'], { type: 't/x' }) }).blob().then((blob) => [blob.type, blob.size]));
    const controller = new AbortController(); const followed = new Request('http://a.b', { signal: controller.signal }); controller.abort('r'); seen.push(followed.signal.aborted, followed.signal.reason, followed.signal === controller.signal);
    for (const wrong of [['x'], ['http://u:p@a.b'], ['http://a.b', { method: 'CONNECT' }], ['http://a.b', { method: 'a b' }], ['http://a.b', { body: 'x' }], ['http://a.b', { redirect: 'x' }], ['http://a.b', { signal: {} }], ['http://a.b', { method: 'POST', body: new ReadableStream() }]]) { try { new Request(...wrong); seen.push('fine'); } catch (error) { seen.push(error instanceof TypeError); } }
    return seen;`,
  ],
  [
    'Response builds, reads and clones',
    `const seen = []; const show = (response) => [response.status, response.statusText, response.ok, response.type, response.url, response.redirected, [...response.headers], response.body === null, response.bodyUsed];
    seen.push(show(new Response()), show(new Response('x', { status: 404, statusText: 'No', headers: { a: 'b' } })), show(Response.json({ a: 1 })), show(Response.redirect('http://a.b/', 301)), show(Response.error()), show(new Response(null, { status: 204 })));
    const response = new Response('text é'); const copy = response.clone(); seen.push(await response.text(), response.bodyUsed, copy.bodyUsed, await copy.arrayBuffer().then((buffer) => buffer.byteLength)); seen.push(await response.text().catch((error) => error instanceof TypeError));
    try { response.clone(); } catch (error) { seen.push(error instanceof TypeError); }
    seen.push(await new Response('{"a":[1]}').json(), await new Response('{').json().catch((error) => error instanceof SyntaxError), [...(await new Response(new Uint8Array([1, 2])).bytes())], await new Response('\\ufeffbom').text());
    const stream = new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array([104])); controller.enqueue(new Uint8Array([105])); controller.close(); } }); seen.push(await new Response(stream).text(), stream.locked);
    seen.push(await new Response(new ReadableStream({ start(controller) { controller.enqueue('text'); controller.close(); } })).text().catch((error) => error instanceof TypeError));
    const teed = new Response(new ReadableStream({ start(controller) { controller.enqueue(new Uint8Array([65])); controller.close(); } })); const other = teed.clone(); seen.push(await Promise.all([teed.text(), other.text()]));
    const partly = new Response('abc'); const reader = partly.body.getReader(); await reader.read(); reader.releaseLock(); seen.push(partly.bodyUsed, await partly.text().catch((error) => error instanceof TypeError));
    const locked = new Response('abc'); locked.body.getReader(); seen.push(locked.bodyUsed, await locked.text().catch((error) => error instanceof TypeError));
    for (const wrong of [() => new Response('x', { status: 204 }), () => new Response('', { status: 99 }), () => new Response('', { status: 600 }), () => Response.redirect('http://a', 200), () => Response.json(undefined), () => new Response('', { statusText: 'a\\nb' }), () => Response.error().headers.append('a', 'b'), () => Response.json(1n)]) { try { wrong(); seen.push('fine'); } catch (error) { seen.push(error.constructor.name); } }
    return seen;`,
  ],
  [
    'FormData goes to multipart and back',
    `const form = new FormData(); form.append('a', '1'); form.append('a', '2\\nx'); form.append('quo"te\\n', 'v'); form.append('file', new Blob(['bytes é'], { type: 'text/x' }), 'n"ame.txt'); form.append('plain', new File(['p'], 'p.bin')); form.set('b', 3); form.set('a', 'only');
    const seen = [[...form.keys()], form.getAll('a'), form.get('none'), form.has('b'), form.get('file').name, form.get('file') instanceof File];
    const response = new Response(form); seen.push(/^multipart\\/form-data; boundary=/.test(response.headers.get('content-type'))); const back = await response.formData();
    for (const [name, value] of back) seen.push([name, typeof value === 'string' ? value : [value.name, value.type, await value.text()]]);
    const encoded = await new Response('a=1&b=%20x+y', { headers: { 'content-type': 'application/x-www-form-urlencoded' } }).formData(); seen.push([...encoded]);
    for (const [body, type] of [['x', 'multipart/form-data; boundary=b'], ['--b\\r\\nx', 'multipart/form-data; boundary=b'], ['x', 'text/plain'], ['', 'multipart/form-data']]) seen.push(await new Response(body, { headers: { 'content-type': type } }).formData().then(() => 'fine', (error) => error instanceof TypeError));
    seen.push((await new Response('--b\\r\\nContent-Disposition: form-data; name="n"\\r\\n\\r\\nvalue\\r\\n--b--\\r\\n', { headers: { 'content-type': 'multipart/form-data; boundary=b' } }).formData()).get('n'));
    return seen;`,
  ],
  [
    'Blob and File slice, stream and read',
    `const blob = new Blob(['héllo', new Uint8Array([1, 2]), new Blob(['x'])], { type: 'Text/X' }); const part = blob.slice(1, -2, 'a/b'); const seen = [blob.size, blob.type, part.size, part.type, await part.text(), blob.slice(-1).size, blob.slice(5, 2).size];
    const chunks = []; for await (const chunk of new Blob(['ab', 'cd']).stream()) chunks.push(...chunk); seen.push(chunks, (await blob.arrayBuffer()).byteLength, (await blob.bytes()).length);
    const file = new File(['f'], 'name.txt', { type: 'a/b', lastModified: 5 }); seen.push(file.name, file.lastModified, file.type, file instanceof Blob, Object.prototype.toString.call(file), new Blob(['a\\r\\nb'], { endings: 'native' }).size, new Blob([], { type: 'é' }).type);
    for (const wrong of [() => new Blob('x'), () => new Blob(null), () => new File(['x'])]) { try { wrong(); seen.push('fine'); } catch (error) { seen.push(error instanceof TypeError); } }
    return seen;`,
  ],
  [
    'ReadableStream keeps order and backpressure',
    `const seen = []; let pulled = 0; const stream = new ReadableStream({ pull(controller) { pulled++; controller.enqueue(pulled); if (pulled === 5) controller.close(); } }, { highWaterMark: 2 });
    await new Promise((resolve) => setTimeout(resolve, 5)); seen.push(pulled); const reader = stream.getReader(); seen.push((await reader.read()).value); await new Promise((resolve) => setTimeout(resolve, 5)); seen.push(pulled); reader.releaseLock();
    const rest = []; for await (const value of stream) rest.push(value); seen.push(rest);
    let reason; const cancelled = new ReadableStream({ cancel(why) { reason = why; } }); await cancelled.cancel('stop'); seen.push(reason);
    const [one, two] = new ReadableStream({ start(c) { c.enqueue('t'); c.close(); } }).tee(); seen.push([(await one.getReader().read()).value, (await two.getReader().read()).value]);
    const broken = new ReadableStream({ start(c) { c.error(new Error('broken')); } }); seen.push(await broken.getReader().read().catch((error) => error.message));
    const bytes = new ReadableStream({ type: 'bytes', pull(c) { c.byobRequest ? (c.byobRequest.view[0] = 7, c.byobRequest.respond(1)) : c.enqueue(new Uint8Array([8])); } }); const byob = bytes.getReader({ mode: 'byob' }); seen.push([...(await byob.read(new Uint8Array(4))).value]);
    const from = []; for await (const value of ReadableStream.from(['x', 'y'])) from.push(value); seen.push(from);
    return seen;`,
  ],
  [
    'WritableStream and TransformStream push back',
    `const seen = []; const written = []; let release; const slow = new WritableStream({ write(chunk) { written.push(chunk); return new Promise((resolve) => { release = resolve; }); }, close() { seen.push('closed'); } }, { highWaterMark: 1 });
    const writer = slow.getWriter(); seen.push(writer.desiredSize); const first = writer.write('a'); seen.push(writer.desiredSize); await new Promise((resolve) => setTimeout(resolve, 2)); release(); await first; await writer.ready; seen.push(writer.desiredSize); await writer.close(); seen.push(written);
    const upper = new TransformStream({ transform(chunk, controller) { controller.enqueue(chunk.toUpperCase()); }, flush(controller) { controller.enqueue('end'); } }); const out = []; for await (const chunk of ReadableStream.from(['a', 'b']).pipeThrough(upper)) out.push(chunk); seen.push(out);
    let aborted; await ReadableStream.from(['a']).pipeTo(new WritableStream({ write() { throw new Error('full'); }, abort(why) { aborted = why; } })).catch((error) => seen.push(error.message));
    const controller = new AbortController(); controller.abort('now'); await new ReadableStream().pipeTo(new WritableStream(), { signal: controller.signal }).catch((error) => seen.push(error));
    seen.push(new CountQueuingStrategy({ highWaterMark: 3 }).highWaterMark, new ByteLengthQueuingStrategy({ highWaterMark: 3 }).size(new Uint8Array(9)));
    return seen;`,
  ],
  [
    'TextEncoderStream and TextDecoderStream keep characters whole',
    `const collect = async (stream) => { const out = []; for await (const chunk of stream) out.push(typeof chunk === 'string' ? chunk : [...chunk]); return out; };
    const encoded = (await collect(ReadableStream.from(['a\\ud83d', '\\ude00b', '\\ud83d']).pipeThrough(new TextEncoderStream()))).flat();
    const decoded = (await collect(ReadableStream.from([new Uint8Array([0xe2, 0x82]), new Uint8Array([0xac, 0x41, 0xc3])]).pipeThrough(new TextDecoderStream()))).join('');
    const fatal = await collect(ReadableStream.from([new Uint8Array([0xff])]).pipeThrough(new TextDecoderStream('utf-8', { fatal: true }))).catch((error) => error instanceof TypeError);
    return [encoded, decoded, fatal, new TextDecoderStream('latin1').encoding];`,
  ],
  [
    'timers run in order, pass arguments and are cleared',
    `const seen = []; await new Promise((resolve) => { setTimeout((...args) => seen.push(args), 1, 'a', 'b'); setTimeout(() => seen.push('zero')); const cleared = setTimeout(() => seen.push('never'), 1); clearTimeout(cleared); clearTimeout(undefined); clearTimeout('x'); clearTimeout(999999);
      let count = 0; const interval = setInterval(() => { if (++count === 3) { clearInterval(interval); seen.push(count); setTimeout(resolve, 5); } }, 1); queueMicrotask(() => seen.push('micro')); });
    for (const wrong of [() => setTimeout(), () => queueMicrotask('x'), () => setInterval({})]) { try { wrong(); seen.push('fine'); } catch (error) { seen.push(error instanceof TypeError); } }
    return [seen[0], seen.includes('zero'), seen.includes('never'), seen.includes(3), seen.slice(-3)];`,
  ],
  [
    'globals are named and tagged as the platform does',
    `return ['URL', 'URLSearchParams', 'Headers', 'Request', 'Response', 'Blob', 'File', 'FormData', 'AbortController', 'AbortSignal', 'Event', 'EventTarget', 'CustomEvent', 'TextEncoder', 'TextDecoder', 'ReadableStream', 'WritableStream', 'TransformStream', 'DOMException', 'Crypto', 'CryptoKey', 'SubtleCrypto', 'Performance']
      .map((name) => [typeof globalThis[name], globalThis[name].name, globalThis[name].prototype[Symbol.toStringTag], Object.getOwnPropertyDescriptor(globalThis, name).enumerable, Object.getOwnPropertyDescriptor(globalThis, name).configurable]).concat([[typeof performance.now(), performance.timeOrigin > 1e12, typeof navigator.userAgent, typeof structuredClone, typeof fetch]]);`,
  ],
];

describe('the web API in the guest', () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await createGuest();
  });
  afterAll(() => guest.dispose());

  it.each(SAME)('%s as in Node', async (_title, body) => {
    expect(await guest.run(body)).toEqual(await inNode(body));
  });

  it('reports what a listener throws and goes on', async () => {
    const seen = await guest.run(`
      const target = new EventTarget(); let second = false;
      target.addEventListener('a', () => { throw new Error('from a listener'); }); target.addEventListener('a', () => { second = true; });
      target.dispatchEvent(new Event('a')); reportError(new Error('reported')); return second;`);
    expect(seen).toBe(true);
    expect(guest.errors).toEqual(['Error: from a listener', 'Error: reported']);
  });

  it('says where an event is while it is dispatched', async () => {
    const seen = await guest.run(`
      const target = new EventTarget(); let during;
      target.addEventListener('a', (event) => { during = [event.currentTarget === target, event.eventPhase, event.composedPath().length]; });
      const event = new Event('a'); target.dispatchEvent(event);
      return [during, event.currentTarget, event.eventPhase, event.composedPath().length];`);
    expect(seen).toEqual([[true, 2, 1], null, 0, 0]);
  });

  it('refuses integrity rather than ignore it', async () => {
    const seen = await guest.run(
      `try { new Request('http://a.b', { integrity: 'sha256-x' }); } catch (error) { return [error.name, new Request('http://a.b', { integrity: '', credentials: 'include' }).url]; }`,
    );
    expect(seen).toEqual(['TypeError', 'http://a.b/']);
  });

  it('has no half of what it does not have', async () => {
    const names = [
      'Buffer',
      'process',
      'require',
      'MessageChannel',
      'Worker',
      'WebSocket',
      'XMLHttpRequest',
      'localStorage',
    ];
    const more = [
      'setImmediate',
      'URLPattern',
      'CompressionStream',
      'BroadcastChannel',
      'addEventListener',
      'onerror',
      'EventSource',
    ];
    const code = `return ${JSON.stringify([...names, ...more])}.filter((name) => name in globalThis);`;
    expect(await guest.run(code)).toEqual([]);
  });
});
