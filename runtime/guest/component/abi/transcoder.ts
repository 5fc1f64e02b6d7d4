/**
 * UTF-8 at the speed of compiled code: a small module of ours (`utf8.wat`), which reads and makes the engine's own strings and has
 * the component's memory as its own. There is no TextEncoder inside an isolate.
 */
import { type CoreModule, engine, type LinearMemory } from '../webassembly.ts';
import { UTF8_MODULE } from './utf8-module.ts';

export interface Transcoder {
  /** Bytes that so many units take; they wait for `write`. */
  measure(text: string, units: number): number;
  /** Has so many units wait for `write`. */
  take(text: string, units: number): void;
  /** Writes the units of the last `measure` or `take`, for which there is room; gives the address after them. */
  write(to: number, units: number): number;
  /** Null for what is not UTF-8. */
  read(from: number, size: number): string | null;
}

let module: CoreModule | null | undefined;

/** Undefined where the engine has no built-in functions for strings: then JavaScript does it. */
export function transcoder(memory: LinearMemory): Transcoder | undefined {
  if (module === undefined) module = compile();
  if (module === null) return undefined;
  try {
    return new engine.Instance(module, { host: { memory } }).exports as unknown as Transcoder;
  } catch (error) {
    if (error instanceof engine.LinkError) return undefined;
    throw error;
  }
}

function compile(): CoreModule | null {
  try {
    return new engine.Module(bytesOf(UTF8_MODULE), { builtins: ['js-string'] });
  } catch (error) {
    if (error instanceof engine.CompileError) return null;
    throw error;
  }
}

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

function bytesOf(base64: string): Uint8Array {
  const bytes = new Uint8Array((base64.length * 3) >> 2);
  let at = 0;
  let held = 0;
  let bits = 0;
  for (let index = 0; index < base64.length; index += 1) {
    held = ((held << 6) | ALPHABET.indexOf(base64[index] as string)) & 0xffff;
    bits += 6;
    if (bits < 8) continue;
    bits -= 8;
    bytes[at++] = held >> bits;
  }
  return bytes;
}
