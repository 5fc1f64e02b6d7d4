import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { run, type RunOptions, type RunResult } from '../support/run.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

/** The built command line (`npm test` builds it before). */
export const AITBC: string = fileURLToPath(new URL('../../bin/aitbc.js', import.meta.url));

/** A folder with a config, data and cache of its own, and the command line in it. */
export interface Workshop extends TemporaryFolder {
  readonly env: Readonly<Record<string, string>>;
  aitbc(args: readonly string[], options?: RunOptions): Promise<RunResult>;
  /** A run that goes on: what it writes is collected. */
  spawn(args: readonly string[], env?: Readonly<Record<string, string>>): Running;
}

export interface Running {
  readonly child: ChildProcess;
  stdout(): string;
  stderr(): string;
  /** Resolves when stdout or stderr has the text; rejects when the process ends before. */
  says(text: string): Promise<void>;
  ended(): Promise<{ readonly status: number | null; readonly signal: NodeJS.Signals | null }>;
}

export async function workshop(files: Readonly<Record<string, string>> = {}): Promise<Workshop> {
  const folder = await temporaryFolder(files);
  const env = { XDG_CACHE_HOME: join(folder.path, '.cache'), HOME: folder.path };
  return {
    path: folder.path,
    write: (more) => folder.write(more),
    remove: () => folder.remove(),
    [Symbol.asyncDispose]: () => folder.remove(),
    env,
    aitbc: (args, options = {}) =>
      run(process.execPath, [AITBC, ...args], { cwd: folder.path, ...options, env: { ...env, ...options.env } }),
    spawn: (args, more = {}) => start(args, folder.path, { ...env, ...more }),
  };
}

function start(args: readonly string[], cwd: string, env: Readonly<Record<string, string>>): Running {
  const child = spawn(process.execPath, [AITBC, ...args], {
    cwd,
    env: { PATH: process.env.PATH, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
    // A process group of its own, as a shell gives it: `kill(-pid)` is Ctrl-C.
    detached: true,
  });
  let stdout = '';
  let stderr = '';
  const watchers = new Set<() => void>();
  const tell = (): void => watchers.forEach((watcher) => watcher());
  child.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    tell();
  });
  child.stderr.on('data', (chunk: Buffer) => {
    stderr += chunk.toString();
    tell();
  });
  const deadline = setTimeout(() => child.kill('SIGKILL'), 60_000);
  const closed = once(child, 'close').then(([status, signal]) => {
    clearTimeout(deadline);
    tell();
    return { status: status as number | null, signal: signal as NodeJS.Signals | null };
  });
  return {
    child,
    stdout: () => stdout,
    stderr: () => stderr,
    ended: () => closed,
    says: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (stdout.includes(text) || stderr.includes(text)) resolve();
          else if (child.exitCode !== null || child.signalCode !== null) {
            reject(new Error(`it ended without "${text}":\n${stdout}\n${stderr}`));
          } else return;
          watchers.delete(look);
        };
        watchers.add(look);
        look();
      }),
  };
}

/** A CLI plugin that does what its arguments say. */
export const TOOL = `
import { CLIPlugin } from '@aitbc/plugins/sdk';

export default class Tool extends CLIPlugin {
  getMetadata() {
    return {
      name: 'tool', version: '1.0.0', description: 'A tool', author: 'Ada', license: 'MIT',
      permissions: { net: [{ value: 'api.example.com', reason: 'rates' }], env: ['TOOL_MODE'] },
    };
  }
  greet(name) {
    return { text: 'Hello ' + name, big: 10n };
  }
  fail() {
    throw new Error('it broke');
  }
  getCommands() {
    return [{
      name: 'tool', help: 'Does things', subcommands: [
        {
          name: 'echo', help: 'Says what it was given',
          options: [
            { name: 'max-count', type: 'number', short: 'm', default: 3, help: 'How many' },
            { name: 'tag', multiple: true },
            { name: 'kind', choices: ['a', 'b'] },
            { name: 'loud', type: 'boolean', short: 'l' },
            { name: 'name', required: true, help: 'Whose' },
          ],
          arguments: [{ name: 'first' }, { name: 'rest', variadic: true }],
          handler: async (options, io) => {
            await io.stdout.write(JSON.stringify({ options, args: io.args, isTTY: io.isTTY, columns: io.columns }) + '\\n');
          },
        },
        { name: 'upper', help: 'Stdin in capitals', handler: async (_, io) => {
          await io.stdout.write((await io.stdin.text()).toUpperCase());
        } },
        { name: 'exit', help: 'Ends with a status', arguments: [{ name: 'status', required: true }], handler: async (_, io) => {
          await io.stderr.write('to stderr\\n');
          return Number(io.args[0]);
        } },
        { name: 'throw', help: 'Throws', handler: () => { throw new Error('it broke'); } },
        { name: 'wait', help: 'Waits', handler: async (_, io) => {
          await io.stdout.write('waiting\\n');
          await new Promise((resolve) => io.signal.addEventListener('abort', resolve));
        } },
        { name: 'flood', help: 'Writes a lot', handler: async (_, io) => {
          for (let line = 0; line < 100; line++) await io.stdout.write('x'.repeat(30000) + '\\n');
        } },
        { name: 'secret', help: 'Fails with its config', handler: () => { throw new Error('the key is ' + this.context.config.key); } },
        { name: 'done', help: 'Nothing', handler: () => 0 },
      ],
    }];
  }
}
`;

/** The same plugin under another name. */
export function toolNamed(name: string): string {
  return TOOL.replace("name: 'tool', version", `name: '${name}', version`);
}
