import { hostile, type HostileCase } from './harness.ts';
import { loadAndAttack } from './run-case.ts';

/** It ends by `limits.memory`; its process may have to go with it. */
const takes = (name: string, attack: string, more: Partial<HostileCase> = {}): HostileCase => ({
  name,
  attack,
  limits: { memory: '32MiB', cpu: '3s', timeout: '6s' },
  expect: { fails: ['ERR_LIMIT_MEMORY', 'ERR_PLUGIN_CRASHED', 'ERR_LIMIT_CPU'], ends: 'any' },
  ...more,
});

/** It may be told no, or end: either way the oracles say whether anybody else notices. */
const tries = (name: string, attack: string, more: Partial<HostileCase> = {}): HostileCase => ({
  ...takes(name, `try { ${attack} } catch (error) { return error.name; }`),
  act: async (arena, attacker) => {
    await loadAndAttack(arena, attacker).catch(() => undefined);
    await arena.manager.unloadPlugin(attacker).catch(() => undefined);
  },
  expect: { ends: 'any' },
  ...more,
});

const kinds: HostileCase[] = [
  takes('of the heap in objects', `const all = []; for (;;) all.push({ a: all.length, b: [all.length] });`, {
    control: 'grows',
  }),
  takes(
    'of the heap in closures',
    `const all = []; for (;;) { const held = new Array(1000).fill(all.length); all.push(() => held); }`,
  ),
  takes(
    'in strings that are flat',
    `const all = []; for (;;) all.push([...String(all.length).repeat(2000)].join('x'));`,
  ),
  takes(
    'in strings of two bytes',
    `const all = []; for (;;) all.push(('\\u4e2d' + all.length).repeat(10000).split('').join(''));`,
  ),
  takes('in a Map', `const map = new Map(); for (;;) map.set(map.size, { a: map.size });`),
  takes('in symbols and names', `const all = {}; for (let i = 0; ; i += 1) all['name' + i] = Symbol('symbol' + i);`),
  takes('in promises that never settle', `const all = []; for (;;) all.push(new Promise(() => {}).then(() => all));`),
  takes(
    'in generators',
    `const all = []; for (;;) { const g = (function* () { const held = new Array(100).fill(1); yield held; })(); g.next(); all.push(g); }`,
  ),
  takes('in bigints', `const all = []; for (;;) all.push(2n ** 100000n + BigInt(all.length));`),
  takes(
    'in functions that it compiles',
    `const all = []; for (let i = 0; ; i += 1) all.push(new Function('return [' + i + ',' + '"x",'.repeat(1000) + ']'));`,
  ),
  takes('in an array that doubles', `let all = [1]; for (;;) all = all.concat(all);`, {
    expect: { fails: ['ERR_LIMIT_MEMORY', 'ERR_PLUGIN_CRASHED', 'ERR_PLUGIN_THREW'], ends: 'any' },
  }),
  takes(
    'while nobody calls it',
    `const all = []; const grow = () => { for (let i = 0; i < 20000; i += 1) all.push({ a: [i] }); setTimeout(grow, 1); }; grow(); await new Promise(() => {});`,
  ),
  tries('in array buffers', `const all = []; for (;;) all.push(new ArrayBuffer(1 << 20));`),
  tries('in one array buffer', `new Uint8Array(2 ** 31).fill(1);`),
  tries('in views that are filled', `const all = []; for (;;) all.push(new Float64Array(1 << 17).fill(all.length));`, {
    control: 'grows',
  }),
  tries(
    'in buffers that would grow',
    `const all = []; for (;;) { const buffer = new ArrayBuffer(8, { maxByteLength: 1 << 30 }); buffer.resize?.(1 << 28); new Uint8Array(buffer).fill(1); all.push(buffer); if (all.length > 1e5) break; }`,
  ),
  tries(
    'in transfers of buffers',
    `let buffer = new ArrayBuffer(1 << 20); const all = []; for (;;) { all.push(buffer.slice(0)); buffer = buffer.transfer(buffer.byteLength * 2); }`,
  ),
  tries('in WebAssembly memories', `const all = []; for (;;) all.push(new WebAssembly.Memory({ initial: 1000 }));`),
  tries(
    'in objects of Intl',
    `const all = []; for (;;) all.push(new Intl.DateTimeFormat('de', { dateStyle: 'full', timeZone: 'Europe/Berlin' }), new Intl.NumberFormat('ar'), new Intl.Collator('zh'), new Intl.Segmenter('th'));`,
    {},
  ),
  tries(
    'in segments of a long text',
    `const all = []; const segmenter = new Intl.Segmenter('th'); for (;;) all.push([...segmenter.segment('\\u0e01\\u0e32'.repeat(100000))]);`,
  ),
  tries(
    'in texts that are normalized',
    `const all = []; for (;;) all.push('\\ufdfa'.repeat(1 << 20).normalize('NFKD'));`,
  ),
  tries(
    'in one giant string',
    `let text = 'x'.repeat(2 ** 29 - 30); text = text.toUpperCase().toLowerCase(); return text.length;`,
  ),
  tries(
    'in blobs and streams',
    `const all = []; for (;;) { const blob = new Blob([new Uint8Array(1 << 20)]); all.push(blob, blob.stream()); }`,
  ),
  tries(
    'in decoded text',
    `const all = []; for (;;) all.push(new TextDecoder().decode(new Uint8Array(1 << 20).fill(65)));`,
  ),
  tries(
    'in keys',
    `const all = []; for (;;) all.push(await crypto.subtle.importKey('raw', new Uint8Array(1 << 16), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']));`,
  ),
  tries(
    'in signals that wait',
    `const all = []; for (;;) all.push(AbortSignal.any([AbortSignal.timeout(1e9), new AbortController().signal]));`,
  ),
  tries(
    'in regular expressions',
    `const all = []; for (let i = 0; ; i += 1) { const rule = new RegExp('(?:' + 'a?'.repeat(2000) + i + '){1,50}'); rule.test('aaa'); all.push(rule); }`,
  ),
  tries(
    'in sparse arrays',
    `const all = []; for (;;) { const list = []; list[2 ** 32 - 2] = 1; list.length = 1e7; list.fill(1); all.push(list); }`,
  ),
  tries(
    'in weak things',
    `const all = []; for (;;) { const key = { a: new Array(100) }; all.push(new WeakRef(key), new WeakMap([[key, key]])); }`,
  ),
];

hostile('a plugin that takes memory', kinds);
