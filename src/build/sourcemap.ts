/**
 * Maps what a guest says of its script to the plugin's own sources. Guarantees bounded work and bounded text whatever the
 * stack holds. Trusts nothing of it: a plugin writes its own `stack`, so the result is text to show and no fact.
 */
import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import { printable } from '../core/text.ts';
import { SCRIPT_NAME } from '../protocol/script.ts';
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
const FRAME = new RegExp(`${SCRIPT_NAME.source}:(\\d{1,9}):(\\d{1,9})`);
const ANY_FRAME = /^\s+at /;
/** Frames of the language itself, which say something about the plugin's own. */
const BUILT_IN = /\((?:<anonymous>|native)\)$|^\s+at (?:<anonymous>|native)$/;

/** Undefined for what is not in a source: the wrapper and esbuild's helpers. */
export function mapPosition(program: Pick<Program, 'sourceMap'>, line: number, column: number): Position | undefined {
  if (line < 1 || column < 1) return undefined;
  const found = originalPositionFor(traceOf(program), { line, column: column - 1 });
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
  const position = mapPosition(program, Number(match[1]), Number(match[2]));
  if (position === undefined) return undefined;
  const place = `${position.file}:${position.line}:${position.column}`;
  return frame.slice(0, match.index) + place + frame.slice(match.index + match[0].length);
}

const traces = new WeakMap<object, TraceMap>();

function traceOf(program: Pick<Program, 'sourceMap'>): TraceMap {
  let trace = traces.get(program);
  if (trace === undefined) {
    trace = new TraceMap(program.sourceMap);
    traces.set(program, trace);
  }
  return trace;
}
