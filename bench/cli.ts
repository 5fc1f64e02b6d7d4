/**
 * `aitbc <command of a plugin>`, locked and cached, beside the least there is: a script of Node that starts our runtime
 * process, opens one isolate with an empty plugin in it, and ends.
 */
import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../src/core/assets.ts';
import { runtimeFiles } from '../src/sandbox/binary.ts';
import { median, print, SHORT } from './support.ts';

const ROUNDS = SHORT ? 4 : 16;

/** Frames as `src/protocol/frames.ts` writes them, and nothing else of ours. */
const LEAST = `
const { spawn } = require('node:child_process');
const { readFileSync } = require('node:fs');
const { binary, script, bootstrap } = JSON.parse(process.argv[1]);
const flags = ['--permission', '--allow-addons', '--no-experimental-sqlite', '--disable-sigusr1', '--no-warnings', '--max-old-space-size=256'];
const child = spawn(process.execPath, [...flags, script, binary], { stdio: ['ignore', 'ignore', 'inherit', 'pipe'], env: {}, cwd: '/' });
const number = (value) => { const bytes = Buffer.alloc(4); bytes.writeUInt32LE(value); return bytes; };
const frame = (kind, plugin, ...payload) => {
  const body = Buffer.concat([Buffer.from([kind]), number(plugin), number(0), ...payload]);
  return Buffer.concat([number(body.length), body]);
};
const attached = (bytes) => Buffer.concat([number(bytes.length), bytes]);
const limits = { memory: 67108864, cpu: 500, message: 1048576, logRate: 100, eventRate: 100, timers: 100 };
const options = { name: 'empty', version: '1.0.0', digest: 'empty', kind: 'module', config: '{}', configBytes: 0, env: {}, limits, modules: [] };
const channel = child.stdio[3];
channel.write(frame(1, 0, readFileSync(bootstrap)));
channel.write(frame(2 | 0x80, 1, attached(Buffer.from(JSON.stringify(options))), attached(Buffer.from('return { default: {} };'))));
let seen = Buffer.alloc(0);
channel.on('data', (chunk) => {
  seen = Buffer.concat([seen, chunk]);
  while (seen.length >= 4 && seen.length >= 4 + seen.readUInt32LE(0)) {
    const kind = seen[4];
    seen = seen.subarray(4 + seen.readUInt32LE(0));
    if (kind === 34) throw new Error('the isolate ended');
    if (kind === 33) { child.kill('SIGKILL'); process.exit(0); }
  }
});
`;

const folder = await mkdtemp(join(tmpdir(), 'aitbc-bench-'));
try {
  await cp(join(PACKAGE_ROOT, 'plugins/agent-cli'), join(folder, 'agent-cli'), { recursive: true });
  const granted = "permissions: { events: { publish: ['agent.*'] } }";
  await writeFile(
    join(folder, 'plugins.yaml'),
    `plugins:\n  agent-cli: { enabled: true, source: ./agent-cli, ${granted} }\n`,
  );
  const env = { ...process.env, AITBC_CACHE: join(folder, 'cache'), CI: '' };
  const aitbc = (...args: string[]): { stdout: string; status: number | null } =>
    spawnSync(process.execPath, [join(PACKAGE_ROOT, 'bin/aitbc.js'), ...args], { cwd: folder, env, encoding: 'utf8' });
  const locked = aitbc('plugin', 'lock');
  if (locked.status !== 0) throw new Error(locked.stdout);
  const files = JSON.stringify(runtimeFiles());
  const least = (): void => {
    const { status } = spawnSync(process.execPath, ['-e', LEAST, files], { stdio: 'inherit' });
    if (status !== 0) throw new Error('the least failed');
  };
  const list = (): void => {
    const { status, stdout } = aitbc('agent', 'list');
    if (status !== 0) throw new Error(stdout);
  };
  list();
  least();
  const taken: number[] = [];
  const baseline: number[] = [];
  // In turns, so that both see the same machine.
  for (let round = 0; round < ROUNDS; round++) {
    for (const [work, into] of [
      [least, baseline],
      [list, taken],
    ] as const) {
      const start = performance.now();
      work();
      into.push(performance.now() - start);
    }
  }
  const best = (all: number[]): number => median(all.sort((a, b) => a - b).slice(0, ROUNDS >> 1));
  const ratio = best(taken) / best(baseline);
  print([
    {
      what: '`aitbc agent list`, cached and locked',
      measured: `${best(taken).toFixed(0)} ms`,
      baseline: `${best(baseline).toFixed(0)} ms (Node.js, a runtime process, an isolate)`,
      ratio,
      target: '<= 1.4',
      met: ratio <= 1.4,
    },
  ]);
} finally {
  await rm(folder, { recursive: true, force: true });
}
