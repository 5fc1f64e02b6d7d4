/**
 * What of `.npmrc` is read: registries and their tokens. Guarantees that nothing else in it has an effect, and that a token is
 * kept with the host and path it was written for. Trusts the file: it is the operator's.
 */
import { readFile } from 'node:fs/promises';
import { PluginError } from '../../core/errors.ts';
import { codeOf, storeError } from '../../core/system-error.ts';

export interface Npmrc {
  readonly registry: string | undefined;
  /** `@scope` -> URL. */
  readonly scopes: ReadonlyMap<string, string>;
  /** `host/path/` -> token. */
  readonly tokens: ReadonlyMap<string, string>;
}

const MAX_BYTES = 256 * 1024;

/** The first file that says something counts for it. A file that is not there says nothing. */
export async function readNpmrc(files: readonly string[], env: NodeJS.ProcessEnv): Promise<Npmrc> {
  let registry: string | undefined;
  const scopes = new Map<string, string>();
  const tokens = new Map<string, string>();
  for (const file of files) {
    const text = await read(file);
    for (const [key, value] of text === undefined ? [] : parse(text, env)) {
      const scope = /^(@[^:/]+):registry$/.exec(key)?.[1];
      const host = /^\/\/(.+?)\/?:_authToken$/.exec(key)?.[1];
      if (key === 'registry') registry ??= value;
      else if (scope !== undefined && !scopes.has(scope)) scopes.set(scope, value);
      else if (host !== undefined && !tokens.has(`${host}/`)) tokens.set(`${host}/`, value);
    }
  }
  return { registry, scopes, tokens };
}

/** `key = value` by line; the last of one file counts. A value whose `${NAME}` is not set is left out, as if it stood nowhere. */
function parse(text: string, env: NodeJS.ProcessEnv): ReadonlyMap<string, string> {
  const values = new Map<string, string>();
  for (const line of text.replace(/^\uFEFF/, '').split(/\r\n|\n|\r/)) {
    const [, name, written] = /^\s*([^;#=\s][^=]*?)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    if (name === undefined || written === undefined) continue;
    const key = expand(unquote(name), env);
    const value = expand(unquote(written), env);
    if (key !== undefined && value !== undefined && value !== '') values.set(key, value);
  }
  return values;
}

function unquote(text: string): string {
  return /^(["'])(.*)\1$/s.exec(text)?.[2] ?? text;
}

/** `${NAME}`, and `${NAME?}`, which is empty where it is not set. */
function expand(text: string, env: NodeJS.ProcessEnv): string | undefined {
  let known = true;
  const expanded = text.replaceAll(/\$\{([^${}?]+)(\?)?\}/g, (_, name: string, optional?: string) => {
    const value = env[name];
    if (value === undefined && optional === undefined) known = false;
    return value ?? '';
  });
  return known ? expanded : undefined;
}

async function read(file: string): Promise<string | undefined> {
  try {
    const text = await readFile(file, 'utf8');
    if (text.length <= MAX_BYTES) return text;
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw storeError('read', file, error);
  }
  throw new PluginError('ERR_CONFIG_INVALID', `Cannot read "${file}": it is larger than ${MAX_BYTES} bytes`);
}
