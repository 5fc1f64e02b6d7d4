/**
 * Writes a value as the text that crosses the boundary, with its byte arrays beside it. Runs in the host and inside the
 * guest, where the value may be hostile: getters, proxies and lying lengths cost its owner's time alone, the size is
 * bounded while it grows, and nothing is looked up that the owner of the value could have replaced.
 */
import { MAX_ATTACHMENTS, MAX_DEPTH, MAX_DIGITS, MAX_VALUES, MEMBER_VALUES } from './limits.ts';

const { stringify } = JSON;
const { isArray } = Array;
const { create, getPrototypeOf, is, keys } = Object;
const { apply, defineProperty, getOwnPropertyDescriptor } = Reflect;
const { isFinite } = Number;
const Bytes = Uint8Array;
const text = String;
const isError = (Error as unknown as { isError?: (value: unknown) => boolean }).isError;
const getTime = Date.prototype.getTime;
const { bind, call } = Function.prototype;
const startsWith = bind.call(call, String.prototype.startsWith) as (text: string, search: string) => boolean;
const slice = bind.call(call, String.prototype.slice) as (text: string, start: number) => string;
const tagOf = getOwnPropertyDescriptor(getPrototypeOf(Uint8Array.prototype) as object, Symbol.toStringTag)?.get as (
  this: unknown,
) => string | undefined;

export interface Encoded {
  /** JSON; see `decodeValue` for the tags. */
  readonly text: string;
  readonly bytes: readonly Uint8Array[];
  /** False: the text is plain JSON, and parsing it is all there is to do. */
  readonly tagged: boolean;
}

/** A value that cannot cross: its path says where it stands, from the root `$`. */
export class ValueError extends Error {
  override readonly name = 'ValueError';
  /** ERR_LIMIT_RATE: it is larger than `limits.message`. */
  readonly code: 'ERR_VALUE' | 'ERR_LIMIT_RATE';
  readonly path: string;
  readonly #state: string;

  constructor(path: string, state: string, code: ValueError['code'] = 'ERR_VALUE') {
    super(`Cannot pass "${path}": ${state}`);
    this.code = code;
    this.path = path;
    this.#state = state;
  }

  /** Asks nothing of what may be a proxy, as `instanceof` would. */
  static is(thrown: unknown): thrown is ValueError {
    return typeof thrown === 'object' && thrown !== null && #state in thrown;
  }

  /** The same, with the caller's name for what stands at the path `root`. */
  relabel(root: string, name: string): ValueError {
    return startsWith(this.path, root)
      ? new ValueError(name + slice(this.path, root.length), this.#state, this.code)
      : this;
  }
}

interface State {
  left: number;
  values: number;
  tagged: boolean;
  readonly bytes: Uint8Array[];
  count: number;
}

/** Where a value stands: the objects it stands in, innermost first. */
interface Place {
  readonly object: object;
  readonly outer: Place | undefined;
  readonly depth: number;
}

/**
 * Throws ValueError for what cannot cross and for more than `limit` characters and bytes; and whatever a getter throws.
 * Byte arrays are copied.
 */
export function encodeValue(value: unknown, limit: number, path = '$'): Encoded {
  const state: State = { left: limit, values: MAX_VALUES, tagged: false, bytes: [], count: 0 };
  const encoded = write(state, value, path, undefined);
  return { text: encoded, bytes: state.bytes, tagged: state.tagged };
}

function write(state: State, value: unknown, path: string, outer: Place | undefined): string {
  count(state, 1, path);
  switch (typeof value) {
    case 'string':
      if (value.length > state.left) throw tooLarge(path);
      return spend(state, stringify(value), path);
    case 'boolean':
      return spend(state, value ? 'true' : 'false', path);
    case 'number':
      if (isFinite(value) && !is(value, -0)) return spend(state, text(value), path);
      return tag(state, 'f', is(value, -0) ? '"-0"' : `"${text(value)}"`, path);
    case 'undefined':
      state.tagged = true;
      return spend(state, '{"$":"u"}', path);
    case 'bigint':
      return tag(state, 'n', `"${digits(value, path)}"`, path);
    case 'object':
      return value === null ? spend(state, 'null', path) : writeObject(state, value, path, outer);
    default:
      throw new ValueError(path, typeof value === 'function' ? 'a function cannot cross' : 'a symbol cannot cross');
  }
}

function writeObject(state: State, value: object, path: string, outer: Place | undefined): string {
  count(state, MEMBER_VALUES - 1, path);
  const depth = outer === undefined ? 0 : outer.depth + 1;
  if (depth === MAX_DEPTH) throw new ValueError(path, `it is nested more than ${MAX_DEPTH} levels deep`);
  for (let place = outer; place !== undefined; place = place.outer) {
    if (place.object === value) throw new ValueError(path, 'it contains itself');
  }
  const place: Place = { object: value, outer, depth };
  if (isArray(value)) return writeArray(state, value, path, place);
  const prototype = getPrototypeOf(value) as object | null;
  if (prototype === null || getPrototypeOf(prototype) === null) return writeRecord(state, value, path, place);
  if (isBytes(value)) return writeBytes(state, value, path);
  if (isErrorLike(value)) return writeError(state, value, path, place);
  const time = timeOf(value);
  if (time !== undefined) return tag(state, 'd', isFinite(time) ? text(time) : 'null', path);
  throw new ValueError(path, 'only plain objects, arrays, Date, Uint8Array and Error cross');
}

function writeArray(state: State, value: readonly unknown[], path: string, place: Place): string {
  let out = spend(state, '[', path);
  // Read once: a proxy may answer differently each time; every turn spends, so that no length runs on.
  const { length } = value;
  for (let index = 0; index < length; index += 1) {
    if (index > 0) out += spend(state, ',', path);
    out += write(state, value[index], `${path}[${index}]`, place);
  }
  return out + spend(state, ']', path);
}

function writeRecord(state: State, value: object, path: string, place: Place): string {
  const names = keys(value);
  count(state, names.length * (MEMBER_VALUES - 1), path);
  let escape = false;
  let out = '{';
  spend(state, '{}', path);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    if (name === '__proto__') throw new ValueError(`${path}.__proto__`, 'this name cannot cross');
    if (name === '$') escape = true;
    if (name.length > state.left) throw tooLarge(path);
    if (index > 0) out += spend(state, ',', path);
    out += spend(state, `${stringify(name)}:`, path);
    out += write(state, (value as Record<string, unknown>)[name], `${path}.${name}`, place);
  }
  out += '}';
  if (!escape) return out;
  state.tagged = true;
  return spend(state, '{"$":"o","v":', path) + out + spend(state, '}', path);
}

