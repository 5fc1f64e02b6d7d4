import { originalPositionFor, sourceContentFor, TraceMap } from '@jridgewell/trace-mapping';
import { idOfSource } from './names.ts';
import type { Place } from './diagnostics.ts';

/** Where an offset of a bundle stands in its sources; undefined for what is in none. */
export function createPlaces(code: string, map: string): (offset: number) => Place | undefined {
  const trace = new TraceMap(map);
  const starts = [0];
  for (let at = code.indexOf('\n'); at !== -1; at = code.indexOf('\n', at + 1)) starts.push(at + 1);
  return (offset) => {
    const line = lastAtMost(starts, offset);
    const found = originalPositionFor(trace, { line: line + 1, column: offset - (starts[line] ?? 0) });
    if (found.source === null) return undefined;
    const text = lineOf(sourceContentFor(trace, found.source) ?? '', found.line);
    return { file: idOfSource(found.source), line: found.line, column: found.column + 1, text };
  };
}

/** A line of a source, counted from 1, as JavaScript counts lines. */
export function lineOf(text: string, line: number): string {
  return text.split(/\r\n|[\n\r\u2028\u2029]/, line)[line - 1] ?? '';
}

function lastAtMost(sorted: readonly number[], value: number): number {
  let low = 0;
  let high = sorted.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((sorted[middle] ?? 0) <= value) low = middle;
    else high = middle - 1;
  }
  return low;
}
