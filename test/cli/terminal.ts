import { spawn } from 'node:child_process';
import { AITBC, type Workshop } from './support.ts';

export interface Screen {
  readonly status: number | null;
  /** Every byte that reached the terminal, as latin1. */
  readonly raw: string;
  readonly screen: string;
}

/** Runs aitbc on a real terminal (util-linux `script`), and types each answer when its question stands there. */
export async function onTerminal(
  shop: Workshop,
  args: readonly string[],
  answers: readonly (readonly [question: string, answer: string])[],
): Promise<Screen> {
  const line = [process.execPath, AITBC, ...args].map((word) => `'${word}'`).join(' ');
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd: shop.path,
    env: { PATH: process.env.PATH, TERM: 'xterm', ...shop.env },
  });
  let bytes = Buffer.alloc(0);
  const rest = [...answers];
  child.stdout.on('data', (chunk: Buffer) => {
    bytes = Buffer.concat([bytes, chunk]);
    const [next] = rest;
    if (next && bytes.toString().includes(next[0])) {
      rest.shift();
      child.stdin.write(next[1]);
    }
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 30_000);
  const status = await new Promise<number | null>((resolve) => child.once('close', resolve));
  clearTimeout(deadline);
  return { status, screen: bytes.toString(), raw: bytes.toString('latin1') };
}
