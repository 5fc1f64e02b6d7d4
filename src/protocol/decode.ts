/**
 * Reads what `encodeValue` wrote. The text may come from a compromised peer: depth, names, tags and references to
 * byte arrays are checked, `__proto__` never becomes a property, and what is wrong is a MalformedValue.
 *
 * Tags: `{"$":"u"}` undefined, `n` bigint, `f` NaN, Infinity, -Infinity, -0, `d` Date (null: invalid), `b` Uint8Array by index,
 * `e` Error, `o` an object that has a member `$` of its own.
 */
import { MAX_DEPTH, MAX_DIGITS, MAX_VALUES, MEMBER_VALUES } from './limits.ts';
import type { Value } from './values.ts';

const { parse } = JSON;
const { isArray } = Array;
const { defineProperty, hasOwn, keys } = Object;
const PlainError = Error;
const PlainDate = Date;
const bigint = BigInt;
const { isInteger } = Number;
const has = Function.prototype.call.bind(String.prototype.includes as never) as (text: string, part: string) => boolean;
const test = Function.prototype.call.bind(RegExp.prototype.exec as never) as (rule: RegExp, text: string) => unknown;
const DECIMAL = /^-?\d+$/;

export class MalformedValue extends Error {
  override readonly name = 'MalformedValue';
}

/** Throws MalformedValue. */
export function decodeValue(text: string, bytes: readonly Uint8Array[] = []): Value {
  let parsed: unknown;
  try {
    parsed = parse(text);
  } catch {
    throw new MalformedValue('it is not JSON');
  }
  return mayBePlain(text) ? (parsed as Value) : reviveValue(parsed, bytes);
}

/** For what was parsed already, as a part of something larger; changes it in place. */
export function reviveValue(parsed: unknown, bytes: readonly Uint8Array[] = []): Value {
  left = MAX_VALUES;
  return revive(parsed, bytes, 0);
}

/** Values that the one being read may still hold. */
let left = 0;

function count(values: number): void {
  left -= values;
  if (left < 0) throw new MalformedValue('it holds too many values');
}

/** No tag and no `__proto__` can hide in it, and it is too short to be deep. */
function mayBePlain(text: string): boolean {
  return text.length < 2 * MAX_DEPTH && !has(text, '"$"') && !has(text, '__proto__') && !has(text, '\\u');
}

function revive(value: unknown, bytes: readonly Uint8Array[], depth: number): Value {
  if (typeof value !== 'object' || value === null) return value as Value;
  if (depth === MAX_DEPTH) throw new MalformedValue('it is nested too deep');
  if (isArray(value)) {
    count(MEMBER_VALUES - 1 + value.length);
    for (let index = 0; index < value.length; index += 1) value[index] = revive(value[index], bytes, depth + 1);
    return value as Value;
  }
  if (!hasOwn(value, '$')) return reviveMembers(value as Record<string, unknown>, bytes, depth);
  return reviveTag(value as Record<string, unknown>, bytes, depth);
}

function reviveMembers(value: Record<string, unknown>, bytes: readonly Uint8Array[], depth: number): Value {
  const names = keys(value);
  count(MEMBER_VALUES - 1 + names.length * MEMBER_VALUES);
  for (let index = 0; index < names.length; index += 1) {
    const name = names[index] as string;
    if (name === '__proto__') throw new MalformedValue('a member is named __proto__');
    const member = value[name];
    if (typeof member === 'object' && member !== null) value[name] = revive(member, bytes, depth + 1);
  }
  return value as Value;
}

function reviveTag(value: Record<string, unknown>, bytes: readonly Uint8Array[], depth: number): Value {
  const payload = hasOwn(value, 'v') ? value['v'] : undefined;
  switch (value['$']) {
    case 'u':
      return undefined;
    case 'n':
      if (typeof payload === 'string' && payload.length <= MAX_DIGITS && test(DECIMAL, payload) !== null)
        return bigint(payload);
      break;
    case 'f':
      if (payload === 'NaN') return NaN;
      if (payload === 'Infinity') return Infinity;
      if (payload === '-Infinity') return -Infinity;
      if (payload === '-0') return -0;
      break;
    case 'd':
      if (typeof payload === 'number') return new PlainDate(payload);
      if (payload === null) return new PlainDate(NaN);
      break;
    case 'b':
      if (isInteger(payload) && (payload as number) >= 0 && (payload as number) < bytes.length)
        return bytes[payload as number];
      break;
    case 'e':
      if (isRecord(payload)) return reviveError(payload, bytes, depth);
      break;
    case 'o':
      if (isRecord(payload)) return reviveMembers(payload, bytes, depth + 1);
      break;
  }
  throw new MalformedValue('a tag is unknown or has a wrong payload');
}

function reviveError(members: Record<string, unknown>, bytes: readonly Uint8Array[], depth: number): Error {
  const error = new PlainError(string(members, 'message') ?? '');
  const name = string(members, 'name');
  const code = string(members, 'code');
  // Never the decoder's own stack: it would name files of this side.
  hide(error, 'stack', string(members, 'stack') ?? `${name ?? 'Error'}: ${string(members, 'message') ?? ''}`);
  if (name !== undefined) hide(error, 'name', name);
  if (code !== undefined) hide(error, 'code', code);
  for (const key of ['cause', 'data'] as const) {
    if (hasOwn(members, key)) hide(error, key, revive(members[key], bytes, depth + 1));
  }
  return error;
}

function string(members: Record<string, unknown>, key: string): string | undefined {
  const member = hasOwn(members, key) ? members[key] : undefined;
  return typeof member === 'string' ? member : undefined;
}

function hide(target: object, key: string, value: unknown): void {
  defineProperty(target, key, {
    // @ts-expect-error -- a descriptor without a prototype, so that nothing is inherited into it
    __proto__: null,
    value,
    writable: true,
    enumerable: false,
    configurable: true,
  });
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !isArray(value);
}
