import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The process beside the host (`beside.ts`). */
export interface Companion {
  readonly pid: number;
  readonly port: number;
  /** How late its own timers were, at most, since the last question. Milliseconds. */
  late(): Promise<number>;
  end(): void;
}

export async function startCompanion(): Promise<Companion> {
  const child: ChildProcess = spawn(process.execPath, [join(import.meta.dirname, 'beside.ts')], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const { stdin, stdout, pid } = child;
  if (stdin === null || stdout === null || pid === undefined) throw new Error('the companion did not start');
  const waiting: ((line: string) => void)[] = [];
  const next = (): Promise<number> => new Promise((resolve) => waiting.push((line) => resolve(Number(line))));
  const port = next();
  createInterface(stdout).on('line', (line) => waiting.shift()?.(line));
  return {
    pid,
    port: await port,
    late() {
      const answer = next();
      stdin.write('?\n');
      return answer;
    },
    end: () => stdin.end(),
  };
}
