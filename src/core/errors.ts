import { CODES, type ErrorCode } from './codes.ts';
import { printable } from './text.ts';

export interface PluginErrorOptions {
  /** What to do about it: one or more lines that work as they stand. */
  readonly hint?: string;
  readonly cause?: unknown;
  /** The plugin it concerns. */
  readonly plugin?: string;
  /** Facts for programs: shown by `--json`, and line by line on a terminal. Strings are made printable. */
  readonly details?: Readonly<Record<string, string | number | boolean>>;
  /** The plugin's own stack, mapped to its sources; never a host stack. */
  readonly pluginStack?: string;
  /** True when the same call may succeed if it is made again (the runtime process died under an innocent). */
  readonly retryable?: boolean;
}

/** The one error class of the product. Message: `Cannot <verb> "<thing>": <state>`. */
export class PluginError extends Error {
  override readonly name = 'PluginError';
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly plugin: string | undefined;
  readonly details: Readonly<Record<string, string | number | boolean>>;
  readonly pluginStack: string | undefined;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: PluginErrorOptions = {}) {
    super(printable(message), options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint;
    this.plugin = options.plugin;
    this.details = Object.fromEntries(
      Object.entries(options.details ?? {}).map(([key, value]) => [
        key,
        typeof value === 'string' ? printable(value) : value,
      ]),
    );
    this.pluginStack = options.pluginStack === undefined ? undefined : printable(options.pluginStack, { lines: true });
    this.retryable = options.retryable ?? false;
  }

  get exitCode(): number {
    return CODES[this.code].exit;
  }
}

export function isPluginError(error: unknown, ...codes: ErrorCode[]): error is PluginError {
  return error instanceof PluginError && (codes.length === 0 || codes.includes(error.code));
}

/** The message of anything that was thrown; for host-side values alone, never for a plugin's. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
