import type { CommandGroupManifest } from '../contract/commands.ts';
import { PluginError } from '../core/errors.ts';
import type { Value } from '../protocol/values.ts';
import { assertCallable } from './callable.ts';
import type { Calls } from './calls.ts';
import type { ManagedPlugin } from './managed-plugin.ts';
import type { CommandStreams } from './rooms.ts';
import { copyValue } from './values.ts';

/** Where a command writes: a Node.js stream such as `process.stdout`, or a function that resolves when it has the chunk. */
export type ExecSink = NodeJS.WritableStream | ((chunk: Uint8Array) => unknown);

export interface ExecIo {
  /** Positional arguments. */
  readonly args?: readonly string[];
  /** Default: empty. */
  readonly stdin?: AsyncIterable<Uint8Array>;
  /** Default: what is written is dropped. */
  readonly stdout?: ExecSink;
  readonly stderr?: ExecSink;
  /** Default: false. */
  readonly isTTY?: boolean;
  /** Default: 80. */
  readonly columns?: number;
  /** Ends the command with ERR_ABORTED. */
  readonly signal?: AbortSignal;
}

/** `[group, command]`, as on the command line. */
export type CommandPath = readonly [group: string, command: string];

/** The longest a timer can wait: a command may read from a person, and its `limits.cpu` holds all the same. */
const NO_DEADLINE = 2 ** 31 - 1;

/**
 * Runs the handler of a plugin's command in its sandbox. Resolves to the exit status, 0 to 125.
 *
 * @throws ERR_USAGE for a command the plugin does not have; ERR_PLUGIN_THREW when the handler throws.
 */
export async function execCommand(
  calls: Calls,
  plugin: ManagedPlugin,
  path: CommandPath,
  options: Readonly<Record<string, unknown>>,
  io: ExecIo,
): Promise<number> {
  const { grant, prepared } = assertCallable(plugin);
  assertCommand(plugin.name, prepared.lock.commands, path);
  const values = copyValue(options, 'options') as Readonly<Record<string, Value>>;
  const context = { isTTY: io.isTTY ?? false, columns: io.columns ?? 80, args: [...(io.args ?? [])] };
  let detach = (): void => undefined;
  try {
    return await calls.request(plugin, 'command', [path, values, context], {
      what: `${plugin.name} ${path.join(' ')}`,
      limit: NO_DEADLINE,
      ...(io.signal ? { signal: io.signal } : {}),
      onCall: (call) => {
        detach = grant.attach(call, streamsOf(io));
      },
    });
  } finally {
    detach();
  }
}

function assertCommand(plugin: string, groups: readonly CommandGroupManifest[], [group, command]: CommandPath): void {
  const found = groups.find(({ name }) => name === group)?.subcommands.some(({ name }) => name === command);
  if (found) return;
  const known = groups.flatMap(({ name, subcommands }) => subcommands.map((sub) => `${name} ${sub.name}`));
  throw new PluginError('ERR_USAGE', `Cannot run "${group} ${command}": "${plugin}" has no such command`, {
    plugin,
    hint: known.length === 0 ? 'it has no commands at all' : `it has: ${known.join(', ')}`,
  });
}

function streamsOf(io: ExecIo): CommandStreams {
  return {
    stdin: io.stdin,
    write: (stream, chunk) => writeTo(io[stream], chunk),
  };
}

async function writeTo(sink: ExecSink | undefined, chunk: Uint8Array): Promise<void> {
  if (sink === undefined) return;
  if (typeof sink === 'function') {
    await sink(chunk);
    return;
  }
  await new Promise<void>((resolve, reject) => {
    sink.write(chunk, (error) => (error ? reject(error) : resolve()));
  });
}
