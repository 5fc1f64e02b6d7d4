import { hostile, type HostileCase } from './harness.ts';
import { HUNT } from './hunt.ts';

/** `[]` says that nothing of another realm was found. */
function hunting(name: string, attack: string, more: Partial<HostileCase> = {}): HostileCase {
  return { name, top: HUNT, attack: `${attack}\nreturn found;`, expect: { answers: [] }, ...more };
}

/** Intrinsics that are overwritten before each host API is used; whoever calls them shows what it holds. */
const SPIES = String.raw`
  const calls = [];
  const known = new Set();
  (function collect(value, depth) {
    if ((typeof value !== 'object' && typeof value !== 'function') || value === null || known.has(value) || depth > 6) return;
    known.add(value);
    for (const key of Reflect.ownKeys(value)) {
      const { value: item, get, set } = Reflect.getOwnPropertyDescriptor(value, key);
      for (const part of [item, get, set]) collect(part, depth + 1);
    }
    collect(Object.getPrototypeOf(value), depth + 1);
  })(globalThis, 0);
  const isKnown = Set.prototype.has.bind(known);
  const { apply, ownKeys, getOwnPropertyDescriptor, defineProperty } = Reflect;
  const sourceOf = Function.prototype.call.bind(Function.prototype.toString);
  const includes = Function.prototype.call.bind(String.prototype.includes);
  let busy = false;
  const look = (where, value) => {
    if (busy) return;
    busy = true;
    try {
      // A native function that no intrinsic is: the bridge.
      // A promise's own resolving functions are given to then() by V8.
      if (where !== 'Promise.then' && typeof value === 'function' && !isKnown(value) && includes(sourceOf(value), '[native code]') && !includes(value.name, 'bound ')
        && sourceOf(value) === 'function () { [native code] }') calls[calls.length] = where + ' was given a native function "' + value.name + '"';
    } finally { busy = false; }
  };
`;

