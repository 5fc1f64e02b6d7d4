import type { Message } from 'esbuild';
import { type PluginErrorOptions, PluginError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/codes.ts';
import { printable } from '../../core/text.ts';

/** A place in a module: line and column count from 1, the column in UTF-16 units. */
export interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  /** The text of the line. */
  readonly text: string;
}

export interface Problem {
  readonly state: string;
  readonly place: Place | undefined;
}

const MAX_PROBLEMS = 20;

/** What esbuild says of a source, with places as editors count them. */
export function problemOf(message: Message): Problem {
  const notes = message.notes.map((note) => note.text).filter((text) => text !== '');
  const state = [message.text, ...notes].join('; ').replaceAll('"plugin:', '"');
  return { state, place: placeOf(message.location) };
}

export function placeOf(location: Message['location']): Place | undefined {
  if (location === null) return undefined;
  // esbuild counts columns in bytes of UTF-8.
  const before = Buffer.from(location.lineText).subarray(0, location.column).toString();
  return {
    file: location.file.replace(/^plugin:/, ''),
    line: location.line,
    column: before.length + 1,
    text: location.lineText,
  };
}

export function showPlace(place: Place): string {
  return `${place.file}:${place.line}:${place.column}`;
}

/** One ERR_BUILD for all that is wrong: the first in the message, with its line; each further one in the details. */
export function buildError(subject: string, problems: readonly Problem[]): PluginError {
  const [first, ...others] = problems;
  const at = first?.place === undefined ? '' : `${showPlace(first.place)}: `;
  const more = others.length === 0 ? '' : ` (and ${others.length} more)`;
  const details: Record<string, string | number> = first?.place === undefined ? {} : detailsOf(first.place);
  for (const [index, problem] of others.slice(0, MAX_PROBLEMS).entries()) {
    const where = problem.place === undefined ? '' : `${showPlace(problem.place)}: `;
    details[`error ${index + 2}`] = `${where}${problem.state}`;
  }
  return new PluginError('ERR_BUILD', `Cannot compile "${subject}": ${at}${first?.state ?? 'no reason given'}${more}`, {
    details,
  });
}

/** The facts of a place for programs, and for a terminal. */
export function detailsOf(place: Place): Record<string, string | number> {
  return {
    file: place.file,
    line: place.line,
    column: place.column,
    source: printable(place.text, { max: 200 }).trim(),
  };
}

/** The same error with facts added. */
export function withDetails(error: PluginError, details: NonNullable<PluginErrorOptions['details']>): PluginError {
  return new PluginError(error.code satisfies ErrorCode, error.message, {
    ...(error.cause === undefined ? {} : { cause: error.cause }),
    details: { ...details, ...error.details },
    retryable: error.retryable,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.plugin === undefined ? {} : { plugin: error.plugin }),
    ...(error.pluginStack === undefined ? {} : { pluginStack: error.pluginStack }),
  });
}

/** ERR_IMPORT_DENIED. `what`: the specifier in quotes, or words for one that has none. */
export function importDenied(
  what: string,
  place: Place | undefined,
  why: string,
  options: { readonly details: NonNullable<PluginErrorOptions['details']>; readonly hint: string | undefined },
): PluginError {
  const at = place === undefined ? '' : ` in ${showPlace(place)}`;
  return new PluginError('ERR_IMPORT_DENIED', `Cannot import ${what}${at}: ${why}`, {
    details: options.details,
    ...(options.hint === undefined ? {} : { hint: options.hint }),
  });
}

export function computedImport(
  place: Place | undefined,
  details: NonNullable<PluginErrorOptions['details']>,
): PluginError {
  return importDenied('a computed specifier', place, 'what a plugin runs must be known before it runs', {
    details,
    hint: 'Write each specifier as a literal: import("./a.ts").',
  });
}
