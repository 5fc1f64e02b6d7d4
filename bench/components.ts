/**
 * Calls into a component, beside a raw binding of the same core module (`raw-component.ts`) in the same process; then what one more
 * component costs a running host. The component is the notebook in C.
 */
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { silentLogger } from '../src/core/logger.ts';
import { PluginManager } from '../src/index.ts';
import { createLoader } from '../src/loader/loader.ts';
import type { Program } from '../src/build/types.ts';
import { openStore } from '../src/store/store.ts';
import { compile, instantiateRaw } from './raw-component.ts';
import { folderOf, median, print, pss, times, type Bench, type Figure } from './support.ts';

const CONFIG = { greeting: 'Hello' };
const PLUGINS = 20;

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

function calls(program: Program): Figure[] {
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
  return [
    compare(
      'a call without strings',
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
    instances(program, module),
  ];
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

/** Megabytes and milliseconds of one more plugin in a running host, and microseconds of one call through it. */
async function hosted(language: string): Promise<{ megabytes: number; start: number; call: number }> {
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
  const megabytes = ((await pss(pid)) - before) / (PLUGINS - 2);
  const once = (): Promise<unknown> => manager.call('n0', 'echo', ['0123456789abcdef']);
  await times(1_000, once);
  return { megabytes, start: median(taken), call: median(await times(3_000, once)) * 1_000 };
}

await using one = await notebooks('c', 1);
const figuresOfCalls = calls(await programOf(one));
const [component, script] = [await hosted('c'), await hosted('typescript')];
const ratio = (key: 'megabytes' | 'start' | 'call', unit: string): Pick<Figure, 'measured' | 'baseline' | 'ratio'> => ({
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
  {
    what: 'a call through the host, 16 bytes',
    ...ratio('call', 'µs'),
    target: '<= 2 µs over it',
    met: component.call - script.call <= 2,
  },
]);
