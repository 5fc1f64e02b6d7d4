/**
 * Calls into a component, beside a raw binding of the same core module (`raw-component.ts`) in the same process; then what one more
 * component costs a running host, and what a million calls leave behind. The component is the notebook in C, and one that adds.
 */
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { loadConfig } from '../src/config/load.ts';
import { silentLogger } from '../src/core/logger.ts';
import { PluginManager } from '../src/index.ts';
import { createLoader } from '../src/loader/loader.ts';
import type { Program } from '../src/build/types.ts';
import { openStore } from '../src/store/store.ts';
import { engine, type LinearMemory } from '../runtime/guest/component/webassembly.ts';
import { bindAdder } from './adder.ts';
import { compile, instantiateRaw } from './raw-component.ts';
import { folderOf, median, print, pss, SHORT, times, type Bench, type Figure } from './support.ts';

const CONFIG = { greeting: 'Hello' };
const PLUGINS = 20;
/** Calls that must leave no memory behind. */
const CALLS = SHORT ? 200_000 : 1_000_000;

type Plugin = Readonly<Record<string, (...args: unknown[]) => unknown>>;

/** The program as an isolate runs it, with a host that answers nothing. */
function instantiateProgram(program: Program): Plugin {
  const modules = new Map(program.wasm.map(({ name, bytes }) => [name, bytes]));
  const host = {
    name: 'notebook',
    env: {},
    messageLimit: 2 ** 24,
    takeModule: (name: string) => modules.get(name),
    running() {},
    log() {},
  };
  // The program of a trusted plugin of this repository, outside of any sandbox: here its own time is measured, and nothing else.
  // oxlint-disable-next-line no-implied-eval, no-new-func
  const run = new Function('__aitbc', program.script) as (given: object) => { default: (context: object) => Plugin };
  return run(host).default({ config: CONFIG });
}

/** Microseconds of one of many calls of each, in turn; the best of the rounds, which other work on the machine disturbed least. */
function each(count: number, ...works: readonly (() => unknown)[]): number[] {
  const best = works.map(() => Number.POSITIVE_INFINITY);
  for (let round = 0; round < 20; round += 1) {
    for (const [at, work] of works.entries()) {
      const start = performance.now();
      for (let index = 0; index < count; index += 1) work();
      best[at] = Math.min(best[at] ?? 0, ((performance.now() - start) * 1_000) / count);
    }
  }
  return best;
}

async function calls(program: Program): Promise<Figure[]> {
  const core = program.wasm.toSorted((a, b) => b.bytes.length - a.bytes.length)[0]?.bytes;
  if (core === undefined) throw new Error('the program has no core module');
  const module = compile(core);
  const raw = instantiateRaw(module, JSON.stringify(CONFIG));
  const component = instantiateProgram(program);
  const compare = (what: string, count: number, bare: () => unknown, full: () => unknown): Figure => {
    const [least = 0, taken = 0] = each(count, bare, full);
    const target = '<= 2 µs over it';
    return { what, ...figures(taken, least), target, met: taken - least <= 2 };
  };
  const text = (size: number): string => 'x'.repeat(size);
  const echo = (label: string, size: number, count: number): Figure => {
    const given = text(size);
    return compare(
      `a string of ${label} in and out`,
      count,
      () => raw.call('echo', [given]),
      () => component['echo']?.(given),
    );
  };
  const adder = await bindAdder();
  return [
    compare(
      'add of two u32',
      100_000,
      () => adder.raw(2, 3),
      () => adder.bound(2, 3),
    ),
    compare(
      'a call without arguments, result<bool, string>',
      20_000,
      () => raw.stop(),
      () => component['stop']?.(),
    ),
    echo('16 bytes', 16, 10_000),
    echo('1 KB', 1_024, 5_000),
    echo('64 KB', 65_536, 200),
    compare(
      'a string of 16 bytes with one host call',
      10_000,
      () => raw.call('greet', [text(16)]),
      () => component['greet']?.(text(16)),
    ),
    fresh(program, module),
    held(program, module),
    flat(program),
    instances(program, module),
  ];
}

