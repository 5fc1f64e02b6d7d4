/**
 * Maps what a guest says of its script to the plugin's own sources. Guarantees bounded work and bounded text whatever the
 * stack holds. Trusts nothing of it: a plugin writes its own `stack`, so the result is text to show and no fact.
 */
import { createRequire } from 'node:module';
import type * as TraceMapping from '@jridgewell/trace-mapping';
import { printable } from '../core/text.ts';
import { SCRIPT_NAME } from '../protocol/script.ts';
import { idOfSource } from '../source/graph/names.ts';
import type { Program } from './types.ts';

/** Lines and columns count from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

const MAX_TEXT = 16_384;
const MAX_LINES = 64;
const MAX_LINE = 1_024;
/** The last place of a line is its own: before it may stand the name of a function, or of an eval. */
const FRAME = new RegExp(`^(.*)${SCRIPT_NAME.source}:(\\d{1,9}):(\\d{1,9})`, 's');
const ANY_FRAME = /^\s+at /;
/** Frames of the language itself, which say something about the plugin's own. */
const BUILT_IN = /\((?:<anonymous>|native)\)$|^\s+at (?:<anonymous>|native)$/;

/** Undefined for what is not in a source: the wrapper and esbuild's helpers. */
export function mapPosition(program: Pick<Program, 'sourceMap'>, line: number, column: number): Position | undefined {
  if (line < 1 || column < 1) return undefined;
  const found = library().originalPositionFor(traceOf(program), { line, column: column - 1 });
  if (found.source === null) return undefined;
  return { file: found.source, line: found.line, column: found.column + 1 };
}

/**
 * A stack with the plugin's frames in its TypeScript: `at Greeter.start (mod.ts:12:7)`. Frames of the guest's own
 * bootstrap and of helpers are left out; the error's message and frames such as `Array.map` stay.
 */
export function mapStack(program: Pick<Program, 'sourceMap'>, stack: string): string {
  const lines: string[] = [];
  for (const line of stack.slice(0, MAX_TEXT).split('\n', MAX_LINES)) {
    const shown = ANY_FRAME.test(line) ? mapFrame(program, line.slice(0, MAX_LINE)) : line.slice(0, MAX_LINE);
    if (shown !== undefined) lines.push(shown);
  }
  return printable(lines.join('\n'), { lines: true, max: MAX_TEXT });
}

function mapFrame(program: Pick<Program, 'sourceMap'>, frame: string): string | undefined {
  const match = FRAME.exec(frame);
  if (match === null) return BUILT_IN.test(frame) ? frame : undefined;
  const [, before = '', line, column] = match;
  const position = mapPosition(program, Number(line), Number(column));
  if (position === undefined) return undefined;
  const place = `${position.file}:${position.line}:${position.column}`;
  // The function esbuild puts around a module that is loaded on demand has the module's name.
  const wrapper = /^(\s+at (?:async )?)(\S.*) \($/s.exec(before);
  if (wrapper?.[1] !== undefined && idOfSource(wrapper[2] ?? '') === position.file) return wrapper[1] + place;
  return before + place + frame.slice(match[0].length);
}

const traces = new WeakMap<object, TraceMapping.TraceMap>();

function traceOf(program: Pick<Program, 'sourceMap'>): TraceMapping.TraceMap {
  let trace = traces.get(program);
  if (trace === undefined) {
    trace = new (library().TraceMap)(program.sourceMap);
    traces.set(program, trace);
  }
  return trace;
}

let loaded: typeof TraceMapping | undefined;

/** Loaded when a plugin first throws: a start without an error does without it. */
function library(): typeof TraceMapping {
  loaded ??= createRequire(import.meta.url)('@jridgewell/trace-mapping') as typeof TraceMapping;
  return loaded;
}
