/**
 * Runs the transpiler. Guarantees that its process ends with the work, within its deadline and memory, whatever the component
 * is, and that its answer has the right shape. Trusts jco's own code, not what it is fed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { asset } from '../../core/assets.ts';
import { PluginError } from '../../core/errors.ts';
import { residentBytes } from '../../source/graph/resident-bytes.ts';
import { packParts, unpackParts, type TranspileAnswer, type TranspileJob } from './job.ts';

export interface TranspilerLimits {
  /** Milliseconds. */
  readonly time: number;
  /** Resident bytes of its process; watched on Linux. */
  readonly memory: number;
  /** Bytes of its answer. */
  readonly answer: number;
}

const DEFAULT_LIMITS: TranspilerLimits = { time: 120_000, memory: 2 * 2 ** 30, answer: 256 * 2 ** 20 };
const POLL = 50;

/** Throws ERR_COMPONENT where it does not finish. */
export async function transpile(
  subject: string,
  job: TranspileJob,
  parts: readonly Uint8Array[],
  limits: Partial<TranspilerLimits> = {},
): Promise<{ head: TranspileAnswer; files: readonly Uint8Array[] }> {
  const { time, memory, answer } = { ...DEFAULT_LIMITS, ...limits };
  const child = spawn(
    process.execPath,
    ['--permission', '--allow-fs-read=*', '--allow-worker', '--no-warnings', '--max-old-space-size=1024', PROCESS],
    { stdio: ['pipe', 'pipe', 'pipe'], env: {}, cwd: '/', windowsHide: true },
  );
  const chunks: Buffer[] = [];
  let size = 0;
  let said = '';
  let verdict: string | undefined;
  const end = (state: string): void => {
    verdict ??= state;
    child.kill('SIGKILL');
  };
  const deadline = setTimeout(() => end(`it is not translated within ${time / 1_000} s`), time);
  const poll = setInterval(() => {
    if ((residentBytes(child.pid ?? 0) ?? 0) > memory) end(`translating it needs more than ${memory / 2 ** 20} MiB`);
  }, POLL);
  child.stdout.on('data', (chunk: Buffer) => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > answer) end(`its program has more than ${answer / 2 ** 20} MiB`);
  });
  child.stderr.on('data', (chunk: Buffer) => {
    said = (said + chunk.toString('utf8')).slice(-2_000);
  });
  // The process may end before it has read its job: its exit says why.
  child.stdin.on('error', () => undefined);
  child.stdin.end(packParts(job, parts));
  try {
    await once(child, 'close');
  } finally {
    clearTimeout(deadline);
    clearInterval(poll);
    child.kill('SIGKILL');
  }
  if (verdict !== undefined) throw new PluginError('ERR_COMPONENT', `Cannot build "${subject}": ${verdict}`);
  try {
    const unpacked = unpackParts(Buffer.concat(chunks, size));
    return { head: unpacked.head as TranspileAnswer, files: unpacked.parts };
  } catch (cause) {
    throw new PluginError('ERR_COMPONENT', `Cannot build "${subject}": the translator crashed on it`, {
      cause,
      details: said === '' ? {} : { stderr: said },
    });
  }
}

const PROCESS = asset('src/build/component/transpiler.js');