/** The call after one that discarded the instance: nothing is compiled again. */
function fresh(program: Program, module: object): Figure {
  const component = instantiateProgram(program);
  // Files are nothing this host has: a fault inside of an import.
  const discard = (): void => {
    try {
      component['write']?.('a', 'b');
    } catch {
      return;
    }
    throw new Error('the instance was not discarded');
  };
  const next = (): number => {
    discard();
    const start = performance.now();
    component['stop']?.();
    return (performance.now() - start) * 1_000;
  };
  const taken = Math.min(...Array.from({ length: 200 }, next));
  const [least = 0] = each(10, () => instantiateRaw(module, '{}').stop());
  return {
    what: 'the first call after a trap, on a fresh instance',
    ...figures(taken, least),
    target: '<= 1,000 µs',
    met: taken <= 1_000,
  };
}

/** A fresh instance from what is compiled already costs both the same modules; the component compiles them each time. */
function instances(program: Program, module: object): Figure {
  const [least = 0, taken = 0] = each(
    10,
    () => instantiateRaw(module, '{}'),
    () => instantiateProgram(program),
  );
  const target = '<= 6,000 µs';
  return {
    what: 'script, modules and instance from cached bytes',
    ...figures(taken, least),
    target,
    met: taken <= 6_000,
  };
}

function figures(taken: number, least: number): Pick<Figure, 'measured' | 'baseline' | 'ratio'> {
  const show = (value: number): string => `${value.toFixed(value < 10 ? 2 : 0)} µs`;
  return { measured: show(taken), baseline: `${show(least)} (raw)`, ratio: taken / least };
}

/** A locked and cached config with so many notebooks. */
async function notebooks(language: string, count: number): Promise<Bench> {
  const source = join(import.meta.dirname, '../plugins/notebook', language);
  const permissions = '{ events: { subscribe: ["notes.#"] } }';
  const entries = Array.from(
    { length: count },
    (_, index) => `  n${index}: { enabled: true, source: ${source}, permissions: ${permissions} }`,
  );
  return folderOf(`plugins:\n${entries.join('\n')}\n`);
}

async function programOf(bench: Bench): Promise<Program> {
  const config = await loadConfig({ file: bench.config, flags: { cacheDir: bench.cacheDir, dataDir: bench.dataDir } });
  const sandbox = (): Promise<never> => Promise.reject(new Error('nothing runs here'));
  const loader = createLoader({
    config,
    store: openStore({ cacheDir: bench.cacheDir, logger: silentLogger }),
    sandbox,
  });
  const { ready } = await loader.prepare();
  const prepared = ready.get('n0');
  if (prepared === undefined) throw new Error('the notebook could not be prepared');
  return prepared.program;
}

/** Megabytes and milliseconds of one more plugin in a running host. */
async function hosted(language: string): Promise<{ megabytes: number; start: number }> {
  await using bench = await notebooks(language, PLUGINS);
  await using manager = await PluginManager.create({ ...bench, logger: silentLogger });
  const start = async (index: number): Promise<void> => {
    await manager.loadPlugin(`n${index}`);
    await manager.startPlugin(`n${index}`);
  };
  await start(0);
  await start(1);
  const pid = manager.listPlugins().find(({ name }) => name === 'n0')?.pid ?? 0;
  const before = await pss(pid);
  const taken = await times(PLUGINS - 2, (index) => start(index + 2));
  return { megabytes: ((await pss(pid)) - before) / (PLUGINS - 2), start: median(taken) };
}

/** Of the heap and of what it refers to outside, after a collection; linear memories are not in it. */
function megabytesHeld(): number {
  setFlagsFromString('--expose-gc');
  (runInNewContext('gc') as () => void)();
  const { heapUsed, external } = process.memoryUsage();
  return (heapUsed + external) / 1e6;
}

