import { hostile, type HostileCase } from './harness.ts';
import { loadBeside } from './run-case.ts';

const tight = { start_timeout: '400ms', stop_timeout: '400ms', timeout: '600ms' };
const HOOKS = ['initialize', 'start', 'stop', 'cleanup'] as const;

/** Loads, starts, stops and unloads it. */
const live: HostileCase['act'] = async ({ manager, ...arena }, name) => {
  await loadBeside({ manager, ...arena }, name);
  await manager.stopPlugin(name);
  await manager.unloadPlugin(name);
};

const abuses: HostileCase[] = [
  ...HOOKS.map((method): HostileCase => ({
    name: `hangs in ${method}`,
    members: `async ${method}() { await new Promise(() => {}); }`,
    limits: tight,
    act: live,
    expect: { fails: ['ERR_LIMIT_TIME'], ends: 'itself' },
  })),
  ...HOOKS.map((method): HostileCase => ({
    name: `throws in ${method}`,
    members: `async ${method}() { throw { toString() { throw 1; }, get message() { throw 2; } }; }`,
    act: live,
    expect: { fails: ['ERR_PLUGIN_THREW'], ends: 'itself' },
  })),
  {
    name: 'answers wrong things in every hook',
    members: `async initialize() { return { then: undefined, cycle: globalThis }; } async start() { return () => 0; } async stop() { return Symbol('x'); } async cleanup() { return 2n ** 64n; }`,
    act: live,
    expect: {},
  },
  {
    name: 'has no hooks that are functions',
    members: `initialize = 1; start = {}; stop = null; cleanup = 'x'; healthCheck = 5; handleEvent = [];`,
    act: live,
    expect: {},
  },
  {
    name: 'exports a proxy that answers anything',
    module: `const deep = new Proxy(function () {}, { get: (t, k) => (k === 'getMetadata' ? () => ({ name: '%NAME%', version: '1.0.0', description: 'Attacks', author: 'tests', license: 'MIT' }) : k === 'then' ? undefined : deep), has: () => true, ownKeys: () => ['a', 'prototype'], construct: () => deep, apply: () => deep });\nexport default deep;`,
    act: live,
    expect: { fails: ['ERR_METADATA', 'ERR_PLUGIN_THREW', 'ERR_VALUE'], ends: 'itself' },
  },
  {
    name: 'exports a class whose prototype answers ten million names',
    module: `import { BasePlugin } from '@aitbc/plugins/sdk';
class Wide extends BasePlugin { getMetadata() { return { name: '%NAME%', version: '1.0.0', description: 'Attacks', author: 'tests', license: 'MIT' }; } }
export default class Attacker { constructor(context) { return new Proxy(new Wide(context), { ownKeys: () => Array.from({ length: 1e7 }, (_, i) => 'm' + i), getOwnPropertyDescriptor: () => ({ value: () => 0, configurable: true, enumerable: true }) }); } }`,
    act: live,
    expect: {
      fails: [
        'ERR_LIMIT_CPU',
        'ERR_LIMIT_MEMORY',
        'ERR_METADATA',
        'ERR_VALUE',
        'ERR_PLUGIN_THREW',
        'ERR_PLUGIN_CRASHED',
      ],
      ends: 'any',
    },
  },
  {
    name: 'has fifty thousand methods',
    members: `constructor(context) { super(context); for (let i = 0; i < 50000; i += 1) this['method' + i] = () => i; }`,
    limits: { cpu: '5s' },
    expect: { ends: 'any' },
  },
  {
    name: 'says it is another plugin',
    members: `getMetadata() { return { name: 'victim', version: '9.9.9', description: 'x', author: 'x', license: 'x' }; }`,
    expect: { fails: ['ERR_METADATA'], ends: 'itself' },
  },
  {
    name: 'says something else each time it is asked',
    members: `n = 0; getMetadata() { this.n += 1; return { get name() { return Math.random() > 2 ? '' : 'bystander'; }, version: '1.0.0', description: 'Attacks', author: 'tests', license: 'MIT' }; }`,
    expect: { fails: ['ERR_METADATA'], ends: 'itself' },
  },
  {
    name: 'asks for permissions at run time that nobody saw',
    members: `getMetadata() { return { name: 'x', version: '1.0.0', description: 'Attacks', author: 'tests', license: 'MIT', permissions: { net: ['*'], read: ['/'] } }; }`,
    expect: { fails: ['ERR_METADATA'], ends: 'itself' },
  },
  {
    name: 'has a schema that is a bomb',
    members: `getConfigSchema() { let schema = { type: 'string', pattern: '^(a+)+$' }; for (let i = 0; i < 60; i += 1) schema = { allOf: [schema, schema], anyOf: [schema] }; return schema; }`,
    config: { a: 'a'.repeat(60) },
    limits: { cpu: '2s' },
    expect: { ends: 'any' },
  },
  {
    name: 'has a schema whose pattern never ends',
    manifest: {
      config_schema: { type: 'object', properties: { a: { type: 'string', pattern: '^(a+)+$' } } },
    },
    config: { a: `${'a'.repeat(40)}!` },
    expect: { fails: ['ERR_CONFIG_INVALID', 'ERR_METADATA'], ends: 'any' },
  },
  {
    name: 'registers a thousand services',
    attack: `const settled = await Promise.allSettled(Array.from({ length: 1000 }, (_, i) => context.registerService('service' + i, { f() {} }))); return settled.filter(({ status }) => status === 'rejected').length > 900;`,
    expect: { answers: true },
  },
  {
    name: 'registers one service of ten thousand methods',
    attack: `return context.registerService('wide', Object.fromEntries(Array.from({ length: 10000 }, (_, i) => ['m' + i, () => 0]))).then(() => 'registered', ({ code }) => code);`,
    limits: { cpu: '3s' },
    expect: { answers: 'ERR_VALUE' },
  },
  {
    name: 'subscribes to a hundred thousand topics',
    permissions: { events: { subscribe: ['#'] } },
    attack: `let refused = 0; for (let i = 0; i < 100; i += 1) { const settled = await Promise.allSettled(Array.from({ length: 400 }, (_, j) => context.eventBus.subscribe('topic' + i + '.' + j, () => 0))); refused += settled.filter(({ status }) => status === 'rejected').length; } return refused > 30000;`,
    limits: { cpu: '10s', timeout: '30s' },
    expect: { answers: true },
  },
  {
    name: 'unloads itself by being called while it unloads',
    members: `async cleanup() { await this.context.eventBus.publish('dying'); return true; } async slow() { await new Promise((resolve) => setTimeout(resolve, 300)); return 'slow'; }`,
    permissions: { events: { publish: ['dying'] } },
    act: async (arena, name) => {
      await loadBeside(arena, name);
      const call = arena.manager.call(name, 'slow').catch(({ code }: { code: string }) => code);
      const again = arena.manager.unloadPlugin(name);
      const others = await Promise.allSettled([
        arena.manager.call(name, 'slow'),
        arena.manager.startPlugin(name),
        arena.manager.unloadPlugin(name),
      ]);
      await again;
      return [await call, others.length];
    },
    expect: { answers: ['slow', 3] },
  },
  {
    name: 'is loaded and unloaded again and again while it is called',
    act: async (arena, name) => {
      for (let turn = 0; turn < 8; turn += 1) {
        await loadBeside(arena, name);
        const calls = Promise.allSettled(Array.from({ length: 20 }, () => arena.manager.call(name, 'attack', [1])));
        await arena.manager.unloadPlugin(name);
        await calls;
      }
    },
    attack: `await new Promise((resolve) => setTimeout(resolve, 5)); return 1;`,
    expect: {},
  },
  {
    name: 'goes on after it was stopped',
    permissions: { events: { publish: ['zombie'] } },
    members: `async start() { this.timer = setInterval(() => { this.context.logger.info('zombie'); this.context.eventBus.publish('zombie', 1).catch(() => 0); }, 10); return true; } async cleanup() { return true; }`,
    act: async (arena, name) => {
      await loadBeside(arena, name);
      await arena.manager.unloadPlugin(name);
      const from = arena.noted.length;
      await new Promise((resolve) => setTimeout(resolve, 300));
      return arena.noted.length - from;
    },
    expect: { answers: 0 },
  },
  {
    name: 'crashes each time until it is in quarantine, and its neighbours never notice',
    members: `async start() { for (;;); }`,
    act: async (arena, name) => {
      for (let turn = 0; turn < 3; turn += 1) {
        await loadBeside(arena, name).catch(() => undefined);
        await arena.manager.unloadPlugin(name).catch(() => undefined);
      }
    },
    limits: { cpu: '100ms' },
    expect: { ends: 'any' },
    control: 'hangs',
  },
  {
    name: 'answers getCommands with a bomb',
    members: `getCommands() { return new Proxy([], { get: (t, k) => (k === 'length' ? 1e9 : k === 'map' ? undefined : { name: 'x', help: 'x', subcommands: [] }) }); }`,
    limits: { cpu: '1s' },
    expect: { ends: 'any' },
  },
  {
    name: 'hangs every call until no more are taken',
    members: `hang() { return new Promise(() => {}); }`,
    limits: { timeout: '500ms', concurrency: 4 },
    act: async (arena, name) => {
      await loadBeside(arena, name);
      const calls = await Promise.allSettled(Array.from({ length: 3_000 }, () => arena.manager.call(name, 'hang')));
      return calls.some(({ status }) => status === 'fulfilled');
    },
    expect: { answers: false, ends: 'itself' },
  },
];

hostile('a plugin that abuses its life', abuses);
