import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defineService } from '../../src/capabilities/services.ts';
import { hostile, type HostileCase } from './harness.ts';
import { loadBeside } from './run-case.ts';

const EVIL = `JSON.parse('{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":2}},"prototype":{"polluted":3}}')`;
const MILD = `JSON.parse('{"constructor":{"prototype":{"polluted":2}},"prototype":{"polluted":3},"__defineGetter__":4,"toString":5,"hasOwnProperty":6}')`;
const codes = (work: string): string =>
  `try { await ${work}; return 'went'; } catch (error) { return error.code ?? error.name; }`;

/** A host service as people write them: it merges what it is given into an object of its own. */
const naive = defineService({
  merge: (input: unknown) => {
    const target: Record<string, unknown> = {};
    const merge = (into: Record<string, unknown>, from: object): void => {
      for (const [key, value] of Object.entries(from)) {
        if (!Object.hasOwn(into, key)) into[key] = {};
        if (typeof value === 'object' && value !== null) merge(into[key] as Record<string, unknown>, value as object);
        else into[key] = value as unknown;
      }
    };
    merge(target, input as object);
    return target;
  },
  assign: (input: unknown) => Object.assign({}, input),
  echo: (input: unknown) => input,
  fail: (input: unknown) => {
    throw Object.assign(new Error('inner workings'), input);
  },
});

