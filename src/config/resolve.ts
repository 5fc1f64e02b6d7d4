import type { Permissions } from '../contract/metadata.ts';
import { parseDependency } from '../contract/dependency.ts';
import { pathText } from '../contract/explain.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { interpolate, InterpolationError, isInterpolated } from './interpolate.ts';
import { FETCH_LIMITS, LIMITS, readQuantities } from './limits.ts';
import type { Path, Places } from './parsed.ts';
import { expandPath } from './paths.ts';
import type { Problem } from './problems.ts';
import { registriesConfig } from './registries.ts';
import { trustConfig } from './trust.ts';
import type { FetchConfig, HostConfig, Limits, PluginConfig, Requirement } from './types.ts';

type Env = Readonly<Record<string, string | undefined>>;

type Resolved = Omit<HostConfig, 'file' | 'root' | 'lockFile' | 'dataDir' | 'cacheDir'> & {
  readonly dataDir: string | undefined;
  readonly cacheDir: string | undefined;
};

/**
 * Makes the host's config of what the schema has accepted: interpolated, with absolute paths, base units and every default.
 * Nothing of a disabled plugin is interpolated.
 */
export async function resolveConfig(
  raw: JsonObject,
  places: Places,
  from: { readonly env: Env; readonly root: string; readonly shown: string },
): Promise<{ readonly config: Resolved; readonly problems: readonly Problem[] }> {
  const problems: Problem[] = [];
  const secrets: string[] = [];
  const report = (path: Path, message: string, extra: Partial<Problem> = {}): void => {
    problems.push({ place: places.of(path), key: pathText(path), message, ...extra });
  };

  const text = async (value: string, path: Path, secret: boolean): Promise<string> => {
    try {
      const interpolated = await interpolate(value, from);
      if (secret) secrets.push(...interpolated.secrets);
      return interpolated.text;
    } catch (error) {
      if (!(error instanceof InterpolationError)) throw error;
      const { missing } = error;
      report(path, error.message, {
        code: missing === undefined ? 'ERR_CONFIG_INVALID' : 'ERR_CONFIG_ENV',
        ...(missing === undefined ? {} : { hint: `set ${missing}, or give a default: \${${missing}:-default}` }),
      });
      return '';
    }
  };

  const deep = async (value: Json, path: Path, base: number, found: Set<string>): Promise<Json> => {
    if (typeof value === 'string') {
      if (isInterpolated(value)) found.add(pointer(path.slice(base)));
      return text(value, path, true);
    }
    if (Array.isArray(value)) {
      const out: Json[] = [];
      for (const [index, item] of (value as readonly Json[]).entries()) {
        out.push(await deep(item, [...path, index], base, found));
      }
      return out;
    }
    if (value === null || typeof value !== 'object') return value;
    const out: Record<string, Json> = {};
    for (const [key, member] of Object.entries(value as JsonObject)) {
      out[key] = await deep(member as Json, [...path, key], base, found);
    }
    return out;
  };

  const list = async (value: Json | undefined, path: Path, paths: boolean): Promise<string[] | undefined> => {
    if (value === undefined) return undefined;
    const out: string[] = [];
    for (const [index, item] of (value as readonly string[]).entries()) {
      const at = [...path, index];
      const plain = await text(item, at, false);
      if (!paths) out.push(plain);
      else if (plain.startsWith('!')) out.push(`!${expandPath(plain.slice(1), from.root, from.env)}`);
      else out.push(expandPath(plain, from.root, from.env));
      if (plain === '' || plain === '!') report(at, 'must not be empty');
    }
    return out;
  };

  const permissions = async (value: JsonObject, path: Path): Promise<Permissions> => {
    const entries: [string, unknown][] = [];
    for (const [key, member] of Object.entries(value)) {
      if (key !== 'events') entries.push([key, await list(member, [...path, key], key === 'read' || key === 'write')]);
      else {
        const events = member as JsonObject;
        const topics: [string, unknown][] = [];
        for (const [kind, names] of Object.entries(events))
          topics.push([kind, await list(names, [...path, key, kind], false)]);
        entries.push([key, Object.fromEntries(topics)]);
      }
    }
    return Object.fromEntries(entries) as Permissions;
  };

  const limitsOf = (value: Json | undefined, path: Path, defaults?: Limits): Limits =>
    readQuantities(LIMITS, (value ?? {}) as JsonObject, (key, message) => report([...path, key], message), defaults);

  const defaults = limitsOf(raw['limits'], ['limits']);

  const plugin = async (name: string, entry: JsonObject): Promise<PluginConfig> => {
    const path = ['plugins', name];
    const enabled = entry['enabled'] === true;
    const source = entry['source'] as string | undefined;
    if (source !== undefined && isInterpolated(source)) {
      report([...path, 'source'], 'must be written out, because the lock names it: it cannot hold ${…}', {
        hint: 'a token for its host goes into fetch.tokens or AITBC_TOKENS',
      });
    }
    const dependencies = (entry['dependencies'] ?? []) as readonly string[];
    for (const [index, dependency] of dependencies.entries()) {
      const parsed = parseDependency(dependency);
      if (!parsed) report([...path, 'dependencies', index], 'must be the name of a plugin, or name@range');
      else if (parsed.name === name) report([...path, 'dependencies', index], 'must not be the plugin itself');
    }
    const config = (entry['config'] ?? {}) as JsonObject;
    const granted = (entry['permissions'] ?? {}) as JsonObject;
    const interpolated = new Set<string>();
    return {
      name,
      enabled,
      priority: (entry['priority'] as number | undefined) ?? 50,
      required: entry['required'] === true,
      source,
      config: enabled
        ? ((await deep(config, [...path, 'config'], path.length + 1, interpolated)) as JsonObject)
        : config,
      interpolated,
      dependencies,
      permissions: enabled ? await permissions(granted, [...path, 'permissions']) : granted,
      limits: limitsOf(entry['limits'], [...path, 'limits'], defaults),
      isolation: (entry['isolation'] as PluginConfig['isolation'] | undefined) ?? 'shared',
      ...(entry['require'] === undefined ? {} : { require: entry['require'] as Requirement }),
      at: places.of(path, 'key'),
      where: (below) => ({ file: from.shown, ...places.of([...path, 'config', ...below]) }),
    };
  };

  const plugins = new Map<string, PluginConfig>();
  for (const [name, entry] of Object.entries((raw['plugins'] ?? {}) as JsonObject)) {
    plugins.set(name, await plugin(name, entry as JsonObject));
  }
  const optional = async (key: string): Promise<string | undefined> =>
    raw[key] === undefined ? undefined : text(raw[key] as string, [key], false);
  const trust = (raw['trust'] ?? {}) as JsonObject;
  const publishers = new Set(Object.keys((trust['publishers'] ?? {}) as JsonObject));
  const config: Resolved = {
    plugins,
    pluginPaths: (await list(raw['plugin_paths'], ['plugin_paths'], true)) ?? [],
    autoLoad: raw['auto_load'] !== false,
    hardening: (raw['hardening'] as HostConfig['hardening'] | undefined) ?? 'auto',
    healthCheckInterval: (raw['health_check_interval'] as number | undefined) ?? 60,
    dataDir: await optional('data_dir'),
    cacheDir: await optional('cache_dir'),
    fetch: await fetchConfig((raw['fetch'] ?? {}) as JsonObject),
    ...(raw['trust'] === undefined ? {} : { trust: trustConfig(raw['trust'] as JsonObject, { ...from, report }) }),
    ...(raw['registries'] === undefined
      ? {}
      : { registries: registriesConfig(raw['registries'] as readonly Json[], { ...from, publishers, report }) }),
    secrets,
  };
  return { config, problems };

  async function fetchConfig(value: JsonObject): Promise<FetchConfig> {
    const tokens = new Map<string, string>();
    for (const [host, token] of Object.entries((value['tokens'] ?? {}) as JsonObject)) {
      const plain = await text(token as string, ['fetch', 'tokens', host], false);
      tokens.set(host.toLowerCase(), plain);
      if (plain !== '') secrets.push(plain);
    }
    const ca = value['ca'] as string | undefined;
    return {
      allowInsecure: (await list(value['allow_insecure'], ['fetch', 'allow_insecure'], false)) ?? [],
      ca: ca === undefined ? undefined : expandPath(await text(ca, ['fetch', 'ca'], false), from.root, from.env),
      tokens,
      ...readQuantities(FETCH_LIMITS, value, (key, message) => report(['fetch', key], message)),
    };
  }
}

function pointer(path: Path): string {
  return path.map((step) => `/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
