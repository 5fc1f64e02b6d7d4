/** Hashes, MACs, derivations and random bytes by the runtime process; the rest of cryptography is `webcrypto`. */
import { Buffer } from 'node:buffer';
import { host } from './shared/host.ts';
import { invalidType, nodeError } from './shared/errors.ts';

type Data = string | ArrayBuffer | ArrayBufferView;

const { crypto } = globalThis;
export { crypto as webcrypto };
export const subtle = crypto.subtle;

const HASHES = [
  'md5',
  'ripemd160',
  'sha1',
  'sha224',
  'sha256',
  'sha384',
  'sha512',
  'sha512-256',
  'sha3-256',
  'sha3-384',
  'sha3-512',
];

export function getHashes(): string[] {
  return [...HASHES];
}

function bytesOf(data: Data, name: string, encoding?: string): Uint8Array {
  if (typeof data === 'string') return Buffer.from(data, encoding === 'buffer' ? undefined : (encoding as 'utf8'));
  if (ArrayBuffer.isView(data)) return new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
  if (data instanceof ArrayBuffer) return new Uint8Array(data);
  throw invalidType(name, 'string or an instance of Buffer, TypedArray, or DataView', data);
}

function hashName(algorithm: unknown): string {
  const name = String(algorithm)
    .toLowerCase()
    .replace(/^sha-(?=\d)/, 'sha')
    .replace('sha512/256', 'sha512-256');
  if (!HASHES.includes(name))
    throw nodeError(Error, 'ERR_OSSL_EVP_UNSUPPORTED', `Digest method not supported: ${name}`);
  return name;
}

function native(op: string, ...args: (string | number | Uint8Array)[]): Uint8Array {
  return host().native(op, ...args.map((arg) => (arg instanceof Uint8Array ? new Uint8Array(arg) : arg))) as Uint8Array;
}

function encoded(bytes: Uint8Array, encoding: string | undefined): Uint8Array | string {
  const buffer = Buffer.from(bytes.buffer as ArrayBuffer, bytes.byteOffset, bytes.byteLength);
  return encoding === undefined || encoding === 'buffer' ? buffer : buffer.toString(encoding as 'hex');
}

