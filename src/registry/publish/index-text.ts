/**
 * The text of an index that is changed by hand and by us. Guarantees that what is not changed keeps its keys and values, known to
 * us or not, and that the result is an index that `parseIndex` accepts. Trusts nothing of the text.
 */
import semver from 'semver';
import { PluginError } from '../../core/errors.ts';
import type { Json, JsonObject } from '../../core/json.ts';
import { parseStrictJson } from '../../core/parse-json.ts';
import { parseIndex } from '../index-format.ts';

export interface IndexDocument {
  /** All keys but `plugins`. */
  readonly rest: JsonObject;
  readonly plugins: readonly JsonObject[];
}

/** What a registry begins with: it counts its changes from the first. */
export const EMPTY_INDEX: IndexDocument = { rest: { serial: 0 }, plugins: [] };

/** Throws ERR_REGISTRY, as every reader of it would. */
export function readIndexDocument(bytes: Uint8Array, label: string): IndexDocument {
  parseIndex(bytes, label);
  const parsed = parseStrictJson(new TextDecoder().decode(bytes));
  if (!parsed.ok) throw new PluginError('ERR_REGISTRY', `Cannot use "${label}": ${parsed.reason}`);
  const { plugins, ...rest } = parsed.value as JsonObject & { readonly plugins: readonly JsonObject[] };
  return { rest, plugins };
}

/** Sorted by name, then by version, one entry a line: two branches that publish merge in git. */
export function formatIndexDocument({ rest, plugins }: IndexDocument): string {
  const members = Object.entries(rest).map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)},\n`);
  const lines = [...plugins].sort(byNameAndVersion).map((entry) => `\n    ${JSON.stringify(entry)}`);
  return `{\n${members.join('')}  "plugins": [${lines.join(',')}\n  ]\n}\n`;
}

/** The next state of an index: where it counts its changes it counts this one, and where it says when it was made it says it anew. */
export function nextIndex({ rest }: IndexDocument, plugins: readonly JsonObject[], now: string): IndexDocument {
  const { serial, generated } = rest;
  return {
    rest: {
      ...rest,
      ...(typeof serial === 'number' ? { serial: serial + 1 } : {}),
      ...(generated === undefined ? {} : { generated: now }),
    },
    plugins,
  };
}

export function findEntry(plugins: readonly JsonObject[], name: string, version: string): JsonObject | undefined {
  // Build metadata does not make another version.
  return plugins.find((entry) => entry['name'] === name && sameVersion(entry['version'], version));
}

function sameVersion(a: Json | undefined, b: string): boolean {
  return typeof a === 'string' && semver.eq(a, b);
}

function byNameAndVersion(a: JsonObject, b: JsonObject): number {
  const [one, other] = [textOf(a, 'name'), textOf(b, 'name')];
  return one === other ? semver.compareBuild(textOf(a, 'version'), textOf(b, 'version')) : one < other ? -1 : 1;
}

function textOf(entry: JsonObject, key: string): string {
  const value = entry[key];
  return typeof value === 'string' ? value : '';
}
