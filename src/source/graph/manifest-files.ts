import { stripComments } from 'jsonc-parser';
import { PluginError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { parseStrictJson } from '../../core/parse-json.ts';
import type { ModuleId } from '../types.ts';
import { readImportMap } from './import-map.ts';

/** The assets every plugin may have at its root. */
export const MANIFEST_FILES: readonly ModuleId[] = ['plugin.json', 'config_schema.json'];

export interface FoundImportMap {
  /** `{imports?, scopes?, jsxImportSource?}`; undefined where no file has any. */
  readonly importMap: JsonObject | undefined;
  /** The file it came from, where that is no manifest. */
  readonly file: ModuleId | undefined;
}

/**
 * The import map of a plugin, from the first of these at its root that has one: `import_map` of plugin.json; `imports`,
 * `scopes` or `importMap` (a path) of deno.json; import_map.json. `read` gives undefined for what does not exist.
 */
export async function findImportMap(read: (id: ModuleId) => Promise<Uint8Array | undefined>): Promise<FoundImportMap> {
  const manifest = await readJson(read, 'plugin.json');
  if (manifest?.import_map !== undefined) {
    const map = objectOf('plugin.json', manifest.import_map);
    return { importMap: check('plugin.json', pick(map, map.jsxImportSource)), file: undefined };
  }
  const deno = await readJson(read, 'deno.json');
  if (deno?.importMap !== undefined) {
    const path = typeof deno.importMap === 'string' ? deno.importMap.replace(/^\.\//, '') : '';
    const mapped = OWN_PATH.test(path) ? await readJson(read, path) : undefined;
    if (mapped === undefined) throw invalid('deno.json', '"importMap" is not the path of a file of the plugin');
    return { importMap: check(path, pick(mapped, jsxOf(deno))), file: path };
  }
  for (const [file, json] of [
    ['deno.json', deno],
    ['import_map.json', await readJson(read, 'import_map.json')],
  ] as const) {
    const importMap = json === undefined ? {} : pick(json, jsxOf(json));
    if (Object.keys(importMap).length > 0) return { importMap: check(file, importMap), file };
  }
  return { importMap: undefined, file: undefined };
}

const OWN_PATH = /^(?!\.{0,2}\/)(?![a-z][a-z0-9+.-]*:)[^\\\u0000]+$/i;

function pick(json: JsonObject, jsxImportSource: Json | undefined): JsonObject {
  const { imports, scopes } = json;
  return {
    ...(imports === undefined ? {} : { imports }),
    ...(scopes === undefined ? {} : { scopes }),
    ...(jsxImportSource === undefined ? {} : { jsxImportSource }),
  };
}

/** `jsxImportSource` at the top, or where deno.json has it. */
function jsxOf(json: JsonObject): Json | undefined {
  const options = json.compilerOptions;
  if (json.jsxImportSource !== undefined || typeof options !== 'object' || options === null)
    return json.jsxImportSource;
  return (options as JsonObject).jsxImportSource;
}

async function readJson(
  read: (id: ModuleId) => Promise<Uint8Array | undefined>,
  file: ModuleId,
): Promise<JsonObject | undefined> {
  const bytes = await read(file);
  if (bytes === undefined) return undefined;
  const text = new TextDecoder().decode(bytes);
  // Deno takes comments in its own file.
  const parsed = parseStrictJson(file === 'deno.json' ? stripComments(text, ' ') : text);
  if (!parsed.ok) throw invalid(file, `${parsed.line}:${parsed.column}: ${parsed.reason}`);
  return objectOf(file, parsed.value);
}

function objectOf(file: ModuleId, value: Json): JsonObject {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as JsonObject;
  throw invalid(file, 'it is not a JSON object');
}

function check(file: ModuleId, importMap: JsonObject): JsonObject {
  const read = readImportMap(importMap);
  if (typeof read === 'string') throw invalid(file, read);
  return importMap;
}

function invalid(file: ModuleId, state: string): PluginError {
  return new PluginError('ERR_METADATA', `Cannot read "${file}": ${state}`, {
    details: { file },
    hint: 'An import map is {"imports": {"<name>": "<URL or ./path>"}, "scopes": {…}}.',
  });
}
