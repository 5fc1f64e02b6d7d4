import { text } from './idl.ts';
import { format } from './format.ts';
import { host } from './host.ts';
import { type InspectOptions, inspect } from './inspect.ts';

type Level = 'error' | 'warn' | 'info' | 'debug';

/** A message longer than this is cut in the guest, before it costs the host anything. */
const MAX_MESSAGE = 16_384;
const MAX_LABELS = 1_000;

let indent = '';
const counts = new Map<string, number>();
const times = new Map<string, number>();

function write(level: Level, args: readonly unknown[], prefix = ''): void {
  let message = `${prefix}${format(args)}`;
  if (message.length > MAX_MESSAGE) message = `${message.slice(0, MAX_MESSAGE)}… ${message.length - MAX_MESSAGE} more`;
  host().log(level, indent === '' ? message : indent + message.replaceAll('\n', `\n${indent}`));
}

function label(value: unknown): string {
  return value === undefined ? 'default' : text(value);
}

function remember<T>(map: Map<string, T>, key: string, value: T): void {
  if (map.size >= MAX_LABELS && !map.has(key)) map.delete(map.keys().next().value as string);
  map.set(key, value);
}

function elapsed(name: string): string | undefined {
  const begun = times.get(name);
  if (begun === undefined) {
    write('warn', [`No such label '${name}' for console.time()`]);
    return undefined;
  }
  return `${name}: ${Math.round((host().now() - begun) * 1000) / 1000}ms`;
}

export const console = {
  log: (...args: unknown[]) => write('info', args),
  info: (...args: unknown[]) => write('info', args),
  warn: (...args: unknown[]) => write('warn', args),
  error: (...args: unknown[]) => write('error', args),
  debug: (...args: unknown[]) => write('debug', args),
  dir: (value?: unknown, options?: InspectOptions) => write('info', [inspect(value, options)]),
  dirxml: (...args: unknown[]) => write('info', args),
  trace(...args: unknown[]) {
    const stack = new Error().stack?.split('\n').slice(2).join('\n') ?? '';
    write('debug', [`Trace: ${format(args)}\n${stack}`]);
  },
  assert(condition?: unknown, ...args: unknown[]) {
    if (condition) return;
    if (typeof args[0] === 'string') write('error', [`Assertion failed: ${args[0]}`, ...args.slice(1)]);
    else write('error', ['Assertion failed', ...args]);
  },
  count(name?: unknown) {
    const key = label(name);
    const count = (counts.get(key) ?? 0) + 1;
    remember(counts, key, count);
    write('info', [`${key}: ${count}`]);
  },
  countReset: (name?: unknown) => void counts.delete(label(name)),
  time: (name?: unknown) => remember(times, label(name), host().now()),
  timeLog(name?: unknown, ...args: unknown[]) {
    const line = elapsed(label(name));
    if (line !== undefined) write('info', [line, ...args]);
  },
  timeEnd(name?: unknown) {
    const line = elapsed(label(name));
    if (line === undefined) return;
    times.delete(label(name));
    write('info', [line]);
  },
  group(...args: unknown[]) {
    if (args.length > 0) write('info', args);
    if (indent.length < 64) indent += '  ';
  },
  groupCollapsed: (...args: unknown[]) => console.group(...args),
  groupEnd() {
    indent = indent.slice(2);
  },
  table(data?: unknown, columns?: readonly string[]) {
    if (typeof data !== 'object' || data === null) write('info', [data]);
    else write('info', [table(data, columns)]);
  },
};
Object.defineProperty(console, Symbol.toStringTag, { value: 'console', configurable: true });

function table(data: object, only: readonly string[] | undefined): string {
  const rows = Object.entries(data).slice(0, 1_000);
  const columns = new Set<string>(only);
  let values = false;
  for (const [, row] of rows) {
    if (typeof row !== 'object' || row === null) values = true;
    else if (only === undefined) for (const key of Object.keys(row)) if (columns.size < 50) columns.add(key);
  }
  const lines = [['(index)', ...columns, ...(values ? ['Values'] : [])]];
  for (const [index, row] of rows) {
    const isRow = typeof row === 'object' && row !== null;
    const cells = [...columns].map((column) =>
      isRow && Object.hasOwn(row as object, column)
        ? inspect((row as Record<string, unknown>)[column], { depth: 0 })
        : '',
    );
    lines.push([index, ...cells, ...(values ? [isRow ? '' : inspect(row, { depth: 0 })] : [])]);
  }
  const widths = (lines[0] as string[]).map((_, at) => Math.max(...lines.map((line) => line[at]?.length ?? 0)) + 2);
  const rule = (left: string, middle: string, right: string): string =>
    left + widths.map((width) => '─'.repeat(width)).join(middle) + right;
  const printed = lines.map((line) => `│${line.map((cell, at) => ` ${cell}`.padEnd(widths[at] ?? 0)).join('│')}│`);
  return [rule('┌', '┬', '┐'), printed[0], rule('├', '┼', '┤'), ...printed.slice(1), rule('└', '┴', '┘')].join('\n');
}
