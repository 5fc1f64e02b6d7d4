import { isDeepStrictEqual } from 'node:util';
import type { Permissions } from '../contract/metadata.ts';
import { PluginError } from '../core/errors.ts';
import type { Json, JsonObject } from '../core/json.ts';
import { editJson } from './edit-json.ts';
import { editYaml } from './edit-yaml.ts';
import { parseText } from './parse-text.ts';
import { configError } from './problems.ts';
import type { TrustException } from './types.ts';

/** One change: the value at a path below the root, or its removal. */
export interface Edit {
  readonly path: readonly string[];
  readonly value: Json | undefined;
  /** The value becomes the last item of the list that is there. */
  readonly append?: boolean;
}

/** A config's text, and the name of its file: `.json` is JSON, all else YAML. Nothing is written. */
export interface ConfigText {
  readonly text: string;
  readonly file: string;
}

/** Adds a plugin at the end. An empty text becomes a config. @throws ERR_CONFIG_INVALID when the name is taken */
export function addPlugin(config: ConfigText, name: string, entry: JsonObject): string {
  if (pluginOf(config, name) !== undefined) throw cannot(config, `it has a plugin "${name}" already`);
  return edit(config, { path: ['plugins', name], value: entry });
}

/** @throws ERR_CONFIG_INVALID when there is no such plugin */
export function removePlugin(config: ConfigText, name: string): string {
  demand(config, name);
  return edit(config, { path: ['plugins', name], value: undefined });
}

export function setEnabled(config: ConfigText, name: string, enabled: boolean): string {
  return setPluginKey(config, name, 'enabled', enabled);
}

/** Replaces all of a plugin's permissions; empty ones are removed. */
export function setPermissions(config: ConfigText, name: string, permissions: Permissions): string {
  const value = JSON.parse(JSON.stringify(permissions)) as JsonObject;
  return setPluginKey(config, name, 'permissions', Object.keys(value).length === 0 ? undefined : value);
}

/** A plugin's permissions as written: neither interpolated nor checked. */
export function permissionsIn(config: ConfigText, name: string): Permissions {
  return (demand(config, name)['permissions'] ?? {}) as Permissions;
}

/** Sets or, with `undefined`, removes one key of a plugin. */
export function setPluginKey(config: ConfigText, name: string, key: string, value: Json | undefined): string {
  const plugin = demand(config, name);
  if (isDeepStrictEqual(plugin[key], value)) return config.text;
  return edit(config, { path: ['plugins', name, key], value });
}

/** Adds an item to `trust.exceptions`; the list is begun where there is none. */
export function addException(config: ConfigText, exception: TrustException): string {
  const { plugin, reason, expires } = exception;
  const path = ['trust', 'exceptions'];
  const item = { plugin, reason, expires };
  const trust = read(config)['trust'] ?? {};
  const list = typeof trust === 'object' && !Array.isArray(trust) ? (trust as JsonObject)['exceptions'] : undefined;
  const isBegun = Array.isArray(list) && list.length > 0;
  return edit(config, isBegun ? { path, value: item, append: true } : { path, value: [item] });
}

/** Keeps comments, order, `${…}`, indentation, line ends and a BOM; what the edit does not name stays as it is. */
function edit(config: ConfigText, change: Edit): string {
  const bom = config.text.startsWith('\uFEFF') ? '\uFEFF' : '';
  const text = config.text.slice(bom.length);
  const wanted = apply(read(config), change);
  const candidates = isJson(config) ? [editJson(text, change)] : editYaml(text, change);
  // An edit of text is a guess about its layout, so the result is read again: it must say what was asked for, nothing else.
  for (const candidate of candidates) {
    const parsed = parseText(candidate, config.file);
    if (parsed.problems.length === 0 && isDeepStrictEqual(parsed.value, wanted)) return bom + candidate;
  }
  throw cannot(config, `${change.path.join('.')} cannot be edited in place`, 'edit it by hand');
}

function read(config: ConfigText): JsonObject {
  const text = config.text.replace(/^\uFEFF/, '');
  if (text.trim() === '') return {};
  const parsed = parseText(text, config.file);
  const onlyEmpty = parsed.problems.length === 1 && parsed.value === null && !isJson(config);
  if (parsed.problems.length > 0 && !onlyEmpty) throw configError(config.file, parsed.problems);
  if (parsed.value === null) return {};
  if (typeof parsed.value !== 'object' || Array.isArray(parsed.value)) throw cannot(config, 'it is not a map');
  return parsed.value as JsonObject;
}

function pluginOf(config: ConfigText, name: string): Json | undefined {
  const plugins = read(config)['plugins'] ?? {};
  if (typeof plugins !== 'object' || Array.isArray(plugins)) throw cannot(config, 'plugins is not a map');
  return Object.hasOwn(plugins, name) ? (plugins as JsonObject)[name] : undefined;
}

function demand(config: ConfigText, name: string): JsonObject {
  const plugin = pluginOf(config, name);
  if (plugin === undefined) throw cannot(config, `it has no plugin "${name}"`);
  if (plugin === null || typeof plugin !== 'object' || Array.isArray(plugin)) {
    throw cannot(config, `plugins.${name} is not a map`);
  }
  return plugin as JsonObject;
}

function apply(root: JsonObject, change: Edit): JsonObject {
  const out = structuredClone(root) as Record<string, Json | undefined>;
  let at = out;
  for (const key of change.path.slice(0, -1)) {
    at[key] ??= {};
    at = at[key] as Record<string, Json | undefined>;
  }
  const last = change.path.at(-1) ?? '';
  if (change.append === true) at[last] = [...((at[last] ?? []) as Json[]), structuredClone(change.value ?? null)];
  else if (change.value === undefined) delete at[last];
  else at[last] = structuredClone(change.value);
  return out;
}

function isJson(config: ConfigText): boolean {
  return config.file.toLowerCase().endsWith('.json');
}

function cannot(config: ConfigText, state: string, hint?: string): PluginError {
  return new PluginError('ERR_CONFIG_INVALID', `Cannot edit "${config.file}": ${state}`, {
    details: { file: config.file },
    ...(hint === undefined ? {} : { hint }),
  });
}
