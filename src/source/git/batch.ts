import type { ChildProcess } from 'node:child_process';
import { PluginError } from '../../core/errors.ts';
import { explainGit } from './explain.ts';
import { killGroup, notInstalled, spawnGit, type GitSettings } from './run.ts';
import type { GitObject, GitObjectType } from './types.ts';

export interface Batch {
  object(oid: string, maxBytes: number): Promise<GitObject | undefined>;
  close(): void;
}

interface Waiting {
  readonly oid: string;
  readonly maxBytes: number;
  readonly resolve: (object: GitObject | undefined) => void;
  readonly reject: (error: unknown) => void;
  readonly timer: NodeJS.Timeout;
  readonly watcher: NodeJS.Timeout;
}

/** Milliseconds. */
const WATCH = 250;

const HEADER = /^([0-9a-f]{40}) (commit|tree|blob|tag) (\d{1,15})$/;

/**
 * One `git cat-file --batch` for a repository: one object at a time, its size known before its bytes are held. What is not there
 * git may fetch: `watch` is asked meanwhile, and its error ends that.
 */
export function createBatch(
  url: string,
  folder: string,
  settings: GitSettings,
  timeout: number,
  watch: () => Promise<PluginError | undefined>,
): Batch {
  let child: ChildProcess | undefined;
  let pending: Buffer[] = [];
  let held = 0;
  let head: { type: GitObjectType; size: number } | undefined;
  let waiting: Waiting | undefined;
  let queue: Promise<unknown> = Promise.resolve();
  let stderr = '';
  let closed = false;
  const closedError = (): PluginError => new PluginError('ERR_ABORTED', `Cannot fetch "${url}": the source was closed`);

  const settle = (act: (current: Waiting) => void): void => {
    const current = waiting;
    waiting = undefined;
    head = undefined;
    if (current === undefined) return;
    clearTimeout(current.timer);
    clearInterval(current.watcher);
    act(current);
  };
  /** Ends the process: the next object starts another. */
  const fail = (error: unknown): void => {
    if (child !== undefined) killGroup(child);
    child = undefined;
    pending = [];
    held = 0;
    settle((current) => current.reject(error));
  };
  const take = (count: number): Buffer => {
    const all = pending.length === 1 ? pending[0]! : Buffer.concat(pending);
    pending = all.byteLength > count ? [all.subarray(count)] : [];
    held = all.byteLength - count;
    return all.subarray(0, count);
  };

  const onHeader = (): boolean => {
    const all = Buffer.concat(pending);
    const end = all.indexOf(0x0a);
    if (end === -1) return false;
    pending = [all];
    const line = take(end + 1).toString('latin1', 0, end);
    const [, oid, type, size] = HEADER.exec(line) ?? [];
    if (waiting === undefined || oid !== waiting.oid) {
      if (line.endsWith(' missing')) settle((current) => current.resolve(undefined));
      else fail(explainGit(url, line));
      return false;
    }
    head = { type: type as GitObjectType, size: Number(size) };
    if (head.size > waiting.maxBytes) fail(tooLarge(url, oid, waiting.maxBytes));
    return true;
  };
  const onData = (chunk: Buffer): void => {
    pending.push(chunk);
    held += chunk.byteLength;
    if (head === undefined && !onHeader()) return;
    if (head === undefined || held < head.size + 1) return;
    const { type, size } = head;
    const bytes = new Uint8Array(take(size + 1).subarray(0, size));
    settle((current) => current.resolve({ type, bytes }));
  };

  const start = (): ChildProcess => {
    const started = spawnGit([`--git-dir=${folder}`, 'cat-file', '--batch'], settings);
    stderr = '';
    started.stdin?.on('error', () => {});
    started.stdout?.on('data', (chunk: Buffer) => {
      if (started === child) onData(chunk);
    });
    started.stderr?.on('data', (chunk: Buffer) => {
      stderr = (stderr + chunk.toString()).slice(-8_192);
    });
    started.on('error', (error) => {
      if (started === child) fail(notInstalled(error));
    });
    started.on('close', () => {
      if (started === child) fail(explainGit(url, stderr));
    });
    return started;
  };
  const ask = (oid: string, maxBytes: number): Promise<GitObject | undefined> =>
    new Promise((resolve, reject) => {
      if (closed) {
        reject(closedError());
        return;
      }
      const late = (): void =>
        fail(new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${url}": git gave no object in ${timeout} ms`));
      const look = async (): Promise<void> => {
        const error = await watch();
        if (error !== undefined && waiting?.watcher === watcher) fail(error);
      };
      const watcher = setInterval(() => void look().catch(fail), WATCH);
      waiting = { oid, maxBytes, resolve, reject, timer: setTimeout(late, timeout), watcher };
      child ??= start();
      child.stdin?.write(`${oid}\n`);
    });

  return {
    object(oid, maxBytes) {
      const next = queue.then(() => ask(oid, maxBytes));
      queue = next.catch(() => {});
      return next;
    },
    close: () => {
      closed = true;
      fail(closedError());
    },
  };
}

function tooLarge(url: string, oid: string, maxBytes: number): PluginError {
  return new PluginError(
    'ERR_SOURCE_TOO_LARGE',
    `Cannot fetch "${url}": object ${oid} is larger than ${maxBytes} bytes`,
    {
      hint: 'raise "max_module" of fetch in the config if the file is right',
    },
  );
}
