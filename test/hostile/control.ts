/**
 * The positive control: the same plugin, imported by a throwaway Node process as any package is. An attack that does not work
 * there proves nothing about the walls.
 */
import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { temporaryFolder } from '../support/temp.ts';
import { moduleOf } from './arena.ts';
import type { Control, HostileCase } from './case.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const PATIENCE = 2_500;
/** Bytes: far beyond what any plugin of this suite may take. */
const GROWN = 160 * 1024 * 1024;

/** Ticks while it can, then says what it sees of its own objects and its memory. */
const HOST = `
const attacker = await import('./plugin.mjs');
const { world, canary } = JSON.parse(process.argv[2]);
const shape = () => [globalThis, Object.prototype, Array.prototype, Function.prototype, Promise.prototype, Error.prototype]
  .map((holder) => Reflect.ownKeys(holder).length).join();
globalThis.canary = canary;
const before = shape();
const nothing = async () => undefined;
const remote = new Proxy({}, { get: (_, name) => (name === 'then' ? undefined : nothing) });
const context = {
  config: {}, dataDir: '/tmp', tempDir: '/tmp', apiClient: remote, services: new Proxy({}, { get: () => remote }),
  logger: { debug() {}, info: console.log, warn: console.log, error: console.log },
  eventBus: { publish: nothing, subscribe: async () => nothing },
  plugin: () => remote, registerService: nothing, env: () => undefined,
};
setInterval(() => console.log('tick', shape() === before ? '' : 'polluted'), 50);
process.on('unhandledRejection', () => undefined);
try {
  const plugin = new attacker.default(context);
  await plugin.initialize();
  await plugin.start();
  console.log('answer', await plugin.attack(world));
} catch (error) {
  console.log('error', error);
}
console.log(shape() === before ? '' : 'polluted');
console.log('end');
setTimeout(() => process.exit(0), 200);
`;

export async function controlProblems(item: HostileCase): Promise<string[]> {
  const canary = `canary-${randomBytes(8).toString('hex')}`;
  await using folder = await temporaryFolder({
    'mod.ts': moduleOf(item, 'attacker'),
    'secret.txt': canary,
    'host.mjs': HOST,
    ...item.files,
  });
  // As a process: esbuild's service in this one would be a leftover.
  await promisify(execFile)(join(ROOT, 'node_modules/.bin/esbuild'), [
    join(folder.path, 'mod.ts'),
    `--outfile=${join(folder.path, 'plugin.mjs')}`,
    '--bundle',
    '--platform=node',
    '--format=esm',
    '--log-level=error',
    `--alias:@aitbc/plugins/sdk=${join(ROOT, 'src/sdk.ts')}`,
  ]);
  const world = { secretFile: join(folder.path, 'secret.txt'), root: folder.path, victimData: folder.path, facts: {} };
  const seen = await run(folder.path, JSON.stringify({ world, canary }), canary);
  return seen.has(item.control as Control) ? [] : [`the attack does not work where nothing stops it: ${seen.said}`];
}

interface Seen {
  readonly said: string;
  has(effect: Control): boolean;
}

async function run(cwd: string, argument: string, canary: string): Promise<Seen> {
  const child = spawn(process.execPath, ['--max-old-space-size=700', 'host.mjs', argument], {
    cwd,
    env: { AITBC_CANARY_ENV: canary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  let lastTick = Date.now();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      if (said.length < 1_000_000) said += text;
      lastTick = Date.now();
    });
  }
  let peak = 0;
  const sampler = setInterval(() => {
    const pages = Number(readText(`/proc/${child.pid}/statm`).split(' ')[1] ?? 0);
    peak = Math.max(peak, pages * 4_096);
  }, 20);
  const exit = await new Promise<{ code: number | null; killed: boolean; quiet: number }>((resolve) => {
    let killed = false;
    let quiet = 0;
    const timer = setTimeout(() => {
      killed = true;
      quiet = Date.now() - lastTick;
      child.kill('SIGKILL');
    }, PATIENCE);
    child.once('close', (code) => {
      clearTimeout(timer);
      clearInterval(sampler);
      resolve({ code, killed, quiet });
    });
  });
  const effects: Record<Control, boolean> = {
    leaks: said.includes(canary),
    pollutes: said.includes('polluted'),
    hangs: exit.killed && exit.quiet > 500,
    dies: !exit.killed && !said.includes('\nend\n'),
    grows: peak > GROWN,
  };
  return {
    said: `${JSON.stringify(exit)} ${said.slice(0, 1_000)}`,
    has: (effect) => effects[effect],
  };
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return '';
  }
}
