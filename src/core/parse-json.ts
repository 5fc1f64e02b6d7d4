/**
 * Strict JSON with places. Guarantees: objects have no prototype, no key stands twice, none is `__proto__`, nesting is
 * bounded, and every refusal names line and column. Trusts nothing but that `text` fits in memory.
 */
export type ParsedJson =
  | { readonly ok: true; readonly value: MutableJson }
  | { readonly ok: false; readonly reason: string; readonly line: number; readonly column: number };

export type MutableJson = null | boolean | number | string | MutableJson[] | { [key: string]: MutableJson };

export function parseStrictJson(text: string, maxDepth = 64): ParsedJson {
  const scan: Scan = { text, at: text.startsWith('\uFEFF') ? 1 : 0, maxDepth };
  try {
    const value = readValue(scan, 0);
    skipSpace(scan);
    if (scan.at < text.length) refuse(scan, 'nothing may follow the value');
    return { ok: true, value };
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const before = text.slice(0, error.at);
    const line = before.split('\n').length;
    return { ok: false, reason: error.message, line, column: error.at - before.lastIndexOf('\n') };
  }
}

interface Scan {
  readonly text: string;
  readonly maxDepth: number;
  at: number;
}

class Refusal extends Error {
  readonly at: number;
  constructor(reason: string, at: number) {
    super(reason);
    this.at = at;
  }
}

const SPACE = /[ \t\r\n]*/y;
const PLAIN = /[^"\\\u0000-\u001f]*/y;
// A part of a string: of a whole one with millions of escapes the engine would remember each, until its stack is full.
const PART = /(?:[^"\\\u0000-\u001f]+|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})){1,1000}/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;

function readValue(scan: Scan, depth: number): MutableJson {
  if (depth > scan.maxDepth) refuse(scan, `it is nested deeper than ${scan.maxDepth}`);
  skipSpace(scan);
  switch (scan.text[scan.at]) {
    case '{':
      return readObject(scan, depth);
    case '[':
      return readArray(scan, depth);
    case '"':
      return readString(scan);
    case undefined:
      return refuse(scan, 'the text ends too early');
    default: {
      const token = take(scan, NUMBER) ?? take(scan, WORD) ?? refuse(scan, 'a value was expected');
      return JSON.parse(token) as number | boolean | null;
    }
  }
}

function readObject(scan: Scan, depth: number): MutableJson {
  const object: { [key: string]: MutableJson } = Object.create(null) as { [key: string]: MutableJson };
  scan.at += 1;
  skipSpace(scan);
  if (accept(scan, '}')) return object;
  for (;;) {
    skipSpace(scan);
    const start = scan.at;
    if (scan.text[start] !== '"') refuse(scan, 'a key in double quotes was expected');
    const key = readString(scan);
    if (key === '__proto__') refuse(scan, 'the key "__proto__" is not allowed', start);
    if (key in object) refuse(scan, `the key ${JSON.stringify(key)} stands twice`, start);
    skipSpace(scan);
    if (!accept(scan, ':')) refuse(scan, 'a colon was expected');
    object[key] = readValue(scan, depth + 1);
    skipSpace(scan);
    if (accept(scan, '}')) return object;
    if (!accept(scan, ',')) refuse(scan, 'a comma or the end of the object was expected');
  }
}

function readArray(scan: Scan, depth: number): MutableJson {
  const array: MutableJson[] = [];
  scan.at += 1;
  skipSpace(scan);
  if (accept(scan, ']')) return array;
  for (;;) {
    array.push(readValue(scan, depth + 1));
    skipSpace(scan);
    if (accept(scan, ']')) return array;
    if (!accept(scan, ',')) refuse(scan, 'a comma or the end of the list was expected');
  }
}

function readString(scan: Scan): string {
  const start = scan.at;
  scan.at += 1;
  take(scan, PLAIN);
  while (!accept(scan, '"')) {
    if (take(scan, PART) === undefined) refuse(scan, 'a string is not closed or holds a bad character', start);
  }
  const token = scan.text.slice(start, scan.at);
  return token.includes('\\') ? (JSON.parse(token) as string) : token.slice(1, -1);
}

function take(scan: Scan, token: RegExp): string | undefined {
  token.lastIndex = scan.at;
  const found = token.exec(scan.text)?.[0];
  if (found !== undefined) scan.at += found.length;
  return found;
}

function skipSpace(scan: Scan): void {
  take(scan, SPACE);
}

function accept(scan: Scan, char: string): boolean {
  if (scan.text[scan.at] !== char) return false;
  scan.at += 1;
  return true;
}

function refuse(scan: Scan, reason: string, at: number = scan.at): never {
  throw new Refusal(reason, at);
}
