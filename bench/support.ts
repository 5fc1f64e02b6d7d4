import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../src/config/load.ts';
import { silentLogger } from '../src/core/logger.ts';
import { createLoader } from '../src/loader/loader.ts';
import { createSandbox } from '../src/sandbox/create-sandbox.ts';
import { openStore } from '../src/store/store.ts';

/** `--short`: fewer rounds, for a CI run that shows the order of magnitude alone. */
export const SHORT: boolean = process.argv.includes('--short');

/** Milliseconds of each of `count` runs, sorted: the median tells more than the mean on a noisy machine. */
export async function times(count: number, work: (index: number) => unknown): Promise<number[]> {
  const taken: number[] = [];
  for (let index = 0; index < count; index++) {
    const start = performance.now();
    await work(index);
    taken.push(performance.now() - start);
  }
  return taken.sort((a, b) => a - b);
}

export function median(sorted: readonly number[]): number {
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

export interface Figure {
  readonly what: string;
  readonly measured: string;
  /** Where there is one to divide by. */
  readonly baseline?: string;
  readonly ratio?: number;
  readonly target: string;
  readonly met: boolean;
}

export function print(figures: readonly Figure[]): void {
  for (const { what, measured, baseline, ratio, target, met } of figures) {
    const against = baseline === undefined ? '' : `  baseline ${baseline}`;
    const times = ratio === undefined ? '' : `  ratio ${ratio.toFixed(2)}`;
    process.stdout.write(`${met ? 'met   ' : 'MISSED'}  ${what}: ${measured}${against}${times}  target ${target}\n`);
  }
}

/** Megabytes that a process and nobody else holds, shared pages by their share (Linux). */
export async function pss(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+) kB/m.exec(rollup)?.[1]) / 1024;
}

const GREETER = (name: string): string => `import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({
  metadata: { name: '${name}', version: '1.0.0', description: 'Greets', author: 'A', license: 'MIT' },
  handleEvent: () => { heard += 1; },
  methods: { add: (a, b) => a + b, echo: (text) => text, heard: () => heard },
});
let heard = 0;
`;

export interface Bench extends AsyncDisposable {
  readonly folder: string;
  readonly config: string;
  readonly dataDir: string;
  readonly cacheDir: string;
}

/** A folder with `count` plugins in one trust group, locked, built and cached. */
export async function plugins(count: number): Promise<Bench> {
  const names = Array.from({ length: count }, (_, index) => `plugin-${index}`);
  const entries = names.map((name) => `  ${name}: { enabled: true, source: ./plugins/${name}.ts }`);
  const files = Object.fromEntries(names.map((name) => [`plugins/${name}.ts`, GREETER(name)]));
  return folderOf(`plugins:\n${entries.join('\n')}\n`, files);
}

/** A folder with this config and these files, its plugins locked, built and cached. */
export async function folderOf(yaml: string, files: Readonly<Record<string, string>> = {}): Promise<Bench> {
  const folder = await mkdtemp(join(tmpdir(), 'aitbc-bench-'));
  const config = join(folder, 'plugins.yaml');
  await mkdir(join(folder, 'plugins'));
  for (const [file, text] of Object.entries(files)) await writeFile(join(folder, file), text);
  await writeFile(config, yaml);
  const bench = { folder, config, dataDir: join(folder, 'data'), cacheDir: join(folder, 'cache') };
  const host = await loadConfig({ file: config, flags: { dataDir: bench.dataDir, cacheDir: bench.cacheDir } });
  const sandbox = createSandbox({ logger: silentLogger });
  const store = openStore({ cacheDir: bench.cacheDir, logger: silentLogger });
  const loader = createLoader({ config: host, store, sandbox: async () => sandbox });
  await loader.lockAll();
  await loader.prepare();
  await sandbox.close();
  return { ...bench, [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }) };
}
