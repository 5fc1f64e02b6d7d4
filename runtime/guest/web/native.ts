import type { NativeValue } from '../host.ts';
import { DOMException } from './dom-exception.ts';
import { host } from './host.ts';
import { PrimordialRangeError, PrimordialTypeError, charCodeAt, slice } from './primordials.ts';

/** A lone surrogate begins a failure: no operation returns text that is not well-formed. */
const FAILED = 0xdfff;

/** Calls an operation of `runtime/native.ts`; a failure it reports becomes the error a browser would throw. */
export function native(op: string, ...args: NativeValue[]): NativeValue {
  const result = host().native(op, ...args);
  if (typeof result !== 'string' || charCodeAt(result, 0) !== FAILED) return result;
  let at = 1;
  while (at < result.length && charCodeAt(result, at) !== 0x0a) at++;
  const name = slice(result, 1, at);
  const message = slice(result, at + 1);
  if (name === 'TypeError') throw new PrimordialTypeError(message);
  if (name === 'RangeError') throw new PrimordialRangeError(message);
  throw new DOMException(message, name);
}
