import { DOMException } from './dom-exception.ts';
import { expose, needArguments } from './idl.ts';
import { native } from './native.ts';
import { PrimordialTypeError, bytesOf, isView, setBytes, typedArrayTag } from './primordials.ts';
import type { SubtleCrypto } from './subtle.ts';

const CREATE = Symbol('create');
const INTEGER_ARRAYS = /^(?:Big)?(?:Ui|I)nt(?:8|16|32|64)(?:Clamped)?Array$/;

/** Random bytes fetched ahead for small requests; each byte is handed out once and then erased. */
let pool = new Uint8Array(0);
let used = 0;

export function randomBytes(size: number): Uint8Array<ArrayBuffer> {
  if (size > 64) return native('random', size) as Uint8Array<ArrayBuffer>;
  if (used + size > pool.length) {
    pool = native('random', 512) as Uint8Array<ArrayBuffer>;
    used = 0;
  }
  const taken = new Uint8Array(size);
  for (let at = 0; at < size; at++) {
    taken[at] = pool[used] as number;
    pool[used++] = 0;
  }
  return taken;
}

const HEX: readonly string[] = Array.from({ length: 256 }, (_, byte) => (byte + 256).toString(16).slice(1));

export class Crypto {
  constructor(token?: unknown) {
    if (token !== CREATE) throw new PrimordialTypeError('Illegal constructor');
  }

  get subtle(): SubtleCrypto {
    const { subtle } = require('./subtle.ts') as typeof import('./subtle.ts');
    return subtle;
  }

  getRandomValues<T extends ArrayBufferView>(array: T): T {
    needArguments(arguments.length, 1, 'Crypto.getRandomValues');
    if (!isView(array) || !INTEGER_ARRAYS.test(typedArrayTag(array) ?? '')) {
      throw new DOMException('The data argument must be an integer-type TypedArray', 'TypeMismatchError');
    }
    const bytes = bytesOf(array);
    if (bytes.length > 65_536) {
      throw new DOMException(`The requested length exceeds 65,536 bytes`, 'QuotaExceededError');
    }
    setBytes(bytes, randomBytes(bytes.length));
    return array;
  }

  randomUUID(): string {
    const bytes = randomBytes(16);
    bytes[6] = ((bytes[6] as number) & 0x0f) | 0x40;
    bytes[8] = ((bytes[8] as number) & 0x3f) | 0x80;
    let text = '';
    for (let at = 0; at < 16; at++) {
      text += HEX[bytes[at] as number] as string;
      if (at === 3 || at === 5 || at === 7 || at === 9) text += '-';
    }
    return text;
  }
}
expose(Crypto, 'Crypto');

export const crypto: Crypto = new Crypto(CREATE);
