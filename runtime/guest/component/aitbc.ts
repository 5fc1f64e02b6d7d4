/** The imports of aitbc:plugin on the broker. What it refuses is the `err` of a result; nothing but the abort of the call traps. */
import { asHostError, Fault, type HostError } from './fault.ts';
import { host, type HostEvent } from './host.ts';
import { decodeUtf8, usv } from './text.ts';
import type { HostImports, WitFileStat, WitMode, WitRequest, WitResponse } from './wit.ts';
import type { Value } from '../../../src/protocol/values.ts';

const FLAGS = { replace: 'w', create: 'wx', append: 'a' } as const;
/** Refusals that are remembered, to be known again in what the component answers. */
const MAX_REFUSALS = 16;

/** What the imports need of the rest of the adapter. */
export interface Imported {
  /** JSON text. */
  readonly config: string;
  onEvent(event: HostEvent): void;
  callService(service: string, method: string, args: string): Value;
  /** Names of services the component has registered. */
  readonly services: Set<string>;
  readonly refusals: Map<string, HostError>;
}

export function aitbcImports(own: Imported): HostImports {
  const perform = <T>(act: () => T): T => refuse(own, act);
  const ask = ((op: string, args: readonly unknown[], body?: Uint8Array) =>
    perform(() => host().ask(op as never, args as never, body))) as ReturnType<typeof host>['ask'];
  return {
    'aitbc:plugin/log': {
      write(level: 'debug' | 'info' | 'warn' | 'error', message: string, fields: string): void {
        host().log(level, message, fieldsOf(fields));
      },
    },
    'aitbc:plugin/config': {
      get: () => own.config,
      env(name: string): string | undefined {
        const { env } = host();
        if (Object.hasOwn(env, name)) return usv(env[name] as string);
        ask('env.denied', [name]);
        throw new Fault({
          code: 'ERR_PERMISSION_DENIED',
          message: usv(`Cannot read environment variable "${name}": it is not granted, or it is not set`),
        });
      },
    },
    'aitbc:plugin/events': {
      publish(topic: string, data: string): void {
        ask('events.publish', [topic, json(data)]);
      },
      subscribe(pattern: string): void {
        ask('events.subscribe', [pattern]);
        host().onEvent(pattern, (event) => own.onEvent(event));
      },
      unsubscribe(pattern: string): void {
        ask('events.unsubscribe', [pattern]);
        host().onEvent(pattern, undefined);
      },
    },
    'aitbc:plugin/files': {
      read: (path: string) => ask('files.read', [path]).value,
      write(path: string, data: Uint8Array, mode: WitMode): void {
        ask('files.write', [path, data, FLAGS[mode]]);
      },
      stat(path: string): WitFileStat {
        const { kind, size, mtimeMs } = ask('files.stat', [path, true]).value;
        return { kind, size: BigInt(size), modified: BigInt(Math.max(0, Math.trunc(mtimeMs))) };
      },
      listFolder: (path: string) =>
        ask('files.readdir', [path]).value.map(({ name, kind }) => ({ name: usv(name), kind })),
      makeFolder(path: string): void {
        ask('files.mkdir', [path, true]);
      },
      remove(path: string): void {
        ask('files.rm', [path, { recursive: true, force: true }]);
      },
      rename(from: string, to: string): void {
        ask('files.rename', [from, to]);
      },
    },
    'aitbc:plugin/http': {
      fetch: (request: WitRequest) => perform(() => fetch(request)),
    },
    'aitbc:plugin/services': {
      call(service: string, method: string, args: string): string {
        if (own.services.has(service)) {
          throw new Fault({
            code: 'ERR_STATE',
            message: `Cannot call "${service}": it is its own, and one call runs at a time`,
          });
        }
        return text(ask('services.call', [service, method, list(args)]).value);
      },
      callPlugin: (plugin: string, method: string, args: string): string =>
        text(ask('plugins.call', [plugin, method, list(args)]).value),
      register(service: string, methods: readonly string[]): void {
        ask('services.register', [service, methods]);
        own.services.add(service);
        const table: Record<string, (...args: never[]) => Value> = Object.create(null) as never;
        for (const method of methods) {
          table[method] = (...args) => own.callService(service, method, jsonText(args));
        }
        host().onService(service, table);
      },
    },
    'aitbc:plugin/terminal': {
      write(stream: 'stdout' | 'stderr', data: Uint8Array): void {
        writeTo(stream, data, perform);
      },
      read: (): Uint8Array | undefined => perform(readStdin),
      isTerminal: () => terminal.isTTY,
      columns: () => terminal.columns,
    },
  };
}

/** Of the command that runs; outside of one there is none. */
export const terminal: { call: number | undefined; isTTY: boolean; columns: number; args: readonly string[] } = {
  call: undefined,
  isTTY: false,
  columns: 80,
  args: [],
};

const PIECE = 64 * 1024;

/** To the command's stream, or to the log. */
export function writeTo(
  stream: 'stdout' | 'stderr',
  data: Uint8Array,
  perform: <T>(act: () => T) => T = (act) => act(),
): void {
  const { call } = terminal;
  if (call === undefined) return logLines(stream, data);
  for (let at = 0; at < data.length; at += PIECE) {
    perform(() => host().ask('stdio.write', [call, stream, data.slice(at, at + PIECE)]));
  }
}