/** What the engine holds for one more instance beside its linear memory: script, bindings, modules. */
function held(program: Program, module: object): Figure {
  const count = 50;
  const one = (make: () => unknown): number => {
    const before = megabytesHeld();
    const kept = Array.from({ length: count }, make);
    return (megabytesHeld() - before) / kept.length;
  };
  const [least, taken] = [one(() => instantiateRaw(module, '{}')), one(() => instantiateProgram(program))];
  return {
    what: 'memory of one more instance, without an isolate',
    measured: `${taken.toFixed(2)} MB`,
    baseline: `${least.toFixed(2)} MB (raw)`,
    ratio: taken / least,
    target: '<= 0.3 MB over it',
    met: taken - least <= 0.3,
  };
}

/** What is left of calls in the heap and in linear memory, after a collection. */
function flat(program: Program): Figure {
  const memories: LinearMemory[] = [];
  const { Instance } = engine;
  const watched = new Proxy(Instance, {
    construct(target, given: [object, object]) {
      const made = new target(...given);
      if (made.exports['memory'] !== undefined) memories.push(made.exports['memory'] as LinearMemory);
      return made;
    },
  });
  Object.assign(engine, { Instance: watched });
  const component = instantiateProgram(program);
  Object.assign(engine, { Instance });
  const text = 'x'.repeat(200);
  const used = Array.from({ length: 4 }, () => {
    for (let call = 0; call < CALLS / 4; call += 1) component['echo']?.(text);
    return memories.reduce((sum, { buffer }) => sum + buffer.byteLength / 1e6, megabytesHeld());
  });
  const [first = 0, , , last = 0] = used;
  return {
    what: `memory after ${CALLS.toLocaleString('en')} calls`,
    measured: `${last.toFixed(2)} MB`,
    baseline: `${first.toFixed(2)} MB (after a quarter of them)`,
    ratio: last / first,
    target: '<= 1.02 times it',
    met: last <= first * 1.02,
  };
}

/** One call through the host, in turn with the notebook in TypeScript. */
async function throughHost(): Promise<Figure> {
  const source = (language: string): string => join(import.meta.dirname, '../plugins/notebook', language);
  const entry = (language: string): string =>
    `{ enabled: true, source: ${source(language)}, permissions: { events: { subscribe: ["notes.#"] } } }`;
  await using bench = await folderOf(`plugins:\n  c: ${entry('c')}\n  typescript: ${entry('typescript')}\n`);
  await using manager = await PluginManager.create({ ...bench, logger: silentLogger });
  for (const name of ['c', 'typescript']) {
    await manager.loadPlugin(name);
    await manager.startPlugin(name);
  }
  const call = (name: string) => (): Promise<unknown> => manager.call(name, 'echo', ['0123456789abcdef']);
  const best: Record<string, number> = { c: Infinity, typescript: Infinity };
  for (let round = 0; round < 8; round += 1) {
    for (const name of ['c', 'typescript']) {
      best[name] = Math.min(best[name] ?? 0, median(await times(1_000, call(name))) * 1_000);
    }
  }
  const { c = 0, typescript = 0 } = best;
  return {
    what: 'a call through the host, 16 bytes',
    measured: `${c.toFixed(1)} µs`,
    baseline: `${typescript.toFixed(1)} µs (the notebook in TypeScript)`,
    ratio: c / typescript,
    target: '<= 2 µs over it',
    met: c - typescript <= 2,
  };
}

await using one = await notebooks('c', 1);
const figuresOfCalls = await calls(await programOf(one));
const [component, script] = [await hosted('c'), await hosted('typescript')];
const ratio = (key: 'megabytes' | 'start', unit: string): Pick<Figure, 'measured' | 'baseline' | 'ratio'> => ({
  measured: `${component[key].toFixed(2)} ${unit}`,
  baseline: `${script[key].toFixed(2)} ${unit} (the notebook in TypeScript)`,
  ratio: component[key] / script[key],
});
print([
  ...figuresOfCalls,
  {
    what: 'memory of one more component',
    ...ratio('megabytes', 'MB'),
    target: '<= 2 MB',
    met: component.megabytes <= 2,
  },
  { what: 'start of one more component', ...ratio('start', 'ms'), target: '<= 6 ms', met: component.start <= 6 },
  await throughHost(),
]);
