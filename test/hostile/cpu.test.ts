import { hostile, type HostileCase } from './harness.ts';
import { loadAndAttack, loadBeside } from './run-case.ts';

/** Its isolate ends by `limits.cpu`, and nobody else notices. */
const spins = (name: string, attack: string, more: Partial<HostileCase> = {}): HostileCase => ({
  name,
  attack,
  expect: { fails: ['ERR_LIMIT_CPU'], ends: 'itself' },
  ...more,
});

/** V8 cannot stop it: its process goes, and the innocents move. What the call is told depends on who was faster. */
const stuck = (name: string, attack: string, more: Partial<HostileCase> = {}): HostileCase => ({
  name,
  attack,
  expect: { fails: ['ERR_LIMIT_CPU', 'ERR_LIMIT_MEMORY', 'ERR_PLUGIN_CRASHED', 'ERR_LIMIT_TIME'], ends: 'process' },
  ...more,
});

/** It may be ended or come through; the oracles say whether anybody else notices. */
const heavy = (name: string, attack: string, more: Partial<HostileCase> = {}): HostileCase => ({
  name,
  attack: `try { ${attack} } catch (error) { return 'refused'; }`,
  act: async (arena, attacker) => {
    await loadAndAttack(arena, attacker).catch(() => undefined);
    if (arena.manager.getPluginStatus(attacker) === 'active') await arena.manager.stopPlugin(attacker);
    await arena.manager.unloadPlugin(attacker).catch(() => undefined);
  },
  expect: { ends: 'any' },
  ...more,
});

const hook = (method: string): HostileCase => ({
  name: `loops in ${method}`,
  members: `async ${method}() { for (;;); }`,
  act: async (arena, attacker) => {
    await loadBeside(arena, attacker);
    await arena.manager.stopPlugin(attacker);
    await arena.manager.unloadPlugin(attacker);
  },
  expect: { fails: ['ERR_LIMIT_CPU', 'ERR_LIMIT_TIME'], ends: 'itself' },
});

