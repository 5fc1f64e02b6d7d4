import { describe, expect, expectTypeOf, it } from 'vitest';
import { compileGrants } from '../../src/capabilities/grants.ts';
import { callHostService, defineService, type ServiceClient } from '../../src/capabilities/services.ts';
import type { ServiceContext } from '../../src/capabilities/types.ts';
import { PluginError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { GuestOp } from '../../src/protocol/requests.ts';
import type { Value } from '../../src/protocol/values.ts';
import { refusalOf, rig } from './harness.ts';

describe('events', () => {
  it('are published and subscribed as granted, and audited', async () => {
    const it = await rig({ events: { publish: ['a.*'], subscribe: ['b.#'] } });
    await it.ask('events.publish', ['a.b', { n: 1 }]);
    await it.ask('events.subscribe', ['b.c.*']);
    await it.ask('events.subscribe', ['b.c.*']);
    await it.ask('events.subscribe', ['b.x']);
    await it.ask('events.unsubscribe', ['b.x']);
    await it.ask('events.unsubscribe', ['never']);
    expect(it.published).toEqual([{ from: 'greeter', topic: 'a.b', data: { n: 1 } }]);
    expect([...it.subscribed]).toEqual(['b.c.*']);
    expect(it.audited.map(({ capability, value, rule }) => [capability, value, rule])).toEqual([
      ['events.publish', 'a.b', 'a.*'],
      ['events.subscribe', 'b.c.*', 'b.#'],
      ['events.subscribe', 'b.x', 'b.#'],
    ]);
  });

  it('pass limits.eventRate no more', async () => {
    const it = await rig({ events: { publish: ['#'] } }, { limits: { eventRate: 5 } });
    const all = await Promise.allSettled(Array.from({ length: 20 }, () => it.ask('events.publish', ['a', null])));
    const refused = all.filter((each) => each.status === 'rejected');
    expect(it.published.length).toBeLessThan(10);
    expect(refused[0]?.reason).toMatchObject({ code: 'ERR_LIMIT_RATE', details: { limit: 'event_rate' } });
  });

  it('have no more than 256 subscriptions', async () => {
    const it = await rig({ events: { subscribe: ['#'] } });
    for (let at = 0; at < 256; at++) await it.ask('events.subscribe', [`a.n${at}`]);
    expect((await refusalOf(it.ask('events.subscribe', ['b']))).code).toBe('ERR_LIMIT_RATE');
  });

  it('end with the grant, and with the broker', async () => {
    const it = await rig({ events: { subscribe: ['a.#', 'b'] } });
    for (const pattern of ['a.b', 'a.#', 'b']) await it.ask('events.subscribe', [pattern]);
    it.broker.setGrants(compileGrants({ events: { subscribe: ['b', 'a.b'] } }, { name: 'greeter' }));
    expect([...it.subscribed]).toEqual(['a.b', 'b']);
    expect(it.audited.at(-1)).toMatchObject({ capability: 'events.subscribe', value: 'a.#', outcome: 'denied' });
    await it.broker.close();
    expect([...it.subscribed]).toEqual([]);
  });
});

describe('services.call', () => {
  it('asks the switchboard, with who asks', async () => {
    const calls: unknown[] = [];
    const it = await rig(
      { services: ['api.getAgent'] },
      {
        switchboard: {
          callService: async (from, service, method, args) => {
            calls.push([from, service, method, args]);
            return { id: 1 };
          },
        },
      },
    );
    expect((await it.ask('services.call', ['api', 'getAgent', [{ id: 1 }]])).value).toEqual({ id: 1 });
    expect(calls).toEqual([[{ plugin: 'greeter', version: '1.0.0' }, 'api', 'getAgent', [{ id: 1 }]]]);
    expect((await refusalOf(it.ask('services.call', ['api', 'drop', []]))).message).toBe(
      'Cannot call service "api.drop": "greeter" has no services permission for api.drop',
    );
    expect(it.audited.map(({ outcome }) => outcome)).toEqual(['allowed', 'denied']);
  });

  it('is aborted when its grant is revoked', async () => {
    const { promise: started, resolve: start } = Promise.withResolvers<AbortSignal>();
    const it = await rig(
      { services: ['api'] },
      {
        switchboard: {
          callService: (_from, _service, _method, _args, signal) => {
            start(signal);
            return new Promise(() => undefined);
          },
        },
      },
    );
    const call = it.ask('services.call', ['api', 'wait', []]);
    const signal = await started;
    it.broker.setGrants(compileGrants({}, { name: 'greeter' }));
    expect((await refusalOf(call)).code).toBe('ERR_PERMISSION_DENIED');
    expect(signal.aborted).toBe(true);
    expect(it.audited.map(({ outcome }) => outcome)).toEqual(['denied', 'failed']);
  });

  it('shows a plugin no fault of the host, and no secret', async () => {
    const fail = (error: Error) => ({
      callService: async (): Promise<Value> => {
        throw error;
      },
    });
    const hide = (text: string): string => text.replaceAll('hunter2', '[redacted]');
    const inner = await rig(
      { services: ['api'] },
      { switchboard: fail(new TypeError('/srv/app.ts: hunter2')), redact: hide },
    );
    const fault = await refusalOf(inner.ask('services.call', ['api', 'get', []]));
    expect([fault.code, fault.message]).toEqual(['ERR_INTERNAL', 'Cannot serve "services.call": the host failed']);
    expect(inner.logged).toMatchObject([{ level: 'error', fields: { plugin: 'greeter' } }]);
    const known = new PluginError('ERR_SERVICE', 'Cannot call: hunter2', {
      hint: 'hunter2',
      details: { a: 'hunter2', n: 1 },
      cause: new Error('hunter2'),
      retryable: true,
    });
    const outer = await rig({ services: ['api'] }, { switchboard: fail(known), redact: hide });
    const error = await refusalOf(outer.ask('services.call', ['api', 'get', []]));
    expect(error).toMatchObject({
      code: 'ERR_SERVICE',
      message: 'Cannot call: [redacted]',
      hint: '[redacted]',
      details: { a: '[redacted]', n: 1 },
      retryable: true,
    });
    expect(error.cause).toBeUndefined();
  });
});

describe('services.register', () => {
  it('offers methods by name', async () => {
    const registered: unknown[] = [];
    const it = await rig({}, { switchboard: { registerService: (...args) => registered.push(args) } });
    await it.ask('services.register', ['rates', ['get', 'start']]);
    expect(registered).toEqual([['greeter', 'rates', ['get', 'start']]]);
    for (let at = 1; at < 64; at++) await it.ask('services.register', [`s${at}`, []]);
    expect((await refusalOf(it.ask('services.register', ['one-more', []]))).code).toBe('ERR_LIMIT_RATE');
    await it.ask('services.register', ['rates', ['get']]);
  });
});

describe('plugins.call', () => {
  it('reaches declared dependencies, and never a lifecycle method', async () => {
    const calls: unknown[] = [];
    const it = await rig(
      {},
      {
        dependencies: ['wallet'],
        switchboard: {
          callPlugin: async (...args) => {
            calls.push(args.slice(0, 4));
            return 7n;
          },
        },
      },
    );
    expect((await it.ask('plugins.call', ['wallet', 'balance', ['a']])).value).toBe(7n);
    expect(calls).toEqual([['greeter', 'wallet', 'balance', ['a']]]);
    expect((await refusalOf(it.ask('plugins.call', ['other', 'balance', []]))).code).toBe('ERR_PERMISSION_DENIED');
    for (const method of [
      'start',
      'stop',
      'cleanup',
      'initialize',
      'handleEvent',
      '_private',
      'constructor',
      'then',
      '__proto__',
      '',
    ]) {
      expect((await refusalOf(it.ask('plugins.call', ['wallet', method, []]))).code).toBe('ERR_VALUE');
    }
  });
});

describe('a request of the wrong shape is ERR_VALUE:', () => {
  const wrong: [GuestOp, Value[]][] = [
    ['events.publish', []],
    ['events.publish', [7, 1]],
    ['events.publish', ['a b', 1]],
    ['events.publish', ['a.*', 1]],
    ['events.publish', ['', 1]],
    ['events.publish', ['a'.repeat(300), 1]],
    ['events.subscribe', [null]],
    ['events.subscribe', ['#.a']],
    ['events.unsubscribe', [{}]],
    ['services.call', ['api']],
    ['services.call', ['api', 'get', {}]],
    ['services.call', ['api', 'get', 'args']],
    ['services.call', ['api', 'get', Array(65).fill(0)]],
    ['services.call', ['__proto__', 'get', []]],
    ['services.call', ['api', 'constructor', []]],
    ['services.call', ['api', 'then', []]],
    ['services.call', ['a'.repeat(200), 'get', []]],
    ['services.register', ['api', 'get']],
    ['services.register', ['api', [7]]],
    ['services.register', ['api', ['toString']]],
    ['services.register', ['a.b', []]],
    ['plugins.call', [['wallet'], 'get', []]],
    ['env.denied', [new Date()]],
    ['stdio.write', ['1', 'stdout', new Uint8Array()]],
    ['stdio.read', [-1]],
    ['stdio.read', [Number.NaN]],
    ['files.read', ['/data/a', 'all']],
    ['files.read', ['/data/a', { offset: -1, length: 1 }]],
    ['files.read', ['/data/a', { offset: 0.5, length: 1 }]],
    ['files.write', ['/data/a', 'text', 'w']],
    ['files.write', ['/data/a', new Uint8Array(), 'r+']],
    ['files.write', ['/data/a', new Uint8Array(2_000_000), 'w']],
    ['files.mkdir', ['/data/a']],
    ['files.rm', ['/data/a', null]],
    ['files.rm', ['/data/a', { recursive: 1, force: false }]],
    ['files.truncate', ['/data/a', Number.POSITIVE_INFINITY]],
    ['files.stat', ['/data/a', 'yes']],
    ['nothing' as GuestOp, []],
    ['__proto__' as GuestOp, []],
    ['toString' as GuestOp, []],
  ];
  it.each(wrong)('%s %#', async (op, args) => {
    const it = await rig({ events: { publish: ['#'], subscribe: ['#'] }, services: ['api'] });
    expect((await refusalOf(it.ask(op, args))).code).toBe('ERR_VALUE');
  });
});

it('env.denied is audited, and the log has the lines that would grant it', async () => {
  const it = await rig({ env: ['A'] });
  await it.ask('env.denied', ['SECRET']);
  await it.ask('env.denied', ['A']);
  expect(it.logged).toMatchObject([
    { level: 'warn', fields: { hint: 'plugins:\n  greeter:\n    permissions:\n      env: ["A", "SECRET"]' } },
  ]);
  expect(it.audited).toMatchObject([{ capability: 'env', value: 'SECRET', outcome: 'denied', rule: 'default' }]);
});

describe('callHostService()', () => {
  const context: ServiceContext = { plugin: 'greeter', version: '1.0.0', signal: new AbortController().signal };
  const logged: unknown[] = [];
  const logger: Logger = { log: (...args) => void logged.push(args) };
  const api = defineService({
    prefix: () => 'hi',
    async greet(input: { name: string }, { plugin }) {
      return `hi ${input.name} from ${plugin}`;
    },
    crash: () => {
      throw new Error('at /srv/secret.ts');
    },
    expose: () => {
      throw Object.assign(new Error('agent 7 is busy'), { expose: true });
    },
    refuse: () => {
      throw new PluginError('ERR_STATE', 'Cannot greet: closed');
    },
  });
  const call = (method: string, ...args: Value[]): Promise<Value> =>
    callHostService(api, 'api', method, args, context, logger);

  it('runs a method with its input and who asks', async () => {
    expect(await call('greet', { name: 'Ada' })).toBe('hi Ada from greeter');
  });

  it.each([
    ['crash', 'ERR_SERVICE', 'Cannot call service "api.crash": it failed'],
    ['expose', 'ERR_SERVICE', 'Cannot call service "api.expose": agent 7 is busy'],
    ['refuse', 'ERR_STATE', 'Cannot greet: closed'],
    ['none', 'ERR_SERVICE', 'Cannot call service "api.none": it has no such method'],
    ['__proto__', 'ERR_SERVICE', 'Cannot call service "api.__proto__": it has no such method'],
  ])('shows of a failure in %s: %s', async (method, code, message) => {
    logged.length = 0;
    expect(await refusalOf(call(method))).toMatchObject({ code, message });
    expect(logged).toHaveLength(method === 'crash' ? 1 : 0);
  });

  it('defineService() refuses names that cannot be methods', () => {
    expect(() => defineService({ constructor: () => 1 })).toThrow('"constructor" cannot be the name');
    expect(() => defineService({ 'a b': () => 1 })).toThrow('cannot be the name');
    expect(() => defineService({ a: 1 as never })).toThrow('is not a function');
  });

  it('gives the plugin the types of the service', () => {
    type Client = ServiceClient<typeof api>;
    expectTypeOf<Client['greet']>().toEqualTypeOf<(input: { name: string }) => Promise<string>>();
    expectTypeOf<Client['prefix']>().toEqualTypeOf<() => Promise<string>>();
  });
});