function writeBytes(state: State, value: Uint8Array, path: string): string {
  if (state.count === MAX_ATTACHMENTS) throw new ValueError(path, `more than ${MAX_ATTACHMENTS} byte arrays`);
  const copy = new Bytes(value);
  state.left -= copy.length;
  if (state.left < 0) throw tooLarge(path);
  const index = state.count;
  append(state.bytes, index, copy);
  state.count += 1;
  return tag(state, 'b', text(index), path);
}

function writeError(state: State, value: object, path: string, place: Place): string {
  const members = create(null) as Record<string, unknown>;
  for (const name of ['name', 'message', 'stack', 'code', 'cause', 'data'] as const) {
    const member = (value as Record<string, unknown>)[name];
    if (member === undefined) continue;
    if (name === 'cause' || name === 'data') members[name] = member;
    else if (typeof member === 'string') members[name] = member;
  }
  state.tagged = true;
  return spend(state, '{"$":"e","v":', path) + writeRecord(state, members, path, place) + spend(state, '}', path);
}

function tag(state: State, kind: string, payload: string, path: string): string {
  state.tagged = true;
  return spend(state, `{"$":"${kind}","v":${payload}}`, path);
}

function count(state: State, values: number, path: string): void {
  state.values -= values;
  if (state.values >= 0) return;
  throw new ValueError(
    path,
    `the message holds more than ${MAX_VALUES} values, an object or a member counting as ${MEMBER_VALUES}`,
  );
}

function spend(state: State, piece: string, path: string): string {
  state.left -= piece.length;
  if (state.left < 0) throw tooLarge(path);
  return piece;
}

function tooLarge(path: string): ValueError {
  return new ValueError(path, 'the message is larger than limits.message', 'ERR_LIMIT_RATE');
}

function digits(value: bigint, path: string): string {
  const written = text(value);
  if (written.length > MAX_DIGITS)
    throw new ValueError(path, `a bigint of more than ${MAX_DIGITS} digits cannot cross`);
  return written;
}

function isBytes(value: object): value is Uint8Array {
  return apply(tagOf, value, []) === 'Uint8Array';
}

function timeOf(value: object): number | undefined {
  try {
    return apply(getTime, value, []);
  } catch {
    return undefined;
  }
}

function isErrorLike(value: object): boolean {
  return isError === undefined ? value instanceof Error : isError(value);
}

/** An assignment would run a setter that somebody put on `Array.prototype`. */
function append<T>(array: T[], index: number, value: T): void {
  defineProperty(array, index, {
    // @ts-expect-error -- a descriptor without a prototype, so that nothing is inherited into it
    __proto__: null,
    value,
    writable: true,
    enumerable: true,
    configurable: true,
  });
}
