import { isPluginError, messageOf, PluginError } from '../core/errors.ts';
import { printable } from '../core/text.ts';
import type { Output } from './output.ts';

/** Any thrown thing as the one error class; a fault of ours is ERR_INTERNAL. */
export function asPluginError(error: unknown): PluginError {
  if (isPluginError(error)) return error;
  return new PluginError('ERR_INTERNAL', `Cannot finish: ${messageOf(error)}`, {
    cause: error,
    hint: 'AITBC_DEBUG=1 shows where; please report it',
  });
}

/** `error[CODE]: message`, its details, the plugin's own stack, the hint: as a list of lines. */
export function errorLines(error: PluginError, output: Output): string[] {
  const lines = [`${output.style(['red', 'bold'], `error[${error.code}]`, 'stderr')}: ${error.message}`];
  const details = Object.entries(error.details).filter(([, value]) => !error.message.includes(String(value)));
  const width = Math.max(0, ...details.map(([key]) => key.length));
  for (const [key, value] of details) lines.push(`  ${`${printable(key)}:`.padEnd(width + 1)} ${value}`);
  if (error.pluginStack?.includes('\n')) lines.push(...indent(error.pluginStack));
  if (error.hint !== undefined) {
    const [first = '', ...more] = printable(error.hint, { lines: true }).split('\n');
    lines.push(`  ${output.style('cyan', 'hint:', 'stderr')} ${first}`, ...more.map((line) => `    ${line}`));
  }
  return lines;
}

/** The same as data. */
export function errorData(error: PluginError): Record<string, unknown> {
  return {
    code: error.code,
    message: error.message,
    ...(error.hint === undefined ? {} : { hint: error.hint }),
    ...(error.plugin === undefined ? {} : { plugin: error.plugin }),
    ...(Object.keys(error.details).length === 0 ? {} : { details: error.details }),
    ...(error.pluginStack === undefined ? {} : { stack: error.pluginStack }),
    ...(error.retryable ? { retryable: true } : {}),
    exit: error.exitCode,
  };
}

/** Prints it where the command line's user looks; a host stack with `debug` alone. */
export function reportError(thrown: unknown, output: Output, debug: boolean): PluginError {
  const error = asPluginError(thrown);
  if (output.json) output.document({ ok: false, error: errorData(error) });
  else for (const line of errorLines(error, output)) output.error(line);
  if (debug) output.error(stackOf(thrown));
  return error;
}

function stackOf(error: unknown): string {
  const own = error instanceof Error ? (error.stack ?? error.message) : String(error);
  const cause = error instanceof Error && error.cause !== undefined ? `\ncaused by: ${stackOf(error.cause)}` : '';
  return printable(`${own}${cause}`, { lines: true, max: 65_536 });
}

function indent(text: string): string[] {
  return text.split('\n').map((line) => `  ${line}`);
}
