import { hostile, type HostileCase } from './harness.ts';
import { loadBeside } from './run-case.ts';

/** Returned by `attack`: it crosses, or ERR_VALUE says why it does not. */
const refused = (name: string, value: string, more: Partial<HostileCase> = {}): HostileCase => ({
  name: `answers ${name}`,
  attack: `return ${value};`,
  expect: { fails: ['ERR_VALUE'] },
  ...more,
});
const crosses = (name: string, value: string, answers: unknown): HostileCase => ({
  name: `answers ${name}`,
  attack: `return ${value};`,
  expect: { answers },
});

const wide = { cpu: '20s', timeout: '30s', memory: '256MiB' };

/** Just within what a message may hold. */
const heaviest: readonly (readonly [string, string])[] = [
  ['as many numbers as may cross', `new Array(249000).fill(0)`],
  ['as many objects as may cross', `Array.from({ length: 62000 }, () => ({}))`],
  ['as many tagged values as may cross', `new Array(60000).fill(undefined)`],
  ['as many names as may cross', `Object.fromEntries(Array.from({ length: 62000 }, (_, i) => ['k' + i, 0]))`],
  ['as much text as may cross', `'\\u2028'.repeat(1000000)`],
  ['as many digits as may cross', `new Array(400).fill(10n ** 9900n)`],
];

