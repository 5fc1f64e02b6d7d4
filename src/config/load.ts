import { dirname, relative, resolve } from 'node:path';
import type { ValidateFunction } from 'ajv';
import { explain, pathText } from '../contract/explain.ts';
import { NotPlain, plainJson } from '../contract/plain.ts';
import { PluginError } from '../core/errors.ts';
import type { JsonObject } from '../core/json.ts';
import { schemaValidator } from '../core/schema-validator.ts';
import { tokensFrom, type RunFlags } from './environment.ts';
import { CONFIG_NAMES, findConfig } from './find.ts';
import { CONFIG_BOUNDS, Places, type ParsedFile } from './parsed.ts';
import { parseText } from './parse-text.ts';
import { defaultCacheDir, expandPath, lockFileOf } from './paths.ts';
import { configError, type Problem } from './problems.ts';
import { readConfigText } from './read.ts';
import { resolveConfig } from './resolve.ts';
import { CONFIG_SCHEMA } from './schema.ts';
import type { HostConfig } from './types.ts';

export interface LoadConfigOptions {
  /** Path of plugins.yaml; default: `AITBC_CONFIG`, else the nearest one from `cwd` upward. */
  readonly file?: string | undefined;
  /** The config itself, in place of a file. */
  readonly object?: unknown;
  /** Path of the lock; default: beside the config. */
  readonly lock?: string | undefined;
  /** Default: the process's. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  readonly flags?: Pick<RunFlags, 'dataDir' | 'cacheDir'>;
}

/**
 * Reads, validates and interpolates the config.
 * @throws ERR_CONFIG_INVALID with every problem found; ERR_CONFIG_ENV when only environment variables are missing
 */
export async function loadConfig(options: LoadConfigOptions = {}): Promise<HostConfig> {
  const env = options.env ?? process.env;
  const cwd = resolve(options.cwd ?? process.cwd());
  const file = options.object === undefined ? await findConfig({ file: options.file, env, cwd }) : undefined;
  if (file === undefined && options.object === undefined) {
    throw new PluginError(
      'ERR_CONFIG_INVALID',
      `Cannot find a config: no ${CONFIG_NAMES.join(', ')} in "${cwd}" or above`,
      {
        hint: '`aitbc plugin add <specifier>` writes one here; --config <file> names one elsewhere',
      },
    );
  }
  const shown = file === undefined ? 'the config' : shownPath(file, cwd);
  const parsed = file === undefined ? parseObject(options.object) : parseText(await readConfigText(file, shown), shown);
  if (parsed.problems.length > 0) throw configError(shown, parsed.problems);
  const invalid = validate(parsed);
  if (invalid.length > 0) throw configError(shown, invalid);

  const root = file === undefined ? cwd : dirname(file);
  const { problems, config } = await resolveConfig(parsed.value as JsonObject, parsed.places, { env, root, shown });
  if (problems.length > 0) throw configError(shown, problems);
  const tokens = new Map([...config.fetch.tokens, ...tokensFrom(env)]);
  const chosen = (
    flag: string | undefined,
    variable: string,
    configured: string | undefined,
    preset: string,
  ): string => {
    const given = flag ?? (env[variable] || undefined);
    if (given !== undefined) return resolve(cwd, given);
    return configured === undefined ? preset : expandPath(configured, root, env);
  };
  return {
    file,
    root,
    lockFile:
      options.lock === undefined ? lockFileOf(file ?? resolve(root, 'plugins.yaml')) : resolve(cwd, options.lock),
    dataDir: chosen(options.flags?.dataDir, 'AITBC_DATA', config.dataDir, resolve(root, '.aitbc')),
    cacheDir: chosen(options.flags?.cacheDir, 'AITBC_CACHE', config.cacheDir, defaultCacheDir(env)),
    plugins: config.plugins,
    pluginPaths: config.pluginPaths,
    autoLoad: config.autoLoad,
    healthCheckInterval: config.healthCheckInterval,
    hardening: config.hardening,
    fetch: { ...config.fetch, tokens },
    ...(config.trust === undefined ? {} : { trust: config.trust }),
    ...(config.registries === undefined ? {} : { registries: config.registries }),
    secrets: [...new Set([...config.secrets, ...tokens.values()])],
  };
}

/** How a path is shown: relative where that is shorter to read. */
export function shownPath(file: string, cwd: string): string {
  const short = relative(cwd, file);
  return short !== '' && !short.startsWith('..') ? short : file;
}

function parseObject(object: unknown): ParsedFile {
  const places = new Places(() => ({ line: 1, column: 1 }));
  try {
    return { value: plainJson(object, CONFIG_BOUNDS), problems: [], places };
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    return { value: null, problems: [{ place: undefined, key: error.path, message: error.expected }], places };
  }
}

let compiled: ValidateFunction | undefined;

/** Problems of a parsed config by the schema; empty when it is valid. */
export function validate(parsed: ParsedFile): Problem[] {
  compiled ??= schemaValidator(CONFIG_SCHEMA);
  if (compiled(parsed.value)) return [];
  return explain(compiled.errors ?? []).map(({ path, message, key }) => ({
    place: parsed.places.of(path, key ? 'key' : 'value'),
    key: pathText(path),
    message: path.length === 0 ? `the file ${message}` : message,
    ...(message.startsWith('must be true or false')
      ? { hint: 'in YAML 1.2 only true and false are booleans: yes, no, on, off are text' }
      : {}),
  }));
}
