import { File, blobBytes } from './blob.ts';
import { concat } from './encoding.ts';
import { FormData, formEntries } from './form-data.ts';
import { PrimordialTypeError, subarray } from './primordials.ts';
import { encodeUtf8, utf8Text } from './utf8.ts';

const MAX_PARTS = 10_000;
const MAX_PART_HEADER = 16_384;

/** `multipart/form-data` as the fetch standard writes it. */
export function encodeMultipart(form: FormData, boundary: string): Uint8Array<ArrayBuffer> {
  const chunks: Uint8Array[] = [];
  for (const [name, value] of formEntries(form)) {
    const head = `--${boundary}\r\nContent-Disposition: form-data; name="${escape(lines(name))}"`;
    if (typeof value === 'string') {
      chunks.push(encodeUtf8(`${head}\r\n\r\n${lines(value)}\r\n`));
      continue;
    }
    const type = value.type === '' ? 'application/octet-stream' : value.type;
    chunks.push(encodeUtf8(`${head}; filename="${escape(value.name)}"\r\nContent-Type: ${type}\r\n\r\n`));
    chunks.push(blobBytes(value), encodeUtf8('\r\n'));
  }
  chunks.push(encodeUtf8(`--${boundary}--\r\n`));
  return concat(chunks);
}

function lines(text: string): string {
  return text.replaceAll(/\r\n|\r|\n/g, '\r\n');
}

function escape(text: string): string {
  return text.replaceAll('\n', '%0A').replaceAll('\r', '%0D').replaceAll('"', '%22');
}

/** Throws a TypeError for anything malformed. */
export function decodeMultipart(bytes: Uint8Array, boundary: string): FormData {
  const form = new FormData();
  const delimiter = encodeUtf8(`--${boundary}`);
  let at = find(bytes, delimiter, 0);
  if (at < 0) throw malformed();
  at += delimiter.length;
  for (let parts = 0; parts <= MAX_PARTS; parts++) {
    if (bytes[at] === 0x2d && bytes[at + 1] === 0x2d) return form;
    if (bytes[at] !== 0x0d || bytes[at + 1] !== 0x0a) throw malformed();
    at += 2;
    const headEnd = bytes[at] === 0x0d && bytes[at + 1] === 0x0a ? at : find(bytes, encodeUtf8('\r\n\r\n'), at);
    if (headEnd < 0 || headEnd - at > MAX_PART_HEADER) throw malformed();
    const head = utf8Text(subarray(bytes, at, headEnd));
    const begin = headEnd + (headEnd === at ? 2 : 4);
    const next = find(bytes, encodeUtf8(`\r\n--${boundary}`), begin - 2);
    if (next < 0) throw malformed();
    append(form, head, subarray(bytes, begin, Math.max(begin, next)));
    at = next + 2 + delimiter.length;
  }
  throw malformed();
}

function append(form: FormData, head: string, content: Uint8Array): void {
  let disposition: string | undefined;
  let type = 'text/plain';
  for (const line of head.split('\r\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) throw malformed();
    const name = line.slice(0, colon).trim().toLowerCase();
    if (name === 'content-disposition') disposition = line.slice(colon + 1).trim();
    if (name === 'content-type') type = line.slice(colon + 1).trim();
  }
  if (disposition === undefined || !/^form-data\s*;/i.test(disposition)) throw malformed();
  const name = parameter(disposition, 'name');
  if (name === undefined) throw malformed();
  const fileName = parameter(disposition, 'filename');
  if (fileName === undefined) form.append(name, utf8Text(content));
  else form.append(name, new File([content], fileName, { type }));
}

function parameter(disposition: string, name: string): string | undefined {
  const quoted = new RegExp(`;\\s*${name}="([^"]*)"`, 'i').exec(disposition)?.[1];
  const value = quoted ?? new RegExp(`;\\s*${name}=([^;\\s"]+)`, 'i').exec(disposition)?.[1];
  return value?.replaceAll(/%0A/gi, '\n').replaceAll(/%0D/gi, '\r').replaceAll('%22', '"');
}

function find(bytes: Uint8Array, wanted: Uint8Array, from: number): number {
  const first = wanted[0] as number;
  outer: for (let at = bytes.indexOf(first, from); at >= 0; at = bytes.indexOf(first, at + 1)) {
    for (let index = 1; index < wanted.length; index++) if (bytes[at + index] !== wanted[index]) continue outer;
    return at;
  }
  return -1;
}

function malformed(): TypeError {
  return new PrimordialTypeError('The body is not valid multipart/form-data');
}