const cases: HostileCase[] = [
  { name: 'in what it answers', attack: `return ${EVIL};`, expect: { fails: ['ERR_VALUE'] } },
  { name: 'deep in what it answers', attack: `return [[{ a: ${EVIL} }]];`, expect: { fails: ['ERR_VALUE'] } },
  { name: 'in names that are lawful', attack: `return ${MILD};`, expect: {} },
  {
    name: 'in a proxy that says its names',
    attack: `return new Proxy({}, { ownKeys: () => ['__proto__'], getOwnPropertyDescriptor: () => ({ value: { polluted: 1 }, enumerable: true, configurable: true }), get: () => ({ polluted: 1 }) });`,
    expect: { fails: ['ERR_VALUE'] },
  },
  {
    name: 'in a computed name',
    attack: `return { ['__proto__']: { polluted: 1 } };`,
    expect: { fails: ['ERR_VALUE'] },
  },
  {
    name: 'in a name that normalizes to it',
    attack: `return { '__proto\\u005f\\u005f': { polluted: 1 } };`,
    expect: { fails: ['ERR_VALUE'] },
  },
  {
    name: 'in what it asks of a service that merges',
    permissions: { services: ['api'] },
    attack: `return [await context.apiClient.merge(${MILD}).then(() => 'went', ({ code }) => code), await context.apiClient.assign(${MILD}).then(() => 'went', ({ code }) => code), await context.apiClient.merge(${EVIL}).then(() => 'went', ({ code }) => code)];`,
    expect: {
      also: (outcome) =>
        'value' in outcome && (outcome.value as string[])[2] !== 'ERR_VALUE' ? ['__proto__ went to a service'] : [],
    },
  },
  {
    name: 'in the answer and the error of a service',
    permissions: { services: ['api'] },
    attack: `const echoed = await context.apiClient.echo({ a: 1 }); let error; try { await context.apiClient.fail({ code: 'ERR_X', hint: '__proto__', details: { polluted: 1 } }); } catch (thrown) { error = thrown; } return [({}).polluted, Object.keys(echoed), error.message.includes('inner workings')];`,
    expect: { answers: [undefined, ['a'], false] },
  },
  {
    name: 'in an event',
    permissions: { events: { publish: ['#'] } },
    attack: codes(`context.eventBus.publish('a', ${EVIL})`),
    expect: { answers: 'ERR_VALUE' },
  },
  ...['__proto__', 'constructor', 'a.__proto__', 'prototype.polluted', 'toString'].map((topic): HostileCase => ({
    name: `in the topic ${topic}`,
    permissions: { events: { publish: ['#'], subscribe: ['#'] } },
    attack: `await context.eventBus.subscribe('${topic}', () => 0).catch(() => 0); await context.eventBus.publish('${topic}', { polluted: 1 }).catch(() => 0); return ({}).polluted;`,
    expect: { answers: undefined },
  })),
  {
    name: 'in an error and its members',
    attack: `const error = Object.assign(new Error('__proto__'), ${MILD}); Object.defineProperty(error, '__proto__', { value: { polluted: 1 }, enumerable: true }); error.code = '__proto__'; error.name = 'constructor'; error.details = { polluted: 1 }; error.data = ${MILD}; throw error;`,
    expect: { fails: ['ERR_PLUGIN_THREW'] },
  },
  {
    name: 'in an error that it answers',
    attack: `return Object.assign(new Error('x'), { data: ${EVIL} });`,
    expect: { fails: ['ERR_VALUE'] },
  },
  {
    name: 'in the fields of its log',
    attack: `context.logger.info('__proto__', ${EVIL}); context.logger.warn('x', ${MILD}); context.logger.error('x', { level: 'polluted', message: 'polluted', plugin: 'victim', time: 0 }); console.log(${EVIL}, ${MILD}); return 'logged';`,
    expect: { answers: 'logged' },
  },
  {
    name: 'in the names of a service and its methods',
    attack: `const out = []; for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty']) out.push(await context.registerService(name, { f() {}, ['__proto__']() {}, constructor() {}, then() {} }).then(() => 'went', ({ code }) => code)); return out[0];`,
    expect: { answers: 'ERR_VALUE' },
  },
  {
    name: 'in services and plugins that it names',
    attack: `const out = []; for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '__defineGetter__']) for (const work of [() => context.services[name].call(), () => context.plugin(name).call(), () => context.services.api[name]({}), () => context.plugin('victim')[name]()]) try { await work(); out.push(name); } catch {} return out;`,
    permissions: { services: ['api'] },
    expect: { answers: [] },
  },
  {
    name: 'in variables that it names',
    attack: `const out = []; for (const name of ['__proto__', 'constructor', 'toString', 'hasOwnProperty', 'valueOf', '']) try { out.push([name, typeof context.env(name)]); } catch {} return out;`,
    expect: { answers: [], denied: [{ capability: 'env' }] },
  },
  {
    name: 'in methods that the host calls by name',
    members: `['__proto__x']() { return 1; } constructor_() { return 1; }`,
    act: async (arena, name) => {
      await loadBeside(arena, name);
      const called: string[] = [];
      for (const method of [
        '__proto__',
        'constructor',
        'toString',
        'hasOwnProperty',
        '__defineGetter__',
        'isPrototypeOf',
        '',
        'getMetadata',
        'initialize',
        '_x',
      ]) {
        const done = await arena.manager.call(name, method).then(
          () => true,
          () => false,
        );
        if (done) called.push(method);
      }
      return called;
    },
    expect: { answers: [] },
  },
  {
    name: 'in names of files',
    top: `import { mkdir, readdir, writeFile, stat } from 'node:fs/promises';`,
    attack: `for (const name of ['__proto__', 'constructor', 'toString']) { await writeFile('/data/' + name, 'polluted'); await mkdir('/data/' + name + '-folder/__proto__', { recursive: true }); await stat('/data/' + name); } return [(await readdir('/data')).length, ({}).polluted];`,
    expect: { answers: [6, undefined] },
  },
  {
    name: 'in headers, of the request and of the answer',
    permissions: ({ facts }) => ({ net: [`127.0.0.1:${facts['port']}`] }),
    attack: `const answer = await fetch('http://127.0.0.1:' + world.facts.port + '/', { headers: { ['__proto__']: 'polluted', constructor: 'polluted', toString: 'polluted' } }); return [Object.keys(Object.fromEntries(answer.headers)).includes('x'), ({}).polluted, (await answer.json()).polluted];`,
    expect: { answers: [true, undefined, 1] },
  },
  {
    name: 'in its own metadata',
    members: `getMetadata() { return JSON.parse('{"name":"%","version":"1.0.0","description":"Attacks","author":"tests","license":"MIT","__proto__":{"polluted":1}}'.replace('%', super.name ?? 'x')); }`,
    expect: { fails: ['ERR_METADATA', 'ERR_VALUE'], ends: 'itself' },
  },
  {
    name: 'in the defaults of its schema',
    members: `getConfigSchema() { return JSON.parse('{"type":"object","properties":{"__proto__":{"default":{"polluted":1}},"constructor":{"default":{"prototype":{"polluted":1}}},"a":{"default":1}}}'); }`,
    attack: `return [({}).polluted, context.config.polluted];`,
    expect: { ends: 'any' },
  },
  {
    name: 'in the prototypes of its own realm',
    attack: `Object.prototype.polluted = 1; Array.prototype.polluted = 1; Function.prototype.polluted = 1; globalThis.polluted = 1; return 'done';`,
    expect: { answers: 'done' },
    control: 'pollutes',
  },
  {
    name: 'through what it answers, merged by the host',
    attack: `const root = this.constructor.constructor('return globalThis')(); root.Object.prototype.polluted = 'yes'; return { a: 1 };`,
    expect: { answers: { a: 1 } },
    control: 'pollutes',
  },
  {
    name: 'by setters that it left on Object.prototype',
    attack: `Object.defineProperty(Object.prototype, 'name', { set() { throw new Error('trap'); }, get() { return 'trap'; }, configurable: true }); Object.defineProperty(Array.prototype, '0', { set() { throw new Error('trap'); }, configurable: true }); Object.defineProperty(Object.prototype, 'a', { set() {}, configurable: true }); return [1, { a: 2 }];`,
    expect: { ends: 'any' },
    control: 'dies',
  },
];

hostile('a plugin that pollutes prototypes', cases, {
  services: { api: naive },
  setup: async () => {
    const server = createServer((_request, response) => {
      response.writeHead(
        200,
        [
          ['__proto__', 'polluted'],
          ['constructor', 'polluted'],
          ['x', 'y'],
        ].flat(),
      );
      response.end('{"polluted":1}');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return {
      facts: { port: (server.address() as AddressInfo).port },
      close: async () => {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
      },
    };
  },
});
