/** Runs a command's handler with the streams of the host's command line. */
import type { CommandContext } from '../../src/protocol/requests.ts';
import type { Value } from '../../src/protocol/values.ts';
import { boot } from './bridge.ts';
import { ask } from './context.ts';
import { Refusal } from './failure.ts';
import type { PluginObject } from './plugin.ts';
import {
  append,
  isArray,
  isInteger,
  mapDelete,
  mapGet,
  mapSet,
  objectCreate,
  objectDefineProperty,
  objectKeys,
  primordialMap,
  primordialUint8Array,
  reflectApply,
  symbolAsyncIterator,
  typedArrayTag,
  primordialString,
} from './primordials.ts';
import { encodeUtf8 } from './web/utf8.ts';

const running = new primordialMap<number, AbortController>();

export async function runCommand(
  plugin: PluginObject,
  call: number,
  path: readonly [string, string],
  options: { readonly [name: string]: Value },
  io: CommandContext,
): Promise<number> {
  const handler = findHandler(plugin, path);
  const abort = makeAbortController();
  mapSet(running, call, abort);
  try {
    const status: unknown = await reflectApply(handler.run, handler.self, [
      options,
      {
        stdout: { write: (chunk: unknown) => write(call, 'stdout', chunk) },
        stderr: { write: (chunk: unknown) => write(call, 'stderr', chunk) },
        stdin: stdin(call),
        isTTY: io.isTTY,
        columns: io.columns,
        args: io.args,
        signal: abort.signal,
      },
    ]);
    return isInteger(status) && (status as number) >= 0 && (status as number) <= 125 ? (status as number) : 0;
  } finally {
    mapDelete(running, call);
  }
}

export function abortCommand(call: number): void {
  mapGet(running, call)?.abort();
}

/** Command groups without handlers: data. */
export function commandManifest(plugin: PluginObject): unknown {
  const groups = groupsOf(plugin);
  const manifest: unknown[] = [];
  for (let index = 0; index < groups.length; index += 1) {
    const group = groups[index] as Group;
    const subcommands: unknown[] = [];
    for (let at = 0; at < group.subcommands.length; at += 1) append(subcommands, withoutHandler(group.subcommands[at]));
    append(manifest, { name: group.name, help: group.help, subcommands });
  }
  return manifest;
}

interface Group {
  readonly name: unknown;
  readonly help: unknown;
  readonly subcommands: readonly { readonly [member: string]: unknown }[];
}

function groupsOf(plugin: PluginObject): readonly Group[] {
  const get = plugin['getCommands'];
  if (typeof get !== 'function') return [];
  const groups: unknown = reflectApply(get as () => unknown, plugin, []);
  if (!isArray(groups)) throw new Refusal('metadata', 'getCommands() returns no array of command groups');
  for (let index = 0; index < groups.length; index += 1) {
    const group = groups[index] as Partial<Group> | null | undefined;
    if (typeof group !== 'object' || group === null || !isArray(group.subcommands)) {
      throw new Refusal('metadata', `getCommands()[${index}] is no command group: it needs name, help and subcommands`);
    }
  }
  return groups as readonly Group[];
}

function findHandler(plugin: PluginObject, path: readonly [string, string]): { run: () => unknown; self: unknown } {
  if (boot.kind === 'component') {
    // Its manifest names the commands; one export runs them all.
    const run = plugin['_command'];
    if (typeof run !== 'function') throw new Refusal('method', 'it has no commands: its world is not cli');
    return { run: reflectApply(run as never, plugin, path as never), self: undefined };
  }
  const groups = groupsOf(plugin);
  for (let index = 0; index < groups.length; index += 1) {
    const group = groups[index] as Group;
    if (group.name !== path[0]) continue;
    for (let at = 0; at < group.subcommands.length; at += 1) {
      const command = group.subcommands[at];
      if (command?.['name'] !== path[1]) continue;
      const run = command['handler'];
      if (typeof run === 'function') return { run: run as () => unknown, self: command };
    }
  }
  throw new Refusal('method', `it has no command "${path[0]} ${path[1]}"`);
}

function withoutHandler(command: unknown): unknown {
  if (typeof command !== 'object' || command === null) return command;
  const copy = objectCreate(null) as Record<string, unknown>;
  const names = objectKeys(command);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    const member = (command as Record<string, unknown>)[name];
    if (name === 'handler' || member === undefined) continue;
    objectDefineProperty(copy, name, { value: member, enumerable: true, writable: true, configurable: true });
  }
  return copy;
}

async function write(call: number, stream: 'stdout' | 'stderr', chunk: unknown): Promise<void> {
  const bytes =
    typedArrayTag(chunk) === 'Uint8Array'
      ? new primordialUint8Array(chunk as Uint8Array)
      : encodeUtf8(primordialString(chunk));
  // Pieces, so that a large output is no large message.
  for (let at = 0; at < bytes.length; at += PIECE) {
    await ask('stdio.write', [call, stream, bytes.subarray(at, at + PIECE)]);
  }
}
const PIECE = 64 * 1024;

function stdin(call: number): object {
  const read = (): Promise<Uint8Array | null> => ask('stdio.read', [call]);
  return {
    [symbolAsyncIterator]() {
      return {
        next: async () => {
          const value = await read();
          return value === null ? { value: undefined, done: true } : { value, done: false };
        },
        return: () => ({ value: undefined, done: true }),
        [symbolAsyncIterator]() {
          return this;
        },
      };
    },
    async text(): Promise<string> {
      const decoder = makeTextDecoder();
      let text = '';
      for (let chunk = await read(); chunk !== null; chunk = await read())
        text += decoder.decode(chunk, { stream: true });
      return text + decoder.decode();
    },
  };
}

/** The web's own, whatever the plugin has made of the globals; evaluated when a command first runs. */
function makeAbortController(): AbortController {
  const { AbortController } = require('./web/abort.ts') as { AbortController: typeof globalThis.AbortController };
  return new AbortController();
}

function makeTextDecoder(): TextDecoder {
  const { TextDecoder } = require('./web/encoding.ts') as { TextDecoder: typeof globalThis.TextDecoder };
  return new TextDecoder();
}
