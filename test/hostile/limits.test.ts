/**
 * Every limit of a plugin, passed through the whole product: an error with the limit's code, a count, a line in the audit with
 * the rule, and, as the harness has it, neighbours in the same process that notice nothing.
 */
import { format, LIMITS, readQuantity } from '../../src/config/limits.ts';
import type { Limits } from '../../src/config/types.ts';
import { defineService } from '../../src/capabilities/services.ts';
import type { ErrorCode } from '../../src/core/codes.ts';
import { serve } from '../support/http-server.ts';
import type { Arena } from './arena.ts';
import type { HostileCase, Verdict } from './case.ts';
import { hostile } from './harness.ts';
import { loadAndAttack, loadBeside } from './run-case.ts';

type Given = Readonly<Record<string, string | number>>;

/** Passes the limit of this key (or the fixed number of `requests`); `limits` says how large it is. */
function passes(limit: string, name: string, limits: Given, expect: Verdict, rest: Partial<HostileCase>): HostileCase {
  return {
    name: `limits.${limit}: ${name}`,
    limits: { cpu: '3s', ...limits },
    expect: {
      ...expect,
      denied: [{ capability: 'limits', value: limit }],
      also: async (outcome, arena, plugin) => [
        ...((await expect.also?.(outcome, arena, plugin)) ?? []),
        ...tracesOf(arena, plugin, limit, limits),
      ],
    },
    ...rest,
  };
}

/** What must be seen of it from outside: by `manager.pluginState`, and in the audit. */
function tracesOf({ manager, audit }: Arena, plugin: string, limit: string, limits: Given): string[] {
  const { passed } = manager.pluginState(plugin);
  const rules = audit.flatMap((each) =>
    each.plugin === plugin && each.capability === 'limits' && each.value === limit ? [each.rule] : [],
  );
  const rule = spelled(limit, limits);
  return [
    ...((passed[limit] ?? 0) > 0 ? [] : [`it is not counted: ${JSON.stringify(passed)}`]),
    ...(Object.keys(passed).length === 1 ? [] : [`others are counted: ${JSON.stringify(passed)}`]),
    ...(rules.length > 0 && rules.every((each) => each === rule)
      ? []
      : [`the audit has the rules ${rules.join(', ')}`]),
  ];
}

function spelled(limit: string, limits: Given): string {
  const key = (Object.keys(LIMITS) as (keyof Limits)[]).find((each) => LIMITS[each].key === limit);
  if (key === undefined) return 'default';
  const read = readQuantity(LIMITS[key], limits[limit]);
  return format(LIMITS[key], typeof read === 'number' ? read : LIMITS[key].default);
}

/** Its isolate ends for it. */
const ends = (code: ErrorCode): Verdict => ({ fails: [code], ends: 'itself' });
/** It is told, and goes on. */
const told = (code: ErrorCode): Verdict => ({ answers: code });

const CODE = `.then(() => 'nothing', ({ code }) => code)`;
const NEVER = `await new Promise(() => {});`;
const ORIGIN = `'http://127.0.0.1:' + world.facts.port`;
const net: Partial<HostileCase> = { permissions: ({ facts }) => ({ net: [`127.0.0.1:${facts['port']}`] }) };
const events: Partial<HostileCase> = { permissions: { events: { publish: ['own.*'] } } };

const hook = (method: string): Partial<HostileCase> => ({
  members: `async ${method}() { ${NEVER} }`,
  act: async (arena, name) => {
    await loadBeside(arena, name);
    await arena.manager.stopPlugin(name);
    await arena.manager.unloadPlugin(name);
  },
});

