/** Node's querystring: lenient, never throws on input. */
type Decode = (text: string) => string;
interface ParseOptions {
  readonly decodeURIComponent?: Decode;
  readonly maxKeys?: number;
}
interface StringifyOptions {
  readonly encodeURIComponent?: (text: string) => string;
}

export function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    // As Node: what is no valid escape stays as it is.
    const bytes: number[] = [];
    for (let at = 0; at < text.length; at++) {
      const pair = /^%[0-9a-f]{2}/i.exec(text.slice(at, at + 3));
      if (pair === null) bytes.push(...new TextEncoder().encode(text[at]));
      else {
        bytes.push(Number.parseInt(pair[0].slice(1), 16));
        at += 2;
      }
    }
    return new TextDecoder('utf-8', { ignoreBOM: true }).decode(new Uint8Array(bytes));
  }
}

export function escape(value: unknown): string {
  return encodeURIComponent(value as string);
}

function primitive(value: unknown): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return String(value);
  return typeof value === 'bigint' || typeof value === 'boolean' ? String(value) : '';
}

export function stringify(
  object: unknown,
  separator: string | null = '&',
  equals: string | null = '=',
  options: StringifyOptions | null = {},
): string {
  if (typeof object !== 'object' || object === null) return '';
  const encode = options?.encodeURIComponent ?? escape;
  const fields: string[] = [];
  for (const [key, value] of Object.entries(object)) {
    const name = `${encode(key)}${equals ?? '='}`;
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    for (const item of values) fields.push(name + encode(primitive(item)));
  }
  return fields.join(separator ?? '&');
}

export function parse(
  text: unknown,
  separator: string | null = '&',
  equals: string | null = '=',
  options: ParseOptions | null = {},
): Record<string, string | string[]> {
  const result = Object.create(null) as Record<string, string | string[]>;
  if (typeof text !== 'string' || text === '') return result;
  const decode: Decode = options?.decodeURIComponent ?? unescape;
  const maxKeys = options?.maxKeys ?? 1_000;
  const fields = text.split(separator ?? '&').filter((field) => field !== '');
  const mark = equals ?? '=';
  for (const field of maxKeys > 0 ? fields.slice(0, maxKeys) : fields) {
    const at = field.indexOf(mark);
    const name = safe(decode, (at < 0 ? field : field.slice(0, at)).replaceAll('+', ' '));
    const value = at < 0 ? '' : safe(decode, field.slice(at + mark.length).replaceAll('+', ' '));
    const known = result[name];
    if (known === undefined) result[name] = value;
    else if (typeof known === 'string') result[name] = [known, value];
    else known.push(value);
  }
  return result;
}

function safe(decode: Decode, text: string): string {
  try {
    return decode(text);
  } catch {
    return unescape(text);
  }
}

export { parse as decode, stringify as encode };
export default { decode: parse, encode: stringify, escape, parse, stringify, unescape };
