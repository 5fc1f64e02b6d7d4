import { styleText } from 'node:util';
import type { Redactor } from '../config/redact.ts';
import { printable, printableJson } from '../core/text.ts';

type Style = Parameters<typeof styleText>[0];

/** What a command says: text for people on stdout, or JSON for programs; everything else on stderr. */
export interface Output {
  readonly json: boolean;
  /** A line of the result, for people; nothing with `--json`. Text of others must be printable already. */
  line(text?: string): void;
  /** The result, for programs; nothing without `--json`. Once a command, except where `start` streams. */
  data(data: object): void;
  /** A note for people, on stderr; nothing with `--json`. */
  note(text: string): void;
  /** To stderr, always. */
  error(text: string): void;
  /** A JSON document to stdout, as it is. */
  document(document: object): void;
  style(style: Style, text: string, stream?: 'stdout' | 'stderr'): string;
  /** From here on nothing is written without passing through it. */
  redactWith(redactor: Redactor): void;
  redact(text: string): string;
  /** Columns of stdout. */
  readonly columns: number;
}

export const SCHEMA_VERSION = 1;

export function createOutput(options: { readonly json: boolean; readonly color: boolean }): Output {
  let redactor: Redactor = (text) => text;
  const put = (stream: NodeJS.WriteStream, text: string): void => {
    stream.write(`${redactor(text)}\n`);
  };
  const document = (value: object): void => {
    const json = JSON.stringify({ schema: SCHEMA_VERSION, ...value }, jsonValue);
    process.stdout.write(`${printableJson(redactor(json))}\n`);
  };
  return {
    json: options.json,
    line: (text = '') => options.json || put(process.stdout, text),
    data: (data) => options.json && document({ ok: true, data }),
    note: (text) => options.json || put(process.stderr, text),
    error: (text) => put(process.stderr, text),
    document,
    style: (style, text, stream = 'stdout') =>
      options.color ? styleText(style, text, { stream: process[stream] }) : text,
    redactWith(next) {
      redactor = next;
    },
    redact: (text) => redactor(text),
    get columns() {
      return terminalWidth();
    },
  };
}

/** Columns of the terminal; `COLUMNS` where stdout is none; 80 where nothing says so. */
export function terminalWidth(): number {
  const told = process.stdout.columns ?? Number(process.env['COLUMNS']);
  return Number.isInteger(told) && told > 0 ? told : 80;
}

/** Text of a plugin, a server or a file, on one line. */
export function oneLine(text: string, max = 300): string {
  return printable(text.replace(/\s+/g, ' ').trim(), { max });
}

/** What JSON has no word for: bigint as text, maps as objects. */
function jsonValue(_key: string, value: unknown): unknown {
  if (typeof value === 'bigint') return String(value);
  if (value instanceof Map) return Object.fromEntries(value);
  if (value instanceof Uint8Array) return Buffer.from(value).toString('base64');
  return value;
}