export function readStdin(): Uint8Array | undefined {
  const { call } = terminal;
  return call === undefined ? undefined : (host().ask('stdio.read', [call]).value ?? undefined);
}

const partial = { stdout: '', stderr: '' };
const MAX_LINE = 8_192;

/** Lines become log entries; what has no end yet waits for it. */
function logLines(stream: 'stdout' | 'stderr', data: Uint8Array): void {
  let decoded: string;
  try {
    decoded = decodeUtf8(data);
  } catch {
    decoded = String.fromCharCode(...data.subarray(0, MAX_LINE));
  }
  const lines = (partial[stream] + decoded).split('\n');
  partial[stream] = lines.pop() ?? '';
  if (partial[stream].length > MAX_LINE) {
    lines.push(partial[stream]);
    partial[stream] = '';
  }
  for (const line of lines) host().log(stream === 'stdout' ? 'info' : 'warn', line.replace(/\r$/, ''));
}

/** What has no end of line yet is logged when the call ends. */
export function flushLines(): void {
  for (const stream of ['stdout', 'stderr'] as const) {
    if (partial[stream] !== '') logLines(stream, NEWLINE);
  }
}
const NEWLINE = Uint8Array.of(10);

function fetch(request: WitRequest): WitResponse {
  const { method, url, headers, body } = request;
  const answer = host().ask(
    'net.fetch',
    [{ method, url, headers, redirect: 'follow', hasBody: body !== undefined }],
    body,
  );
  const { value } = answer;
  return {
    status: value.status,
    url: usv(value.url),
    headers: value.headers.map(([name, text]) => [usv(name), usv(text)]),
    body: readAll(answer.body),
  };
}

function readAll(body: ReturnType<ReturnType<typeof host>['ask']>['body']): Uint8Array {
  if (body === undefined) return new Uint8Array();
  const limit = host().messageLimit;
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for (;;) {
      const chunk = body.poll();
      if (chunk === undefined) break;
      if (chunk === null) {
        host().wait(-1);
        continue;
      }
      size += chunk.length;
      if (size > limit) {
        throw new Fault({
          code: 'ERR_LIMIT_RATE',
          message: `Cannot read the body: it is larger than limits.message, ${limit} bytes`,
        });
      }
      chunks.push(chunk);
    }
  } catch (error) {
    body.cancel();
    throw error;
  }
  const all = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
  }
  return all;
}

/** The host's errors as the record `error`; a file's errors by the code that Node has for them. */
function refuse<T>(own: Imported, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Fault || host().aborted()) throw error;
    const known = asHostError(error);
    const file = known.code === 'ERR_FILE' ? known.data?.['code'] : undefined;
    const code = typeof file === 'string' ? file : known.code;
    own.refusals.delete(known.message);
    own.refusals.set(known.message, known);
    for (const oldest of own.refusals.keys()) {
      if (own.refusals.size <= MAX_REFUSALS) break;
      own.refusals.delete(oldest);
    }
    throw new Fault({ code: usv(code), message: usv(known.message) }, known.message);
  }
}

function fieldsOf(fields: string): { readonly [key: string]: Value } | undefined {
  if (fields === '{}' || fields === '') return undefined;
  try {
    const parsed = JSON.parse(fields) as Value;
    return typeof parsed === 'object' && parsed !== null && !Array.isArray(parsed)
      ? (parsed as { readonly [key: string]: Value })
      : { fields: parsed };
  } catch {
    return { fields };
  }
}

function json(given: string): Value {
  try {
    return JSON.parse(given) as Value;
  } catch (error) {
    throw new Fault({
      code: 'ERR_VALUE',
      message: `Cannot pass a value: it is not JSON: ${usv((error as Error).message)}`,
    });
  }
}

function list(given: string): readonly Value[] {
  const parsed = json(given);
  if (Array.isArray(parsed)) return parsed as readonly Value[];
  throw new Fault({ code: 'ERR_VALUE', message: 'Cannot pass arguments: they are not a JSON array' });
}

function text(value: Value): string {
  try {
    return jsonText(value);
  } catch (error) {
    throw new Fault({ code: 'ERR_VALUE', message: usv((error as Error).message) });
  }
}

/** Throws a TypeError for what JSON has no form for. `undefined` is null. */
export function jsonText(value: Value): string {
  // Without anything to look into, the engine's own way is twice as fast.
  if (Array.isArray(value) ? value.every(isFlat) : isFlat(value)) return JSON.stringify(value) ?? 'null';
  return (
    JSON.stringify(value, (_, member: unknown) => {
      if (typeof member === 'bigint') throw new TypeError('Cannot pass a bigint to a component: it takes JSON');
      if (member instanceof Uint8Array) throw new TypeError('Cannot pass bytes to a component: it takes JSON');
      if (member instanceof Error) return { name: member.name, message: member.message };
      return member;
    }) ?? 'null'
  );
}

function isFlat(value: unknown): boolean {
  return typeof value === 'object' ? value === null : typeof value !== 'bigint';
}
