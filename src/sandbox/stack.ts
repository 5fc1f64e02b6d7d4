import { originalPositionFor, TraceMap } from '@jridgewell/trace-mapping';
import type { Program } from '../build/types.ts';

/**
 * Maps the lines of a plugin's stack to its own sources. The stack is text of a hostile guest: only places in the
 * plugin's script are kept, everything else is dropped.
 */
export class StackMapper {
  readonly #program: Pick<Program, 'sourceMap'>;
  readonly #file: string;
  #map: TraceMap | undefined;

  constructor(name: string, program: Pick<Program, 'sourceMap'>) {
    this.#program = program;
    this.#file = `plugin:${name}`;
  }

  map(stack: string): string {
    const lines: string[] = [];
    for (const line of stack.split('\n').slice(0, MAX_LINES)) {
      if (!/^\s+at /.test(line)) {
        if (lines.length === 0 || !lines.some((known) => /^\s+at /.test(known))) lines.push(line);
        continue;
      }
      const mapped = this.#mapLine(line);
      if (mapped !== undefined) lines.push(mapped);
    }
    return lines.join('\n');
  }

  #mapLine(line: string): string | undefined {
    const at = line.lastIndexOf(`${this.#file}:`);
    if (at < 0) return undefined;
    const place = /^:(\d{1,9}):(\d{1,9})/.exec(line.slice(at + this.#file.length));
    if (place === null) return undefined;
    const found = this.#find(Number(place[1]), Number(place[2]));
    if (found === undefined) return line;
    const end = at + this.#file.length + place[0].length;
    return `${line.slice(0, at)}${found}${line.slice(end)}`;
  }

  #find(line: number, column: number): string | undefined {
    if (this.#program.sourceMap === '') return undefined;
    try {
      this.#map ??= new TraceMap(this.#program.sourceMap);
      const found = originalPositionFor(this.#map, { line: Math.max(1, line), column: Math.max(0, column - 1) });
      return found.source === null ? undefined : `${found.source}:${found.line}:${found.column + 1}`;
    } catch {
      // A map that cannot be read leaves the script's own places.
      return undefined;
    }
  }
}

const MAX_LINES = 64;
