import { PluginError } from '../core/errors.ts';

/** Line and column, both from 1. */
export interface Place {
  readonly line: number;
  readonly column: number;
}

/** One thing that is wrong with a config. */
export interface Problem {
  readonly place: Place | undefined;
  /** `plugins.greeter.enabled`; empty for the document. */
  readonly key: string;
  readonly message: string;
  readonly hint?: string;
  readonly code?: 'ERR_CONFIG_INVALID' | 'ERR_CONFIG_ENV';
}

const SHOWN = 20;

/** All problems as one error: the first in its message, every one in its details as `line:column`. */
export function configError(file: string, problems: readonly Problem[]): PluginError {
  const sorted = problems.toSorted((a, b) => order(a) - order(b));
  const [first] = sorted;
  if (!first) throw new RangeError('configError needs a problem');
  const more = sorted.length - 1;
  const details: Record<string, string | number> = { file };
  if (first.place) Object.assign(details, { line: first.place.line, column: first.place.column });
  if (first.key !== '') details['key'] = first.key;
  if (more > 0) {
    for (const problem of sorted.slice(0, SHOWN)) details[spot(file, problem, details)] = text(problem);
    if (sorted.length > SHOWN) details['problems'] = sorted.length;
  }
  const where = first.place ? `line ${first.place.line}, column ${first.place.column}: ` : '';
  const hint = sorted.find((problem) => problem.hint)?.hint;
  return new PluginError(
    sorted.every((problem) => problem.code === 'ERR_CONFIG_ENV') ? 'ERR_CONFIG_ENV' : 'ERR_CONFIG_INVALID',
    `Cannot use "${file}": ${where}${text(first)}${more > 0 ? ` (and ${more} more)` : ''}`,
    { details, ...(hint === undefined ? {} : { hint }) },
  );
}

function text(problem: Problem): string {
  return problem.key === '' ? problem.message : `${problem.key} ${problem.message}`;
}

function spot(file: string, problem: Problem, taken: object): string {
  const base = problem.place ? `${file}:${problem.place.line}:${problem.place.column}` : file;
  let name = base;
  for (let copy = 2; Object.hasOwn(taken, name); copy++) name = `${base} (${copy})`;
  return name;
}

function order(problem: Problem): number {
  return problem.place ? problem.place.line * 1e6 + problem.place.column : 0;
}