const values: HostileCase[] = [
  refused('a cycle', `(() => { const a = { b: {} }; a.b.c = a; return a; })()`),
  refused('a cycle through an array', `(() => { const a = []; a.push([a]); return a; })()`),
  refused(
    'a cycle through the cause of an error',
    `(() => { const e = new Error('x'); e.cause = { e }; return e; })()`,
  ),
  refused(
    'a hundred thousand levels',
    `(() => { let a = []; for (let i = 0; i < 100000; i += 1) a = [a]; return a; })()`,
  ),
  refused(
    'a proxy without a bottom',
    `(() => { const deep = () => new Proxy({}, { ownKeys: () => ['a'], getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true, value: 1 }), get: () => deep() }); return deep(); })()`,
  ),
  refused('a function', `() => 0`),
  refused('a symbol', `{ a: [Symbol('x')] }`),
  refused('a Map', `new Map([[1, 2]])`),
  refused('a Set', `new Set([1])`),
  refused('a WeakRef', `new WeakRef({})`),
  refused('a promise inside', `{ a: Promise.resolve(1) }`),
  refused('an ArrayBuffer', `new ArrayBuffer(8)`),
  refused('another view', `new Float64Array(8)`),
  refused('a class instance', `new (class Foo { a = 1 })()`),
  refused('a boxed string', `new String('x')`),
  refused('a regular expression', `/x/`),
  refused(
    'a revoked proxy',
    `(() => { const { proxy, revoke } = Proxy.revocable({}, {}); revoke(); return { proxy }; })()`,
    {
      expect: { fails: ['ERR_VALUE', 'ERR_PLUGIN_THREW'] },
    },
  ),
  refused(
    'a proxy that lies about its prototype',
    `new Proxy(class Foo {}, { getPrototypeOf: () => Object.prototype })`,
  ),
  refused('a name that is __proto__', `JSON.parse('{"__proto__":{"polluted":1}}')`),
  refused('a sparse array of a billion', `new Array(1e9)`, { expect: { fails: ['ERR_VALUE'] } }),
  refused('a proxy of an array of lying length', `new Proxy([], { get: (t, k) => (k === 'length' ? 2 ** 53 : 1) })`, {
    limits: { message: '64KiB' },
    expect: { fails: ['ERR_LIMIT_RATE'] },
  }),
  refused('a string past limits.message', `'x'.repeat(5 * 1024 * 1024)`, { expect: { fails: ['ERR_LIMIT_RATE'] } }),
  refused('bytes past limits.message', `new Uint8Array(5 * 1024 * 1024)`, { expect: { fails: ['ERR_LIMIT_RATE'] } }),
  refused('more byte arrays than a message may have', `Array.from({ length: 5000 }, () => new Uint8Array(1))`),
  refused('a name past limits.message', `{ ['x'.repeat(5 * 1024 * 1024)]: 1 }`, {
    expect: { fails: ['ERR_LIMIT_RATE'] },
  }),
  crosses('a sparse array', `[1, , 3]`, [1, undefined, 3]),
  crosses('numbers at the edge', `[-0, NaN, Infinity, -Infinity, 2 ** 53, 5e-324]`, [
    -0,
    NaN,
    Infinity,
    -Infinity,
    2 ** 53,
    5e-324,
  ]),
  crosses('lone surrogates', `['\\ud800', 'a\\udc00b', { '\\udfff': '\\ud83d' }]`, [
    '\ud800',
    'a\udc00b',
    { '\udfff': '\ud83d' },
  ]),
  crosses(
    'odd names',
    `{ '': 1, '\\0': 2, '\\u2028': 3, 'a.b': 4, '0': 5, 'constructor': 6, 'toString': 7, 'then': 8 }`,
    {
      '': 1,
      '\0': 2,
      '\u2028': 3,
      'a.b': 4,
      '0': 5,
      constructor: 6,
      toString: 7,
      // oxlint-disable-next-line unicorn/no-thenable -- what must cross as the number it is
      then: 8,
    },
  ),
  crosses('an invalid date', `[new Date(NaN), new Date(8.64e15)]`, [new Date(NaN), new Date(8.64e15)]),
  crosses(
    'an object that is not what it was',
    `(() => { let n = 0; return new Proxy({ a: 1 }, { get: (_, key) => (key === 'a' ? (n += 1) : undefined) }); })()`,
    { a: 1 },
  ),
  crosses(
    'symbols and hidden members beside',
    `Object.defineProperty({ a: 1, [Symbol('s')]: 2 }, 'hidden', { value: 3 })`,
    { a: 1 },
  ),
  crosses('toJSON, which nobody asks', `{ a: { toJSON: undefined, b: 1 } }`, { a: { toJSON: undefined, b: 1 } }),
  {
    name: 'answers bytes whose length lies',
    attack: `class Liar extends Uint8Array { get length() { return 2 ** 30; } get byteLength() { return 2 ** 30; } get byteOffset() { return -8; } }
    return [new Liar([1, 2, 3]), Object.defineProperty(new Uint8Array([4]), 'length', { value: 1e9 })];`,
    expect: { answers: [new Uint8Array([1, 2, 3]), new Uint8Array([4])] },
  },
  {
    name: 'answers bytes of a detached buffer',
    attack: `const bytes = new Uint8Array(8); structuredClone(bytes.buffer, { transfer: [bytes.buffer] }); return [bytes];`,
    expect: {
      also: (outcome) =>
        'value' in outcome && (outcome.value as Uint8Array[])[0]?.length !== 0 ? ['bytes came out of nothing'] : [],
    },
  },
  {
    name: 'answers another topic at the second reading',
    permissions: { events: { publish: ['fine'] } },
    attack: `let reads = 0; const topic = { toString() { return (reads += 1) === 1 ? 'fine' : 'victim.secret'; }, [Symbol.toPrimitive]() { return (reads += 1) === 1 ? 'fine' : 'victim.secret'; } };
    try { await context.eventBus.publish(topic, 1); return 'published'; } catch (error) { return error.code; }`,
    expect: { answers: 'ERR_VALUE' },
  },
  refused('a bigint that takes long to read', `10n ** 4000000n`, { limits: wide }),
  refused('two million numbers', `new Array(2000000).fill(0)`, { limits: wide }),
  refused('a million empty objects', `Array.from({ length: 1000000 }, () => ({}))`, { limits: wide }),
  refused('half a million names', `Object.fromEntries(Array.from({ length: 400000 }, (_, i) => ['k' + i, 0]))`, {
    limits: wide,
  }),
  ...heaviest.flatMap(([name, value]): HostileCase[] => [
    { name: `answers ${name}`, attack: `return ${value};`, limits: wide, expect: {} },
    {
      name: `publishes ${name}`,
      attack: `await context.eventBus.subscribe('big', () => 0); await context.eventBus.publish('big', ${value}); return 'published';`,
      permissions: { events: { publish: ['big'], subscribe: ['big'] } },
      limits: wide,
      expect: { answers: 'published' },
    },
    {
      name: `passes ${name} to a service of its own`,
      attack: `await context.registerService('own', { take: () => 'taken' }); return context.services.own.take(${value});`,
      permissions: { services: ['own'] },
      limits: wide,
      expect: { answers: 'taken' },
    },
  ]),
  {
    name: 'throws an error that is longer than any log',
    attack: `const error = new Error('x'.repeat(3000000)); error.name = 'n'.repeat(3000000); error.stack = 's'.repeat(3000000); error.code = 'c'.repeat(3000000); throw error;`,
    limits: wide,
    expect: {
      fails: ['ERR_PLUGIN_THREW'],
      also: (outcome) =>
        'error' in outcome && JSON.stringify(outcome.error).length + String(outcome.error).length > 100_000
          ? ['the error is long']
          : [],
    },
  },
  ...[
    'null',
    'undefined',
    '0',
    '""',
    'Symbol("x")',
    '() => 0',
    'Object.create(null)',
    'new Proxy({}, { get() { throw new Error("trap"); } })',
    '{ get message() { throw 1; }, get name() { throw 2; }, get stack() { throw 3; } }',
    'Promise.reject(new Error("inner"))',
    'new Proxy(new Error("x"), { getPrototypeOf() { throw 1; } })',
  ].map((thrown): HostileCase => ({
    name: `throws ${thrown}`,
    attack: `throw ${thrown};`,
    expect: { fails: ['ERR_PLUGIN_THREW'] },
  })),
  {
    name: 'throws terminal control codes',
    attack: `const error = new Error('\\u001b[2J\\u001b]0;owned\\u0007\\r\\nerror: forged\\u202e'); error.stack = '\\u001b[31m'; context.logger.error('\\u001b[2J\\nforged', { a: '\\u001b]8;;http://evil\\u0007' }); throw error;`,
    expect: {
      fails: ['ERR_PLUGIN_THREW'],
      also: (outcome, { logs }) => {
        const { message, pluginStack } = (outcome as { error: { message: string; pluginStack: string } }).error;
        const said = `${message} ${pluginStack ?? ''} ${logs.filter((line) => line.includes('forged')).join(' ')}`;
        return /[\u0000-\u0008\u000b-\u001f\u007f\u202e]/.test(said.replaceAll('\n', ' '))
          ? ['control codes come through']
          : [];
      },
    },
  },
  {
    name: 'gets arguments that another caller still holds, and changes them',
    members: `change(list) { try { list.push('evil'); list[0].a = 'evil'; } catch {} return list; }`,
    act: async (arena, name) => {
      await loadBeside(arena, name);
      const given = [{ a: 1 }];
      await arena.manager.call(name, 'change', [given]);
      return given;
    },
    expect: { answers: [{ a: 1 }] },
  },
];

hostile('a plugin that passes values', values);
