import { constants } from 'node:fs';
import { open } from 'node:fs/promises';
import { messageOf } from '../core/errors.ts';
import { expandPath } from './paths.ts';

export interface Interpolation {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Folder that `${file:path}` is relative to. */
  readonly root: string;
}

export interface Interpolated {
  readonly text: string;
  /** What came from outside of the config: to be redacted. */
  readonly secrets: readonly string[];
}

/** Why a text could not be interpolated; `missing`: a variable that is not set. */
export class InterpolationError extends Error {
  readonly missing: string | undefined;

  constructor(message: string, missing?: string) {
    super(message);
    this.missing = missing;
  }
}

const MAX_SECRET = 65_536;
const EXPRESSION = /\$\$\{|\$\{([^}]*)(\}?)/g;

/** True for a text that `interpolate` would change or refuse. */
export function isInterpolated(text: string): boolean {
  return text.includes('${');
}

/**
 * Replaces `${NAME}`, `${NAME:-default}` (unset or empty) and `${file:path}` (one final newline is dropped); `$${` stands for
 * `${`. What is put in is never interpolated again.
 * @throws InterpolationError
 */
export async function interpolate(text: string, from: Interpolation): Promise<Interpolated> {
  if (!isInterpolated(text)) return { text, secrets: [] };
  const secrets: string[] = [];
  let out = '';
  let end = 0;
  for (const match of text.matchAll(EXPRESSION)) {
    out += text.slice(end, match.index);
    end = match.index + match[0].length;
    if (match[0] === '$${') {
      out += '${';
      continue;
    }
    const [, inner = '', close = ''] = match;
    if (close === '') throw new InterpolationError('has a ${ without its }; write $${ for a plain ${');
    const value = inner.startsWith('file:') ? await readSecret(inner.slice(5), from) : variable(inner, from.env);
    if (value.secret && value.text !== '') secrets.push(value.text);
    out += value.text;
  }
  return { text: out + text.slice(end), secrets };
}

function variable(expression: string, env: Interpolation['env']): { text: string; secret: boolean } {
  const [, name, operator, preset = ''] = /^([A-Za-z_][A-Za-z0-9_]*)(:-)?(.*)$/s.exec(expression) ?? [];
  if (name === undefined || (operator === undefined && preset !== '')) {
    throw new InterpolationError(
      `has "\${${expression}}", which is none of \${NAME}, \${NAME:-default}, \${file:path}; write $\${ for a plain \${`,
    );
  }
  const value = Object.hasOwn(env, name) ? env[name] : undefined;
  if (operator !== undefined && (value === undefined || value === '')) return { text: preset, secret: false };
  if (value === undefined)
    throw new InterpolationError(`needs the environment variable ${name}, which is not set`, name);
  return { text: value, secret: true };
}

async function readSecret(path: string, from: Interpolation): Promise<{ text: string; secret: boolean }> {
  const cannot = (state: string): InterpolationError => new InterpolationError(`cannot read "${path}": ${state}`);
  let file;
  try {
    // Non-blocking, so that a named pipe cannot stop the start.
    file = await open(expandPath(path, from.root, from.env), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    throw cannot((error as NodeJS.ErrnoException).code === 'ENOENT' ? 'no such file' : messageOf(error));
  }
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw cannot('not a file');
    if (stat.size > MAX_SECRET) throw cannot(`larger than ${MAX_SECRET} bytes`);
    const text = new TextDecoder('utf-8', { fatal: true }).decode(await file.readFile());
    return { text: text.replace(/\r?\n$/, ''), secret: true };
  } catch (error) {
    throw error instanceof TypeError ? cannot('not UTF-8 text') : error;
  } finally {
    await file.close();
  }
}