const escapes: HostileCase[] = [
  hunting(
    'walks constructors up to Function',
    `for (const [name, start] of Object.entries({ object: {}, list: [], arrow: () => 0, async: async () => 0, generator: function* () {}, context, info: context.logger.info, fetch, world, config: context.config, service: context.services.api, method: context.services.api.get, remote: context.plugin('victim') }))
      hunt(name, start);`,
    { control: 'leaks' },
  ),
  hunting(
    'compiles code by every kind of function constructor',
    `const kinds = [Function, async function () {}.constructor, function* () {}.constructor, async function* () {}.constructor];
    for (const Kind of kinds) {
      const made = Kind('const realm = globalThis; const value = realm.process?.env?.AITBC_CANARY_ENV; ' + (Kind.name.includes('Generator') ? 'yield value;' : 'return value;'))();
      const value = await (made?.next ? (await made.next()).value : made);
      if (value !== undefined) found.push(value);
    }`,
    { control: 'leaks' },
  ),
  hunting(
    'evaluates indirectly',
    `const value = (0, eval)('globalThis.process?.env?.AITBC_CANARY_ENV'); if (value) found.push(value);`,
    {
      control: 'leaks',
    },
  ),
  hunting(
    'imports at run time out of evaluated code',
    `for (const name of ['node:fs', 'fs', 'node:child_process', 'isolated-vm', 'file:///etc/passwd', 'data:text/javascript,export default 1', world.secretFile])
      for (const kind of [eval, Function]) try {
        const made = kind === eval ? (0, eval)('import(' + JSON.stringify(name) + ')') : Function('return import(' + JSON.stringify(name) + ')')();
        const module = await made;
        found.push(name + ' was imported: ' + (module.readFileSync ? module.readFileSync(world.secretFile, 'utf8') : ''));
      } catch {}`,
    { control: 'leaks' },
  ),
  hunting(
    'looks at the realm of every error a host API throws',
    `for (const error of await useAll(context)) { hunt('error', error); walk('error', error); }`,
  ),
  hunting(
    'looks at the realm of errors of native operations',
    `const bad = [
      () => new URL('nothing'), () => atob('*'), () => new TextDecoder('nothing'), () => structuredClone(() => 0), () => crypto.getRandomValues(new Uint8Array(70000)),
      () => crypto.subtle.importKey('raw', new Uint8Array(1), 'AES-GCM', true, ['encrypt']), () => crypto.subtle.digest('nothing', new Uint8Array()),
      () => crypto.subtle.generateKey({ name: 'RSA-OAEP' }, true, []), () => new Headers([['a b', 'c']]), () => new Response('', { status: 7 }),
      () => new ArrayBuffer(-1), () => 'x'.repeat(-1), () => null.x, () => [].reduce(), () => BigInt(1.5), () => decodeURIComponent('%'), () => new RegExp('['), () => JSON.parse('{'),
    ];
    for (const [index, work] of bad.entries()) try { hunt('result ' + index, await work()); } catch (error) { hunt('error ' + index, error); hunt('cause ' + index, error.cause); }`,
  ),
  hunting(
    'looks at the realm of what native operations give',
    `const key = await crypto.subtle.generateKey({ name: 'AES-GCM', length: 256 }, true, ['encrypt', 'decrypt']);
    const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-256' }, true, ['sign', 'verify']);
    const values = { key, pair, raw: await crypto.subtle.exportKey('raw', key), jwk: await crypto.subtle.exportKey('jwk', key),
      digest: await crypto.subtle.digest('SHA-512', new Uint8Array(9)), sealed: await crypto.subtle.encrypt({ name: 'AES-GCM', iv: new Uint8Array(12) }, key, new Uint8Array(9)),
      signature: await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, pair.privateKey, new Uint8Array(9)),
      random: crypto.getRandomValues(new Uint8Array(9)), url: new URL('https://a/b?c=d'), params: new URL('https://a/b?c=d').searchParams, encoded: new TextEncoder().encode('x'),
      clone: structuredClone({ a: new Map([[1, new Set([new Date(), new Error('x'), new Uint8Array(3), /x/])]]) }), blob: await new Blob(['x']).arrayBuffer(), stream: new Blob(['x']).stream(),
      signal: AbortSignal.abort(), timeout: AbortSignal.timeout(1000), form: await new Response(new URLSearchParams('a=b')).formData(), timer: setTimeout(() => 0), performance, now: performance.now() };
    for (const [name, value] of Object.entries(values)) walk(name, value);`,
    { limits: { cpu: '5s' } },
  ),
  hunting(
    'walks everything that can be reached',
    `walk('global', globalThis); walk('context', context); walk('this', this); walk('world', world);`,
    {
      limits: { cpu: '10s', timeout: '30s' },
      control: 'leaks',
    },
  ),
  hunting(
    'looks for globals that a plugin must not have',
    `for (const name of ['process', 'require', 'module', 'exports', '__dirname', '__filename', 'Deno', 'Bun', 'ivm', '_ivm', '__bridge', 'bridge', 'gc', 'print', 'load', 'read', 'd8', '$262', 'Realm', 'ShadowRealm', 'SharedArrayBuffer', 'Atomics', 'WebAssembly', 'Worker', 'MessageChannel', 'BroadcastChannel', 'XMLHttpRequest', 'WebSocket', 'EventSource', 'localStorage', 'indexedDB', 'caches', 'navigator', 'importScripts', 'postMessage', 'internalBinding', 'primordials', 'global', 'Buffer', 'setImmediate'])
      if (name in globalThis && !['global', 'Buffer', 'setImmediate', 'navigator'].includes(name)) found.push(name);`,
  ),
  hunting(
    'looks for shared memory and JSPI behind every door',
    `const doors = [() => WebAssembly, () => Function('return WebAssembly')(), () => new WebAssembly.Memory({ initial: 1, maximum: 2, shared: true }).buffer.constructor, () => new WebAssembly.Suspending(() => 0), () => WebAssembly.promising, () => WebAssembly.Module, () => SharedArrayBuffer, () => Atomics.waitAsync,
      () => structuredClone(new ArrayBuffer(8)).constructor.isShared.x, () => Object.getPrototypeOf(Int32Array).from([]).buffer.grow.x, () => new ArrayBuffer(8, { maxByteLength: 16 }).resize(16), () => new ArrayBuffer(8).transfer.call(new ArrayBuffer(8, { maxByteLength: 1 << 20 }), 8).resize(1 << 20)];
    for (const [index, door] of doors.entries()) try { const value = door(); if (value !== undefined) found.push('door ' + index + ' is open: ' + String(value).slice(0, 40)); } catch {}`,
  ),
  hunting(
    'takes structured frames by prepareStackTrace',
    `const take = (error, frames) => { for (const frame of frames ?? []) { hunt('this', frame.getThis?.()); hunt('function', frame.getFunction?.()); found.push('frame ' + frame); } return 'taken'; };
    try { Error.prepareStackTrace = take; } catch {}
    try { Object.defineProperty(Error, 'prepareStackTrace', { value: take }); } catch {}
    try { delete Error.prepareStackTrace; Error.prepareStackTrace = take; } catch {}
    for (const Kind of [TypeError, RangeError, class Own extends Error {}]) { Kind.prepareStackTrace = take; try { new Kind('x').stack; } catch {} }
    Object.prototype.prepareStackTrace = take; Function.prototype.prepareStackTrace = take;
    new Error('x').stack; try { null.x; } catch (error) { error.stack; }
    const holder = {}; Error.captureStackTrace(holder, take); holder.stack;
    for (const error of await useAll(context)) error?.stack;
    delete Object.prototype.prepareStackTrace; delete Function.prototype.prepareStackTrace;`,
  ),
  hunting(
    'reads host paths in stacks',
    `Error.stackTraceLimit = 200;
    const stacks = (await useAll(context)).map((error) => String(error?.stack));
    try { context.services.api.get(() => 0).catch((error) => stacks.push(error.stack)); } catch (error) { stacks.push(error.stack); }
    await new Promise((resolve) => setTimeout(() => { stacks.push(new Error('x').stack); resolve(); }, 1));
    for (const stack of stacks) if (/\\/(work|tmp|home|root|usr|dist)\\/|node:|file:/.test(stack)) found.push(stack);`,
  ),
  hunting(
    'overflows the stack inside host functions',
    `const apis = [() => context.logger.info('x', { a: { b: 1 } }), () => setTimeout(() => 0, 1), () => structuredClone({ a: [1] }), () => new URL('https://a/b'), () => context.services.api.get(1).catch(() => 0), () => context.env('X'), () => context.registerService('a', {}).catch(() => 0), () => context.eventBus.publish('a').catch(() => 0), () => fetch('http://127.0.0.1:9/').catch(() => 0), () => crypto.randomUUID(), () => new TextEncoder().encode('x'), () => queueMicrotask(() => 0)];
    for (const api of apis) {
      const fall = () => { try { fall(); } catch (error) { hunt('overflow', error); } try { api(); } catch (error) { hunt('error', error); } };
      let depth = 0;
      const deep = () => { depth += 1; if (depth > 50000) return; try { deep(); } catch { if (depth-- % 500 === 0) try { api(); } catch (error) { hunt('edge', error); } } };
      deep();
    }
    const settled = await useAll(context);
    if (settled.filter((value) => value === 'x').length !== 1) found.push('host APIs are broken afterwards');`,
    { limits: { cpu: '10s', timeout: '20s' } },
  ),
  hunting(
    'hands proxies to every host API and looks at what touches them',
    `const seen = (name, args) => { for (const arg of args) hunt(name, arg); };
    const proxy = (target) => new Proxy(target, new Proxy({}, { get: (_, trap) => (...args) => { seen('trap ' + String(trap), args); return Reflect[trap](...args); } }));
    const values = [proxy({}), proxy([]), proxy(() => 0), proxy(new Date()), proxy(new Uint8Array(3)), proxy(new Error('x'))];
    for (const value of values) for (const api of [
      () => context.logger.info(value, value), () => context.env(value), () => context.services.api.get(value), () => context.plugin(value).x(value), () => context.eventBus.publish(value, value), () => context.eventBus.subscribe('a', value), () => context.registerService(value, value), () => fetch(value, value),
      () => setTimeout(value, value), () => structuredClone(value), () => new URL(value, value), () => new Headers(value), () => new Request('https://a/', value), () => new Response(value, value), () => new Blob(value), () => crypto.getRandomValues(value), () => crypto.subtle.digest(value, value), () => crypto.subtle.importKey('jwk', value, value, true, []), () => new TextDecoder().decode(value), () => queueMicrotask(value), () => console.log(value), () => new ReadableStream(value), () => AbortSignal.any(value), () => new Event('x', value), () => btoa(value)])
      try { await Promise.race([api(), new Promise((resolve) => setTimeout(resolve, 5))]); } catch (error) { hunt('error', error); }`,
    { limits: { cpu: '10s', timeout: '20s' } },
  ),
  hunting(
    'looks at what a thenable is given',
    `this.thenable = { then(resolve, reject) { hunt('resolve', resolve); hunt('reject', reject); walk('resolve', resolve); resolve('done'); } };
    await this.thenable;
    try { await context.services.api.get(this.thenable); } catch {}
    try { await context.eventBus.publish('a', this.thenable); } catch {}`,
  ),
  {
    name: 'answers with a thenable that settles twice and looks at its callers',
    top: HUNT,
    attack: `return { then(resolve, reject) { hunt('resolve', resolve); let caller; try { caller = resolve.caller; } catch {} hunt('caller', caller); resolve(found); reject(new Error('again')); resolve({ secret: 1 }); } };`,
    expect: { answers: [] },
  },
  hunting(
    'spies on the Promise machinery',
    `const then = Promise.prototype.then, Original = Promise;
    Promise.prototype.then = function (...args) { hunt('then this', this); for (const arg of args) hunt('then', arg); return Reflect.apply(then, this, args); };
    Promise.prototype.catch = function (...args) { for (const arg of args) hunt('catch', arg); return Reflect.apply(then, this, [undefined, args[0]]); };
    for (const name of ['resolve', 'reject', 'all', 'allSettled', 'race', 'withResolvers', 'try']) { const was = Promise[name]; Promise[name] = function (...args) { for (const arg of args) hunt(name, arg); return Reflect.apply(was, Original, args); }; }
    Object.defineProperty(Promise.prototype, 'constructor', { get() { hunt('constructor', this); return Original; } });
    globalThis.Promise = class extends Original { constructor(work) { super((resolve, reject) => { hunt('resolve', resolve); hunt('reject', reject); work(resolve, reject); }); } };
    for (const value of await useAll(context)) hunt('value', value);
    globalThis.Promise = Original;`,
  ),
  hunting(
    'answers species with constructors of its own',
    `const species = (Kind) => Object.defineProperty(Kind, Symbol.species, { get() { hunt('species', this); return Kind === Promise ? class extends Promise { constructor(work) { super((...settle) => { for (const one of settle) hunt('resolve', one); hunt('executor', work); work(...settle); }); } } : class { constructor(...args) { for (const arg of args) hunt('species of ' + Kind.name, arg); return {}; } }; }, configurable: true });
    for (const Kind of [Promise, Array, ArrayBuffer, Object.getPrototypeOf(Uint8Array), RegExp, Map, Set]) species(Kind);
    for (const value of await useAll(context)) hunt('value', value);`,
  ),
  {
    name: 'overwrites every intrinsic function with a spy before it uses each host API',
    top: HUNT,
    attack: `${SPIES}
    const use = useAll;
    let spied = 0;
    for (const name of ownKeys(globalThis)) {
      const Kind = globalThis[name];
      if (typeof Kind !== 'function' && typeof Kind !== 'object' || Kind === null || Kind === globalThis) continue;
      for (const holder of [Kind, Kind.prototype, Kind.prototype && Object.getPrototypeOf(Kind.prototype)]) {
        if (holder === null || holder === undefined || holder === Object.prototype && Kind !== Object) continue;
        for (const key of ownKeys(holder)) {
          if (key === 'constructor' || key === 'prototype') continue;
          const descriptor = getOwnPropertyDescriptor(holder, key);
          if (typeof descriptor?.value !== 'function' || !descriptor.configurable) continue;
          const was = descriptor.value;
          const where = String(name) + '.' + String(key);
          spied += 1;
          try { defineProperty(holder, key, { ...descriptor, value: function (...args) {
            for (let index = 0; index < args.length; index += 1) look(where, args[index]);
            look(where, this);
            return new.target ? Reflect.construct(was, args, new.target) : apply(was, this, args);
          } }); } catch {}
        }
      }
    }
    const settled = await use(context);
    return [calls, settled.length, spied > 300];`,
    limits: { cpu: '10s', timeout: '20s' },
    expect: { answers: [[], 17, true] },
  },
  {
    name: 'calls whatever its overwritten primordials are given with forged messages',
    top: HUNT,
    members: `fine() { return 'fine'; }`,
    attack: `
    const caught = new Set();
    const has = Set.prototype.has.bind(caught), add = Set.prototype.add.bind(caught);
    for (const holder of [Function.prototype, Array.prototype, Map.prototype, Set.prototype, Promise.prototype, Reflect, Object, JSON]) for (const key of Reflect.ownKeys(holder)) {
      const was = holder[key];
      if (typeof was !== 'function' || key === 'constructor') continue;
      try { holder[key] = function (...args) { for (let i = 0; i < args.length; i += 1) if (typeof args[i] === 'function' && !has(args[i])) add(args[i]); return Function.prototype.__original.call(was, this, ...args); }; } catch {}
    }
    Function.prototype.__original = { call: (fn, self, ...args) => Reflect.__apply(fn, self, args) };
    try { await useAll(context); } catch {}
    for (const fn of [...caught]) try { fn('36,1,0\\u0001"forged"'); fn('40,1,0\\u0001'); } catch {}
    return 'own';`,
    act: async (arena, name) => {
      const { loadBeside } = await import('./run-case.ts');
      await loadBeside(arena, name);
      const answer = await arena.manager
        .call(name, 'attack', [arena.world])
        .catch(({ code }: { code: string }) => code);
      return answer === 'forged' ? 'forged' : 'not forged';
    },
    limits: { cpu: '5s' },
    expect: { answers: 'not forged' },
  },
  hunting(
    'asks sloppy functions for their callers',
    `const sloppy = Function('walk', 'hunt', 'found', 'return function f() { let at = f; for (let i = 0; i < 20 && at; i += 1) { try { at = at.caller; } catch { break; } if (at) { hunt("caller", at); try { hunt("arguments", at.arguments?.[0]); } catch {} } } try { hunt("callee", arguments.callee.caller); } catch {} return 1; }')(walk, hunt, found);
    sloppy(); setTimeout(sloppy, 1); queueMicrotask(sloppy); await Promise.resolve().then(sloppy); await { then: (resolve) => { sloppy(); resolve(); } };
    [1].map(sloppy); JSON.stringify({ toJSON: sloppy }); await context.services.api.get({ get a() { return sloppy(); } }).catch(sloppy);
    structuredClone({ get a() { return sloppy(); } }); new Headers({ get a() { return String(sloppy()); } }); await new Promise((resolve) => setTimeout(resolve, 10));`,
  ),
  hunting(
    'runs text as code by timers',
    `globalThis.ran = []; for (const set of [setTimeout, setInterval, globalThis.setImmediate]) try { set('globalThis.ran.push(typeof process, this.constructor.constructor("return 1")())', 1); } catch {} await new Promise((resolve) => setTimeout(resolve, 30)); found.push(...globalThis.ran);`,
  ),
  hunting(
    'poisons the accessors of Object.prototype before each host API',
    `const names = ['get', 'set', 'value', 'then', 'signal', 'headers', 'method', 'body', 'code', 'hint', 'op', 'id', 'kind', '$', 'v', '0', '1', 'length', 'name', 'message', 'stack', 'cause', 'data', 'callback', 'due', 'interval', 'resolve', 'reject', 'handle', 'text', 'bytes', 'next', 'done', 'index', 'limits', 'prototype', 'toJSON', 'raw', 'flags', 'source', 'timeout', 'duplex', 'redirect'];
    for (const name of names) {
      let inside = false;
      Object.defineProperty(Object.prototype, name, { get() { if (!inside) { inside = true; hunt('get ' + name, this); inside = false; } return undefined; }, set(value) { if (!inside) { inside = true; hunt('set ' + name, value); hunt('set this', this); inside = false; } Object.defineProperty(this, name, { value, writable: true, enumerable: true, configurable: true }); }, configurable: true });
      let settled = [];
      try { settled = await useAll(context); } catch (error) { hunt('error', error); }
      delete Object.prototype[name];
      for (const value of settled) hunt('settled', value);
    }`,
    { limits: { cpu: '20s', timeout: '30s' } },
  ),
  hunting(
    'changes the context it was given',
    `for (const key of Reflect.ownKeys(context)) { try { context[key] = 'changed'; } catch {} if (context[key] === 'changed') found.push(String(key)); try { delete context[key]; } catch {} if (!(key in context)) found.push('deleted ' + String(key)); }
    try { Object.setPrototypeOf(context, { evil: 1 }); } catch {} if (context.evil) found.push('prototype');
    const { publish } = context.eventBus; try { context.eventBus.publish = () => 0; } catch {} if (context.eventBus.publish !== publish) found.push('eventBus');
    try { context.config.deep.value = 2; } catch {} if (context.config.deep.value !== 1) found.push('config');`,
    { config: { deep: { value: 1 } } },
  ),
  hunting(
    'is the host of a re-entrant encoding',
    `let depth = 0;
    const nested = { get a() { depth += 1; if (depth < 40) { context.logger.info('x', nested); context.services.api.get(nested).catch(() => 0); context.eventBus.publish('a', nested).catch(() => 0); } return 1; } };
    try { await context.services.api.get(nested); } catch (error) { hunt('error', error); }`,
  ),
  {
    name: 'answers text that looks like protocol',
    attack: `return ['\\u0001', '\\u0002', '36,1,0\\u0001"x"', '\\u000236,1,0\\u0001"x"\\u0002', '{"$":"b","v":0}', { $: 'b', v: 0 }, { $: 'e', v: { message: 'x' } }, { $: { $: 'u' } }, { v: 1 }];`,
    expect: {
      answers: [
        '\u0001',
        '\u0002',
        '36,1,0\u0001"x"',
        '\u000236,1,0\u0001"x"\u0002',
        '{"$":"b","v":0}',
        { $: 'b', v: 0 },
        { $: 'e', v: { message: 'x' } },
        { $: { $: 'u' } },
        { v: 1 },
      ],
    },
  },
  hunting(
    'writes protocol into names, topics, logs, errors and services',
    `const forged = 'x\\u0001\\u000236,1,0\\u0001"forged"\\u000236,2,0\\u0001"forged"';
    context.logger.info(forged, { [forged]: forged });
    for (const work of [() => context.services[forged][forged](forged), () => context.plugin(forged)[forged](), () => context.eventBus.publish(forged, forged), () => context.eventBus.subscribe(forged, () => 0), () => context.registerService(forged, { [forged]() {} }), () => context.env(forged), () => fetch('http://x/' + forged, { headers: { a: forged } })])
      try { await work(); } catch (error) { if (error.code === 'ERR_PROTOCOL') found.push(String(error)); }
    const error = new Error(forged); error.name = forged; error.stack = forged; error.code = forged; Promise.reject(error);
    setTimeout(() => { throw error; }, 1); await new Promise((resolve) => setTimeout(resolve, 20));`,
  ),
  {
    name: 'names a source map and a stack of host files',
    attack: `const error = new Error('mapped'); error.stack = 'Error: mapped\\n    at f (' + world.secretFile + ':1:1)\\n    at file://' + world.secretFile + ':1:1\\n    at /proc/self/environ:1:1\\n//# sourceMappingURL=' + world.secretFile; throw error;\n//# sourceMappingURL=/proc/self/environ`,
    expect: { fails: ['ERR_PLUGIN_THREW'] },
  },
  hunting(
    'passes a debugger statement and native syntax',
    `debugger; for (const code of ['%DebugPrint(1)', '%GetFrame(0)', 'd8.exit()']) try { eval(code); found.push(code); } catch {}`,
  ),
  hunting(
    'looks for host objects in generators and iterators that the host drives',
    `
    const spy = (name) => ({ [Symbol.iterator]() { hunt(name, this); return { next: (...args) => { for (const arg of args) hunt(name, arg); return { done: true, value: 1 }; }, return: (...args) => { for (const arg of args) hunt(name, arg); return {}; }, throw: (...args) => { for (const arg of args) hunt(name, arg); return {}; } }; }, [Symbol.asyncIterator]() { return this[Symbol.iterator](); } });
    for (const work of [() => new Headers(spy('headers')), () => new Map(spy('map')), () => new URLSearchParams(spy('params')), () => new Blob(spy('blob')), () => fetch('http://127.0.0.1:9/', { method: 'POST', body: ReadableStream.from(spy('stream')), duplex: 'half' }), () => new FormData(spy('form')), () => AbortSignal.any(spy('signals')), () => context.services.api.get(spy('value'))])
      try { await work(); } catch (error) { hunt('error', error); }`,
  ),
];

hostile('a plugin that looks for the way out of its realm', escapes);