/** `update` keeps the chunks; the digest is computed at the end. No stream. */
class Digest {
  #chunks: Uint8Array[] = [];
  #done = false;
  readonly #finish: (data: Uint8Array) => Uint8Array;
  constructor(finish: (data: Uint8Array) => Uint8Array, chunks: readonly Uint8Array[] = []) {
    this.#finish = finish;
    this.#chunks = [...chunks];
  }
  update(data: Data, encoding?: string): this {
    if (this.#done) throw nodeError(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    this.#chunks.push(new Uint8Array(bytesOf(data, 'data', encoding)));
    return this;
  }
  digest(encoding?: string): Uint8Array | string {
    if (this.#done) throw nodeError(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    this.#done = true;
    return encoded(this.#finish(Buffer.concat(this.#chunks)), encoding);
  }
  copy(): Digest {
    if (this.#done) throw nodeError(Error, 'ERR_CRYPTO_HASH_FINALIZED', 'Digest already called');
    return new Digest(this.#finish, this.#chunks);
  }
}

export function createHash(algorithm: string): Digest {
  const name = hashName(algorithm);
  return new Digest((data) => native('digest', name, data));
}
export function createHmac(algorithm: string, key: Data): Digest {
  const name = hashName(algorithm);
  const secret = new Uint8Array(bytesOf(key, 'key'));
  return new Digest((data) => native('hmac', name, secret, data));
}
export function hash(algorithm: string, data: Data, outputEncoding = 'hex'): Uint8Array | string {
  return encoded(native('digest', hashName(algorithm), bytesOf(data, 'input')), outputEncoding);
}

type Derived = (error: unknown, key?: unknown) => void;

export function pbkdf2Sync(password: Data, salt: Data, iterations: number, length: number, digest: string): Uint8Array {
  const key = native(
    'pbkdf2',
    hashName(digest),
    bytesOf(password, 'password'),
    bytesOf(salt, 'salt'),
    iterations,
    length,
  );
  return Buffer.from(key);
}
export function pbkdf2(
  password: Data,
  salt: Data,
  iterations: number,
  length: number,
  digest: string,
  done: Derived,
): void {
  settle(done, () => pbkdf2Sync(password, salt, iterations, length, digest));
}
export function hkdfSync(digest: string, key: Data, salt: Data, info: Data, length: number): ArrayBuffer {
  const args = [bytesOf(key, 'ikm'), bytesOf(salt, 'salt'), bytesOf(info, 'info')];
  return new Uint8Array(native('hkdf', hashName(digest), ...args, length)).buffer;
}
export function hkdf(digest: string, key: Data, salt: Data, info: Data, length: number, done: Derived): void {
  settle(done, () => hkdfSync(digest, key, salt, info, length));
}

function settle(done: Derived, compute: () => unknown): void {
  queueMicrotask(() => {
    let result: unknown;
    try {
      result = compute();
    } catch (error) {
      done(error);
      return;
    }
    done(null, result);
  });
}

export function randomBytes(size: number): Uint8Array;
export function randomBytes(size: number, done: Derived): void;
export function randomBytes(size: number, done?: Derived): Uint8Array | undefined {
  if (!Number.isInteger(size) || size < 0) {
    throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "size" is out of range. Received ${size}`);
  }
  const bytes = randomFillSync(Buffer.alloc(size));
  if (done === undefined) return bytes;
  queueMicrotask(() => done(null, bytes));
  return undefined;
}
export function randomFillSync<T extends ArrayBufferView>(view: T, offset = 0, size?: number): T {
  const bytes = new Uint8Array(view.buffer as ArrayBuffer, view.byteOffset, view.byteLength);
  const part = bytes.subarray(offset, size === undefined ? undefined : offset + size);
  for (let at = 0; at < part.length; at += 65_536) crypto.getRandomValues(part.subarray(at, at + 65_536));
  return view;
}
/** Uniform: values beyond the last whole multiple of the range are drawn again. */
export function randomInt(low: number, high?: number): number {
  const [from, to] = high === undefined ? [0, low] : [low, high];
  const range = to - from;
  if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || range <= 0 || range >= 2 ** 48) {
    throw nodeError(RangeError, 'ERR_OUT_OF_RANGE', `The value of "max" is out of range. Received ${to}`);
  }
  const limit = 2 ** 48 - (2 ** 48 % range);
  for (;;) {
    const [a = 0, b = 0, c = 0] = crypto.getRandomValues(new Uint16Array(3));
    const value = a * 2 ** 32 + b * 2 ** 16 + c;
    if (value < limit) return from + (value % range);
  }
}
export function randomUUID(): string {
  return crypto.randomUUID();
}
export function getRandomValues<T extends Uint8Array<ArrayBuffer>>(view: T): T {
  return crypto.getRandomValues(view);
}
export function timingSafeEqual(a: ArrayBufferView, b: ArrayBufferView): boolean {
  const [left, right] = [bytesOf(a, 'buf1'), bytesOf(b, 'buf2')];
  if (left.length !== right.length) {
    throw nodeError(RangeError, 'ERR_CRYPTO_TIMING_SAFE_EQUAL_LENGTH', 'Input buffers must have the same byte length');
  }
  return host().native('equal', new Uint8Array(left), new Uint8Array(right)) === true;
}

export default {
  webcrypto: crypto,
  subtle,
  getHashes,
  createHash,
  createHmac,
  hash,
  pbkdf2,
  pbkdf2Sync,
  hkdf,
  hkdfSync,
  randomBytes,
  randomFillSync,
  randomInt,
  randomUUID,
  getRandomValues,
  timingSafeEqual,
};
