/**
 * Guarantees that a plugin's headers stay inside the one request they belong to: no line breaks, no framing of its own,
 * no other host, nothing for a proxy. Trusts undici to write what passes here without change.
 */
import type { Value } from '../../protocol/values.ts';
import { list, text, wrongShape } from '../shape.ts';
import { MAX_HEADER_BYTES, MAX_HEADERS } from './limits.ts';

export type Headers = readonly (readonly [name: string, value: string])[];

const OP = 'net.fetch';
const TOKEN = /^[!#$%&'*+\-.^_`|~0-9A-Za-z]+$/;
// Visible characters, spaces and tabs inside, and Latin-1: neither CR, LF nor NUL.
const FIELD = /^(?:[\u0021-\u007e\u0080-\u00ff](?:[\t \u0021-\u007e\u0080-\u00ff]*[\u0021-\u007e\u0080-\u00ff])?)?$/;

/** Set by the host; libraries send them as a habit, so they are left out and not refused. */
const DROPPED: ReadonlySet<string> = new Set(['connection', 'keep-alive']);
/** `host` would reach another site of a granted server; the others frame the message or speak to the next hop. */
const REFUSED: ReadonlySet<string> = new Set([
  'host',
  'transfer-encoding',
  'te',
  'trailer',
  'upgrade',
  'expect',
  'http2-settings',
]);

/** The plugin's headers, names in lower case, checked. `content-length` needs a body, and undici holds it to it. */
export function readHeaders(value: Value, hasBody: boolean): Headers {
  const headers: (readonly [string, string])[] = [];
  let size = 0;
  for (const pair of list(OP, 'headers', value, MAX_HEADERS)) {
    const [rawName, rawValue, ...rest] = list(OP, 'a header', pair, 2);
    if (rest.length > 0) throw wrongShape(OP, 'a header', 'must be a name and a value');
    const name = text(OP, 'the name of a header', rawName, 256).toLowerCase();
    const field = text(OP, `header ${name}`, rawValue, MAX_HEADER_BYTES);
    if (!TOKEN.test(name)) throw wrongShape(OP, `header "${name}"`, 'is not the name of a header');
    if (!FIELD.test(field)) throw wrongShape(OP, `header ${name}`, 'has a character that a header cannot have');
    if (REFUSED.has(name) || name.startsWith('proxy-'))
      throw wrongShape(OP, `header ${name}`, 'is set by the host alone');
    size += name.length + field.length + 4;
    if (size > MAX_HEADER_BYTES) throw wrongShape(OP, 'headers', `are larger than ${MAX_HEADER_BYTES} bytes`);
    if (DROPPED.has(name)) continue;
    if (name === 'content-length') {
      if (!hasBody) continue;
      if (!/^[0-9]{1,15}$/.test(field)) throw wrongShape(OP, 'header content-length', 'must be a whole number');
      if (headers.some(([other]) => other === name)) throw wrongShape(OP, 'header content-length', 'is there twice');
    }
    headers.push([name, field]);
  }
  return headers;
}

/** What is sent where the plugin says nothing else. */
export function withDefaults(headers: Headers): Headers {
  const has = (name: string): boolean => headers.some(([other]) => other === name);
  const defaults: Headers = [
    ['accept', '*/*'],
    ['accept-encoding', 'gzip, br'],
    ['user-agent', 'aitbc-plugins'],
  ];
  return [...headers, ...defaults.filter(([name]) => !has(name))];
}

/** Who a request is from: never carried to another origin by a redirect. */
const CREDENTIALS: ReadonlySet<string> = new Set(['authorization', 'cookie', 'x-api-key']);

export function withoutCredentials(headers: Headers): Headers {
  return headers.filter(([name]) => !CREDENTIALS.has(name));
}

export function withoutBodyHeaders(headers: Headers): Headers {
  return headers.filter(([name]) => !/^content-(?:length|type|encoding|language|location)$/.test(name));
}
