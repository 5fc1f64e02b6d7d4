import { PluginError } from '../core/errors.ts';
import type { LogLevel } from '../core/logger.ts';

type Env = Readonly<Record<string, string | undefined>>;

/** What the command line or an embedding application says; it beats the environment, which beats the config. */
export interface RunFlags {
  readonly dataDir?: string;
  readonly cacheDir?: string;
  readonly offline?: boolean;
  readonly frozen?: boolean;
  readonly logLevel?: string;
}

export interface RunOptions {
  /** Nothing may be fetched. */
  readonly offline: boolean;
  /** The lock may not be written, and any refusal starts nothing. */
  readonly frozen: boolean;
  readonly ci: boolean;
  readonly logLevel: LogLevel;
}

const LEVELS: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** @throws ERR_USAGE for a variable or flag with a value of no meaning. */
export function runOptions(env: Env, flags: RunFlags = {}): RunOptions {
  const ci = isSwitchedOn(env['CI']);
  const level = flags.logLevel ?? (env['AITBC_LOG'] || 'info');
  if (!isLevel(level)) {
    const name = flags.logLevel === undefined ? 'AITBC_LOG' : '--log-level';
    throw new PluginError('ERR_USAGE', `Cannot use "${level}" for ${name}: it must be one of ${LEVELS.join(', ')}`);
  }
  return {
    offline: flags.offline ?? isSwitchedOn(env['AITBC_OFFLINE']),
    frozen: flags.frozen ?? (isSet(env['AITBC_FROZEN']) ? isSwitchedOn(env['AITBC_FROZEN']) : ci),
    ci,
    logLevel: level,
  };
}

/** A switch of the environment: on unless unset, empty, `0` or `false`. */
export function isSwitchedOn(value: string | undefined): boolean {
  return isSet(value) && value !== '0' && value.toLowerCase() !== 'false';
}

/**
 * `AITBC_TOKENS`: `host=token` or `host:port=token`, separated by commas, semicolons or blanks.
 * @throws ERR_USAGE, without any part of a token
 */
export function tokensFrom(env: Env): Map<string, string> {
  const tokens = new Map<string, string>();
  for (const [index, entry] of (env['AITBC_TOKENS'] ?? '').split(/[,;\s]+/).entries()) {
    if (entry === '') continue;
    const split = entry.indexOf('=');
    const host = entry.slice(0, split).toLowerCase();
    if (split < 1 || split === entry.length - 1 || !/^[a-z0-9.:[\]-]+$/.test(host)) {
      throw new PluginError('ERR_USAGE', `Cannot use AITBC_TOKENS: entry ${index + 1} is not host=token`);
    }
    tokens.set(host, entry.slice(split + 1));
  }
  return tokens;
}

function isLevel(text: string): text is LogLevel {
  return (LEVELS as readonly string[]).includes(text);
}

function isSet(value: string | undefined): value is string {
  return value !== undefined && value !== '';
}
