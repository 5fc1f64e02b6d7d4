import type { Readable } from 'node:stream';
import type { Logger } from '../core/logger.ts';
import { printable } from '../core/text.ts';

const KEPT = 4_096;
/** Characters of one process that reach the log: a compromised one may write for ever. */
const MAX_LOGGED = 32 * 1024;

/** Reads a runtime process's stderr so that it never blocks; the result gives the last of it, made printable. */
export function captureOutput(stream: Readable | null, logger: Logger): () => string {
  let tail = '';
  let logged = 0;
  stream?.setEncoding('utf8');
  stream?.on('data', (chunk: string) => {
    tail = (tail + chunk).slice(-KEPT);
    if (logged > MAX_LOGGED) return;
    logged += chunk.length;
    for (const line of chunk.split('\n')) {
      if (line !== '') logger.log('debug', printable(line, { max: 1_000 }), { source: 'runtime process' });
    }
  });
  stream?.on('error', () => {
    // Its end says enough.
  });
  return () => printable(tail, { lines: true, max: KEPT });
}
