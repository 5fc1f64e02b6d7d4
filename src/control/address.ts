import { createHash } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { PluginError } from '../core/errors.ts';

/** What a Unix socket's address may take, its end included (macOS: 104). */
const MAX_PATH = 103;

export interface Address {
  /** What Node listens on and connects to. */
  readonly path: string;
  /** Once nobody uses the path any more. */
  release(): void;
}

/** The file, for people and for errors. */
export function controlFile(dataDir: string): string {
  if (process.platform !== 'win32') return join(dataDir, 'control.sock');
  return `\\\\.\\pipe\\aitbc-${createHash('sha256').update(dataDir.toLowerCase()).digest('hex').slice(0, 32)}`;
}

/** A data folder whose path is too long for a socket is reached through an open handle of it (Linux). */
export function controlAddress(dataDir: string): Address {
  const file = controlFile(dataDir);
  const none = { path: file, release: () => undefined };
  if (process.platform === 'win32' || Buffer.byteLength(file) <= MAX_PATH) return none;
  if (process.platform !== 'linux') {
    throw new PluginError('ERR_STATE', `Cannot use "${file}": it is too long for a socket`, {
      hint: 'name a data folder with a shorter path: --data-dir <folder>',
    });
  }
  const folder = openSync(dataDir, 'r');
  return { path: `/proc/self/fd/${folder}/control.sock`, release: () => closeSync(folder) };
}
