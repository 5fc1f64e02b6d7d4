/** Strings for the bindings that jco writes, which know no more than a memory and an address. */
import type { CoreFunction, LinearMemory } from '../webassembly.ts';
import { Memory } from './memory.ts';

const memories = new WeakMap<LinearMemory, Memory>();

function of(memory: LinearMemory): Memory {
  let known = memories.get(memory);
  if (known === undefined) memories.set(memory, (known = new Memory(memory)));
  return known;
}

export function loadText(memory: LinearMemory, at: number, size: number): string {
  return of(memory).loadUtf8(at >>> 0, size >>> 0);
}

export function storeText(text: unknown, realloc: CoreFunction, memory: LinearMemory): { ptr: number; len: number } {
  if (typeof text !== 'string') throw new TypeError('a value is no string');
  const known = of(memory);
  return { ptr: known.storeUtf8(text, realloc), len: known.stored };
}
