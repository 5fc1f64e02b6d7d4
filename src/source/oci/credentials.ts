/**
 * User names and passwords of registries, from the config's tokens and docker's config.json. Guarantees that what was
 * written for one host is given for that host alone, and that no credential helper is run. Trusts both files: they are
 * the operator's.
 */
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PluginError } from '../../core/errors.ts';
import { parseStrictJson, type MutableJson } from '../../core/parse-json.ts';
import { codeOf, storeError } from '../../core/system-error.ts';
import { hostKeys } from '../http/hosts.ts';

export interface Credentials {
  /** `user:password` for the host of a URL, or a token alone. The config's go before docker's. */
  for(url: URL): string | undefined;
  /** Whether docker keeps the password of the host in a program, which is not run. */
  inHelper(url: URL): boolean;
}

interface DockerConfig {
  readonly logins: ReadonlyMap<string, string>;
  readonly helpers: ReadonlySet<string>;
  readonly store: boolean;
}

const MAX_BYTES = 1024 * 1024;
/** Docker Hub is one service under four names. */
const HUB = ['docker.io', 'index.docker.io', 'registry-1.docker.io', 'auth.docker.io'];

export async function readCredentials(
  tokens: ReadonlyMap<string, string>,
  env: NodeJS.ProcessEnv,
): Promise<Credentials> {
  const folder = env['DOCKER_CONFIG'] || join(env['HOME'] ?? homedir(), '.docker');
  const { logins, helpers, store } = await readDockerConfig(join(folder, 'config.json'));
  return {
    for: (url) => firstOf(tokens, url) ?? firstOf(logins, url),
    inHelper: (url) => store || keysOf(url).some((key) => helpers.has(key)),
  };
}

function keysOf(url: URL): readonly string[] {
  const keys = hostKeys(url);
  return url.protocol === 'https:' && url.port === '' && HUB.includes(url.hostname) ? [...keys, ...HUB] : keys;
}

function firstOf(known: ReadonlyMap<string, string>, url: URL): string | undefined {
  const key = keysOf(url).find((each) => known.has(each));
  return key === undefined ? undefined : known.get(key);
}

async function readDockerConfig(file: string): Promise<DockerConfig> {
  const logins = new Map<string, string>();
  const helpers = new Set<string>();
  const text = await read(file);
  if (text === undefined) return { logins, helpers, store: false };
  const parsed = parseStrictJson(text);
  if (!parsed.ok) throw invalid(file, `line ${parsed.line}, column ${parsed.column}: ${parsed.reason}`);
  const config = membersOf(parsed.value);
  for (const [key, entry] of Object.entries(membersOf(config['auths']))) {
    const { auth, username, password } = membersOf(entry);
    const host = hostOf(key);
    if (host === undefined) continue;
    if (typeof auth === 'string' && auth !== '') logins.set(host, Buffer.from(auth, 'base64').toString());
    else if (typeof username === 'string' && typeof password === 'string') logins.set(host, `${username}:${password}`);
  }
  for (const key of Object.keys(membersOf(config['credHelpers']))) helpers.add(hostOf(key) ?? key);
  return { logins, helpers, store: typeof config['credsStore'] === 'string' && config['credsStore'] !== '' };
}

/** `ghcr.io`, `host:5000`, `https://index.docker.io/v1/`. */
function hostOf(key: string): string | undefined {
  const [, host] = /^(?:https?:\/\/)?([^/]+)(?:\/v[12])?\/?$/i.exec(key) ?? [];
  return host?.toLowerCase();
}

function membersOf(value: MutableJson | undefined): Readonly<Record<string, MutableJson>> {
  return value !== null && typeof value === 'object' && !Array.isArray(value) ? value : {};
}

async function read(file: string): Promise<string | undefined> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if (['ENOENT', 'ENOTDIR', 'EISDIR'].includes(codeOf(error) ?? '')) return undefined;
    throw storeError('read', file, error);
  }
  if (text.length > MAX_BYTES) throw invalid(file, `it is larger than ${MAX_BYTES} bytes`);
  return text;
}

function invalid(file: string, state: string): PluginError {
  return new PluginError('ERR_CONFIG_INVALID', `Cannot read "${file}": ${state}`, {
    hint: 'correct it, or name another folder in DOCKER_CONFIG',
  });
}
