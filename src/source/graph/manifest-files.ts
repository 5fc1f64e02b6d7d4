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
 * The import map of a plugin, from the first of these at its root that has one: `imports` or `importMap` (a path) of
 * plugin.json; the same of deno.json; import_map.json. `read` gives undefined for what does not exist.
 */
export async function findImportMap(read: (id: ModuleId) => Promise<Uint8Array | undefined>): Promise<FoundImportMap> {
  for (const file of ['plugin.json', 'deno.json', 'import_map.json']) {
    const bytes = await read(file);
    if (bytes === undefined) continue;
    const json = parse(file, bytes);
    const path = file === 'import_map.json' ? undefined : json.importMap;
    if (path !== undefined) {
      const id = typeof path === 'string' ? path.replace(/^\.\//, '') : '';
      const mapped = /^(?!\.{0,2}\/)(?![a-z][a-z0-9+.-]*:)[^\\\u0000]+$/i.test(id) ? await read(id) : undefined;
      if (mapped === undefined) throw invalid(file, '"importMap" is not the path of a file of the plugin');
      return { importMap: check(id, pick(parse(id, mapped), jsxOf(json))), file: id };
    }
    const importMap = pick(json, jsxOf(json));
    if (Object.keys(importMap).length === 0) continue;
    return { importMap: check(file, importMap), file: file === 'plugin.json' ? undefined : file };
  }
  return { importMap: undefined, file: undefined };
}

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

function parse(file: ModuleId, bytes: Uint8Array): JsonObject {
  const parsed = parseStrictJson(new TextDecoder().decode(bytes));
  if (!parsed.ok) throw invalid(file, `${parsed.line}:${parsed.column}: ${parsed.reason}`);
  if (typeof parsed.value !== 'object' || parsed.value === null || Array.isArray(parsed.value)) {
    throw invalid(file, 'it is not a JSON object');
  }
  return parsed.value;
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