const cases: HostileCase[] = [
  passes('memory', 'of the heap', { memory: '32MiB' }, ends('ERR_LIMIT_MEMORY'), {
    attack: `const all = []; for (;;) all.push({ a: all.length, b: [all.length] });`,
  }),
  passes(
    'memory',
    'of the process, beside the heap',
    { memory: '32MiB', cpu: '20s', timeout: '20s' },
    { fails: ['ERR_LIMIT_MEMORY', 'ERR_PLUGIN_CRASHED'], ends: 'any' },
    {
      attack: `const all = []; for (;;) all.push(new Intl.DateTimeFormat('de', { dateStyle: 'full', timeZone: 'Europe/Berlin' }), new Intl.Collator('zh'));`,
      // What it leaves resident would be counted against whoever comes into that process next.
      isolation: 'process',
    },
  ),
  passes('cpu', 'of one call', { cpu: '200ms' }, ends('ERR_LIMIT_CPU'), { attack: `for (;;);` }),
  passes('timeout', 'of one call', { timeout: '400ms' }, ends('ERR_LIMIT_TIME'), { attack: NEVER }),
  passes('start_timeout', 'of initialize', { start_timeout: '400ms' }, ends('ERR_LIMIT_TIME'), hook('initialize')),
  passes('start_timeout', 'of start', { start_timeout: '400ms' }, ends('ERR_LIMIT_TIME'), hook('start')),
  passes('stop_timeout', 'of stop', { stop_timeout: '400ms' }, ends('ERR_LIMIT_TIME'), hook('stop')),
  passes('stop_timeout', 'of cleanup', { stop_timeout: '400ms' }, ends('ERR_LIMIT_TIME'), hook('cleanup')),
  passes(
    'message',
    'of an answer',
    { message: '64KiB' },
    { fails: ['ERR_LIMIT_RATE'] },
    { attack: `return 'x'.repeat(70000);` },
  ),
  passes('message', 'of a request', { message: '64KiB' }, told('ERR_LIMIT_RATE'), {
    attack: `return context.services.stuck.wait('x'.repeat(70000))${CODE};`,
    permissions: { services: ['stuck'] },
  }),
  passes('message', 'of many requests together', { message: '64KiB' }, told('ERR_LIMIT_RATE'), {
    attack: `const all = Array.from({ length: 20 }, () => context.services.stuck.wait('x'.repeat(60000))); return Promise.race(all)${CODE};`,
    permissions: { services: ['stuck'] },
  }),
  passes('requests', 'under way', {}, told('ERR_LIMIT_RATE'), {
    attack: `const all = Array.from({ length: 600 }, () => context.services.stuck.wait(1)); return Promise.race(all)${CODE};`,
    permissions: { services: ['stuck'] },
  }),
  passes(
    'log_rate',
    'of a second',
    { log_rate: 20 },
    {
      answers: 'logged',
      also: (_outcome, { logs }, name) =>
        logs.some((line) => line.includes(name) && line.includes('ERR_LIMIT_RATE')) ? [] : ['the log does not say so'],
    },
    {
      attack: `for (let i = 0; i < 100; i += 1) context.logger.info('x' + i); await new Promise((done) => setTimeout(done, 1100)); context.logger.info('after'); return 'logged';`,
    },
  ),
  passes('event_rate', 'of a second', { event_rate: 20 }, told('ERR_LIMIT_RATE'), {
    attack: `const all = []; for (let i = 0; i < 60; i += 1) all.push(context.eventBus.publish('own.x', i)); return Promise.all(all)${CODE};`,
    ...events,
  }),
  passes('timers', 'at the same time', { timers: 10 }, told('ERR_LIMIT_RATE'), {
    attack: `try { for (let i = 0; i < 20; i += 1) setTimeout(() => 0, 1e6); return 'nothing'; } catch (error) { return error.code; }`,
  }),
  passes('net_rate', 'of a minute', { net_rate: 3 }, told('ERR_LIMIT_RATE'), {
    attack: `for (let i = 0; i < 5; i += 1) { try { await (await fetch(${ORIGIN} + '/small')).text(); } catch ({ code }) { return code; } }`,
    ...net,
  }),
  passes('net_concurrency', 'where none may be', { net_concurrency: 0 }, told('ERR_LIMIT_RATE'), {
    attack: `return fetch(${ORIGIN} + '/small')${CODE};`,
    ...net,
  }),
  passes('net_bytes', 'of an answer', { net_bytes: '64KiB' }, told('ERR_LIMIT_RATE'), {
    attack: `return fetch(${ORIGIN} + '/large').then((response) => response.bytes())${CODE};`,
    ...net,
  }),
  passes('net_bytes', 'of what is sent', { net_bytes: '64KiB' }, told('ERR_LIMIT_RATE'), {
    attack: `return fetch(${ORIGIN} + '/small', { method: 'POST', body: new Uint8Array(100000) })${CODE};`,
    ...net,
  }),
  passes('storage', 'bytes', { storage: '64KiB' }, told('ERR_LIMIT_STORAGE'), {
    attack: `const fs = await import('node:fs/promises'); return fs.writeFile('/data/x', new Uint8Array(100000)).then(() => 'nothing', ({ code, cause }) => cause?.code ?? code);`,
  }),
  passes('files', 'and folders', { files: 5 }, told('ERR_LIMIT_STORAGE'), {
    attack: `const fs = await import('node:fs/promises'); for (let i = 0; i < 10; i += 1) { try { await fs.writeFile('/tmp/' + i, ''); } catch ({ code, cause }) { return cause?.code ?? code; } }`,
  }),
  passes(
    'concurrency',
    'with as many calls as may wait',
    { concurrency: 1, timeout: '20s' },
    { answers: ['ERR_LIMIT_RATE'] },
    {
      members: `slow() { return new Promise((done) => setTimeout(done, 1)); }`,
      act: async (arena, name) => {
        await loadBeside(arena, name);
        const calls = Array.from({ length: 1_100 }, () => arena.manager.call(name, 'slow'));
        const settled = await Promise.allSettled(calls);
        const codes = settled.flatMap((each) =>
          each.status === 'rejected' ? [(each.reason as { code: string }).code] : [],
        );
        return [...new Set(codes)];
      },
    },
  ),
  {
    name: 'no limit: a plugin that keeps within all of them leaves no trace',
    attack: `context.logger.info('x'); await context.eventBus.publish('own.x', 1); setTimeout(() => 0, 1); return 'well';`,
    ...events,
    act: loadAndAttack,
    expect: {
      answers: 'well',
      also: (_outcome, { manager, audit }, name) => [
        ...Object.keys(manager.pluginState(name).passed),
        ...audit.filter((each) => each.plugin === name && each.capability === 'limits').map(({ value }) => value),
      ],
    },
  },
];

const stuck = defineService({
  wait: (_input: unknown, { signal }) => new Promise((resolve) => signal.addEventListener('abort', resolve)),
});

hostile('a plugin that passes', cases, {
  services: { stuck },
  setup: async () => {
    const server = await serve((request, response) => {
      request.resume();
      response.end(request.url === '/large' ? Buffer.alloc(200_000) : 'small');
    });
    return { facts: { port: server.port }, close: () => server.close() };
  },
});
