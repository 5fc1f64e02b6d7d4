import type { CoreFunction } from '../webassembly.ts';
import type { Memory } from './memory.ts';
import type { Handles } from './handles.ts';

/** What a crossing value needs of its function's options. */
export interface Realm {
  readonly memory: Memory;
  readonly utf16: boolean;
  readonly handles: Handles;
  /** Allocates in the component; traps where the function has no `realloc`. */
  readonly realloc: CoreFunction;
}

export type Word = 'i32' | 'i64';
export type Core = number | bigint;

/** Core values, read from the front. */
export class Words {
  readonly #words: readonly Core[];
  #at = 0;

  constructor(words: readonly Core[]) {
    this.#words = words;
  }

  next(): Core {
    return this.#words[this.#at++] as Core;
  }

  /** As a number of 32 bits without sign. */
  u32(): number {
    return (this.next() as number) >>> 0;
  }
}

/**
 * One type at the boundary: from a component's memory or core values to a value of JavaScript and back, in the form the contract
 * has for it. Loading and lifting trap for what the type has no value for; storing and lowering throw a TypeError.
 */
export interface Codec {
  readonly size: number;
  readonly align: number;
  readonly words: readonly Word[];
  load(realm: Realm, at: number): unknown;
  store(realm: Realm, at: number, value: unknown): void;
  lift(realm: Realm, words: Words): unknown;
  lower(realm: Realm, words: Core[], value: unknown): void;
}

export function aligned(at: number, align: number): number {
  return (at + align - 1) & ~(align - 1);
}