const uses: HostileCase[] = [
  spins('loops', `for (;;);`, { control: 'hangs' }),
  {
    name: 'loops when its module is evaluated',
    top: `for (;;);`,
    expect: { fails: ['ERR_LIMIT_CPU', 'ERR_BUILD'], ends: 'itself' },
    control: 'hangs',
  },
  {
    name: 'loops in its constructor',
    members: `constructor(context) { super(context); for (;;); }`,
    expect: { fails: ['ERR_LIMIT_CPU'], ends: 'itself' },
    control: 'hangs',
  },
  ...['getConfigSchema', 'initialize', 'start', 'stop', 'cleanup'].map(hook),
  {
    name: 'loops in handleEvent',
    members: `handleEvent() { for (;;); }`,
    act: async (arena, attacker) => {
      await loadBeside(arena, attacker);
      await arena.manager.broadcastEvent('go');
    },
    expect: { ends: 'itself' },
  },
  {
    name: 'loops in a subscription',
    members: `async start() { await this.context.eventBus.subscribe('go.*', () => { for (;;); }); return true; }`,
    permissions: { events: { subscribe: ['go.*'] } },
    act: async (arena, attacker) => {
      await loadBeside(arena, attacker);
      await arena.manager.broadcastEvent('go.now');
    },
    expect: { ends: 'itself' },
  },
  {
    name: 'loops in a service that others call',
    members: `async start() { await this.context.registerService('trap', { open() { for (;;); } }); return true; }`,
    act: async (arena, attacker) => {
      await loadBeside(arena, attacker);
      return arena.manager.service<{ open(): number }>('trap').open();
    },
    expect: { fails: ['ERR_LIMIT_CPU'], ends: 'itself' },
  },
  {
    name: 'loops in healthCheck',
    members: `async healthCheck() { for (;;); }`,
    act: async (arena, attacker) => {
      await loadBeside(arena, attacker);
      return arena.manager.health(attacker);
    },
    expect: { fails: ['ERR_LIMIT_CPU'], ends: 'itself' },
  },
  spins('loops in a timer', `setTimeout(() => { for (;;); }, 1); await new Promise(() => {});`),
  spins('loops after an await', `await null; for (;;);`, { control: 'hangs' }),
  spins('loops after a host call', `await context.services.api.get().catch(() => 0); for (;;);`),
  spins('loops in a getter of what it answers', `return { get a() { for (;;); } };`),
  spins('loops in a getter of what it asks', `await context.services.api.get({ get a() { for (;;); } });`),
  spins('loops in a getter of what it logs', `context.logger.info('x', { get a() { for (;;); } });`),
  spins('loops in toString of a topic', `await context.eventBus.publish({ toString() { for (;;); } });`, {
    expect: { fails: ['ERR_PLUGIN_THREW', 'ERR_LIMIT_CPU'], ends: 'any' },
  }),
  spins('loops in a then of what it answers', `return { then() { for (;;); } };`),
  spins('loops in the length of an array proxy', `return new Proxy([], { get() { for (;;); } });`),
  spins('loops in what it throws', `throw { get message() { for (;;); } };`),
  spins(
    'starts a storm of microtasks',
    `const again = () => Promise.resolve().then(again); again(); await new Promise(() => {});`,
    {
      control: 'hangs',
    },
  ),
  spins(
    'starts a storm of queueMicrotask',
    `const again = () => queueMicrotask(again); again(); await new Promise(() => {});`,
  ),
  spins('backtracks in a regular expression', `return /^(a|a)*$/.test('a'.repeat(40) + 'b');`, { control: 'hangs' }),
  spins('backtracks in a replacer', `return 'x'.repeat(30).replace(/(x+x+)+y/, '');`),
  spins(
    'iterates without an end',
    `for (const x of { [Symbol.iterator]: () => ({ next: () => ({ done: false }) }) });`,
  ),
  spins('catches whatever stops it', `for (;;) { try { for (;;); } catch {} finally { continue; } }`),
  spins(
    'sets timers that set timers',
    `const again = () => { const end = Date.now() + 5; while (Date.now() < end); setTimeout(again); setTimeout(again); }; again(); await new Promise(() => {});`,
    {
      expect: { fails: ['ERR_LIMIT_CPU', 'ERR_LIMIT_TIME'], ends: 'itself' },
    },
  ),
  spins('spins in many calls at once', ``, {
    members: `spin() { for (;;); }`,
    act: async (arena, attacker) => {
      await loadBeside(arena, attacker);
      const calls = await Promise.allSettled(Array.from({ length: 50 }, () => arena.manager.call(attacker, 'spin')));
      const bad = calls.find((call) => call.status === 'rejected');
      throw (bad as PromiseRejectedResult).reason;
    },
    expect: { fails: ['ERR_LIMIT_CPU', 'ERR_PLUGIN_CRASHED'], ends: 'itself' },
  }),
  stuck(
    'rejects with an error whose message loops',
    `Promise.reject(Object.defineProperty(new Error('x'), 'message', { get() { for (;;); } })); await new Promise(() => {});`,
  ),
  stuck(
    'throws in a timer an error whose stack loops',
    `setTimeout(() => { throw Object.defineProperty(new Error('x'), 'stack', { get() { for (;;); } }); }, 1); await new Promise(() => {});`,
    {
      expect: { fails: ['ERR_LIMIT_CPU', 'ERR_PLUGIN_CRASHED'], ends: 'process' },
    },
  ),
  stuck('splits a string of 256 million', `return 'x'.repeat(2 ** 28).split('').length;`, { control: 'dies' }),
  stuck('fills an array of 128 million', `return new Array(2 ** 27).fill(0).length;`),
  heavy(
    'compares long strings',
    `const a = '\\u00e4'.repeat(2 ** 24), b = '\\u00e4'.repeat(2 ** 24) + 'x'; for (let i = 0; i < 50; i += 1) a.localeCompare(b);`,
  ),
  heavy('replaces in a string of 128 million', `'x'.repeat(2 ** 27).replace(/x/g, 'yy');`),
  heavy(
    'normalizes a long string',
    `for (let i = 0; i < 20; i += 1) '\\u1E9B\\u0323'.repeat(2 ** 23).normalize('NFKD');`,
  ),
  heavy('sorts ten million', `Float64Array.from({ length: 1e7 }, Math.random).sort();`),
  heavy(
    'sorts with a comparator that lies',
    `Array.from({ length: 2e6 }, (_, i) => i).sort(() => Math.random() - 0.5);`,
  ),
  heavy('joins an array of a billion', `new Array(1e9).join('x').length;`),
  heavy('raises a bigint', `(2n ** (2n ** 26n)) * (3n ** (2n ** 22n)); (7n ** 5000000n).toString();`),
  heavy('searches the last needle in a long haystack', `('a'.repeat(2 ** 26)).indexOf('a'.repeat(2 ** 20) + 'b');`),
  heavy(
    'stringifies and parses a long text again and again',
    `let text = '"' + 'x'.repeat(2 ** 24) + '"'; for (let i = 0; i < 100; i += 1) text = JSON.stringify(JSON.parse(text));`,
  ),
  heavy(
    'clones a large structure',
    `const big = Array.from({ length: 3e5 }, (_, i) => ({ i })); for (;;) structuredClone(big);`,
  ),
  heavy(
    'formats dates of every locale',
    `for (;;) for (const locale of ['de', 'ar', 'zh', 'hi', 'th']) new Intl.DateTimeFormat(locale, { dateStyle: 'full' }).format();`,
  ),
  heavy(
    'derives a key with a billion iterations',
    `const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']); await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations: 1e9 }, key, 512);`,
  ),
  heavy(
    'derives keys with as many iterations as it may',
    `const key = await crypto.subtle.importKey('raw', new Uint8Array(8), 'PBKDF2', false, ['deriveBits']); for (const iterations of [1e6, 2e6, 5e6, 1e7, 1e8]) for (let i = 0; i < 5; i += 1) try { await crypto.subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: new Uint8Array(8), iterations }, key, 512); } catch {}`,
  ),
  heavy(
    'generates RSA keys of 16384 bits',
    `await crypto.subtle.generateKey({ name: 'RSA-OAEP', modulusLength: 16384, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['encrypt']);`,
  ),
  heavy(
    'generates RSA keys of 4096 bits at once',
    `await Promise.all(Array.from({ length: 20 }, () => crypto.subtle.generateKey({ name: 'RSASSA-PKCS1-v1_5', modulusLength: 4096, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['sign'])));`,
  ),
  heavy(
    'hashes large buffers without an end',
    `const big = new Uint8Array(32 * 1024 * 1024); for (let i = 0; i < 200; i += 1) await crypto.subtle.digest('SHA-512', big);`,
    { limits: { memory: '128MiB' } },
  ),
  heavy('fills random buffers without an end', `for (;;) crypto.getRandomValues(new Uint8Array(65536));`),
  heavy(
    'parses URLs of four million',
    `const text = 'https://example.com/' + 'a/../'.repeat(1e6); for (let i = 0; i < 50; i += 1) new URL(text);`,
  ),
  heavy(
    'decodes long texts in odd encodings',
    `const bytes = new Uint8Array(16 * 1024 * 1024).fill(0x8f); for (let i = 0; i < 50; i += 1) new TextDecoder('gb18030').decode(bytes);`,
    { limits: { memory: '256MiB' } },
  ),
  heavy('encodes base64 without an end', `const text = 'x'.repeat(2 ** 24); for (;;) atob(btoa(text));`),
  heavy(
    'verifies forged signatures without an end',
    `const pair = await crypto.subtle.generateKey({ name: 'ECDSA', namedCurve: 'P-521' }, true, ['sign', 'verify']); for (;;) await crypto.subtle.verify({ name: 'ECDSA', hash: 'SHA-512' }, pair.publicKey, new Uint8Array(132), new Uint8Array(1000));`,
  ),
];

hostile('a plugin that takes the processor', uses);
