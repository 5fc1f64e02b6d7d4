/** The `buffer` package with what Node has and it lacks: base64url, and names that newer packages use. */
import { Buffer as Base } from 'buffer/';
import * as library from 'buffer/';

type Encoding = string | undefined;
type AnyFunction = (...args: never[]) => unknown;

export const { kMaxLength } = library as unknown as { kMaxLength: number };
export const kStringMaxLength: number = 2 ** 29 - 24;

const isUrl = (encoding: unknown): boolean => typeof encoding === 'string' && encoding.toLowerCase() === 'base64url';
const toStandard = (text: string): string => text.replaceAll('-', '+').replaceAll('_', '/');

/** Replaces a method or static by one that may answer itself for base64url and asks the original otherwise. */
function extend(target: object, name: string, make: (original: AnyFunction) => AnyFunction): void {
  const original = Reflect.get(target, name) as AnyFunction;
  Object.defineProperty(target, name, { value: make(original), writable: true, configurable: true, enumerable: false });
}

extend(Base, 'from', (from) => (value: unknown, encoding: unknown, length: unknown) => {
  const url = typeof value === 'string' && isUrl(encoding);
  return Reflect.apply(from, Base, url ? [toStandard(value), 'base64'] : [value, encoding, length]);
});
extend(Base, 'byteLength', (byteLength) => (value: unknown, encoding: Encoding) => {
  if (!isUrl(encoding)) return Reflect.apply(byteLength, Base, [value, encoding]);
  return Math.floor(((value as string).replaceAll('=', '').length * 3) / 4);
});
extend(
  Base,
  'isEncoding',
  (isEncoding) => (encoding: unknown) => isUrl(encoding) || Reflect.apply(isEncoding, Base, [encoding]),
);
extend(
  Base.prototype,
  'toString',
  (toString) =>
    function (this: unknown, encoding: Encoding, start: unknown, end: unknown) {
      if (!isUrl(encoding)) return Reflect.apply(toString, this, [encoding, start, end]);
      const text = Reflect.apply(toString, this, ['base64', start, end]) as string;
      return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
    } as AnyFunction,
);
extend(
  Base.prototype,
  'write',
  (write) =>
    function (this: unknown, text: string, ...rest: unknown[]) {
      const last = rest.length - 1;
      if (!isUrl(rest[last])) return Reflect.apply(write, this, [text, ...rest]);
      return Reflect.apply(write, this, [toStandard(text), ...rest.slice(0, last), 'base64']);
    } as AnyFunction,
);
Object.defineProperty(Base, 'copyBytesFrom', {
  value(view: ArrayBufferView, offset = 0, length?: number) {
    const size = (view.constructor as { BYTES_PER_ELEMENT?: number }).BYTES_PER_ELEMENT ?? 1;
    const end = length === undefined ? view.byteLength : Math.min(view.byteLength, (offset + length) * size);
    return Base.from(new Uint8Array(view.buffer, view.byteOffset, view.byteLength).slice(offset * size, end));
  },
  writable: true,
  configurable: true,
});

export const Buffer: typeof Base = Base;
