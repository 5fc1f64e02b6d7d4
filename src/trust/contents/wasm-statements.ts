/**
 * What a WebAssembly component says it was made of: cargo-auditable's `.dep-v0`, or a CycloneDX document in a custom section.
 * Guarantees bounded work and bounded, checked text; trusts the component's author for its truth, and nobody for its form.
 */
import { inflateSync } from 'node:zlib';
import { messageOf } from '../../core/errors.ts';
import { parseStrictJson, type MutableJson } from '../../core/parse-json.ts';
import { printable } from '../../core/text.ts';
import { Cursor, MalformedBinary } from '../../source/component/binary.ts';
import {
  CUSTOM,
  type CustomSection,
  isComponent,
  isWasm,
  readCustom,
  sectionsOf,
} from '../../source/component/sections.ts';
import { isVersion } from '../../source/npm/names.ts';
import { cargoPurl, readPurl } from './purl.ts';

export interface StatedPackage {
  readonly purl: string;
  readonly name: string;
  readonly version: string | undefined;
  readonly ecosystem: string | undefined;
  readonly dependsOn: readonly string[];
  readonly root: boolean;
}

export interface WasmStatements {
  /** Undefined: nothing is stated. */
  readonly packages: readonly StatedPackage[] | undefined;
  /** `rustc 1.90.0`: what made it, by its `producers`. */
  readonly tools: readonly string[];
  /** What is stated and cannot be used. */
  readonly faults: readonly string[];
}

const MAX_JSON = 8 * 2 ** 20;
const MAX_PACKAGES = 10_000;
const MAX_DEPTH = 8;
const MAX_BINARIES = 256;
const SBOM_SECTIONS: ReadonlySet<string> = new Set(['sbom', 'sbom.cdx.json', 'cyclonedx', 'bom']);

export function statementsOf(bytes: Uint8Array): WasmStatements {
  const packages: StatedPackage[] = [];
  const tools = new Set<string>();
  const faults: string[] = [];
  let states = false;
  const take = (what: string, read: () => StatedPackage[]): void => {
    try {
      const found = read();
      packages.push(...found.slice(0, Math.max(0, MAX_PACKAGES - packages.length)));
      if (packages.length >= MAX_PACKAGES) throw new Error(`it names more than ${MAX_PACKAGES} packages`);
      states = true;
    } catch (error) {
      faults.push(`its section ${what} cannot be used: ${printable(messageOf(error), { max: 200 })}`);
    }
  };
  try {
    for (const { name, content } of customSectionsWithin(bytes)) {
      if (name === '.dep-v0') take(name, () => readAuditable(content));
      else if (SBOM_SECTIONS.has(name)) take(name, () => readCycloneDx(content));
      else if (name === 'producers') for (const tool of readProducers(content)) tools.add(tool);
    }
  } catch (error) {
    if (!(error instanceof MalformedBinary)) throw error;
    faults.push(`its sections cannot be read: ${error.message}`);
  }
  return { packages: states ? packages : undefined, tools: [...tools].sort().slice(0, 64), faults };
}

/** Those of the binary and of the modules and components in it. */
function* customSectionsWithin(bytes: Uint8Array): Generator<CustomSection> {
  const waiting: { readonly binary: Uint8Array; readonly depth: number }[] = [{ binary: bytes, depth: 0 }];
  let seen = 0;
  for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
    const { binary, depth } = next;
    if (!isWasm(binary)) continue;
    if (depth > MAX_DEPTH || (seen += 1) > MAX_BINARIES) throw new MalformedBinary('it is nested too deeply');
    const nests = isComponent(binary);
    for (const section of sectionsOf(binary)) {
      if (section.id === CUSTOM) yield readCustom(section);
      else if (nests && (section.id === 1 || section.id === 4)) {
        waiting.push({ binary: section.bytes, depth: depth + 1 });
      }
    }
  }
}

/** cargo-auditable: zlib, then `{packages: [{name, version, source, kind?, dependencies?, root?}]}`. */
function readAuditable(content: Uint8Array): StatedPackage[] {
  const json = parse(inflateSync(content, { maxOutputLength: MAX_JSON }));
  const listed = isObject(json) ? json['packages'] : undefined;
  if (!Array.isArray(listed)) throw new Error('it has no packages');
  if (listed.length > MAX_PACKAGES) throw new Error(`it names ${listed.length} packages`);
  const crates = listed.map((item) => {
    const { name, version, source, kind, dependencies, root } = isObject(item) ? item : {};
    if (typeof name !== 'string' || !/^[A-Za-z0-9_-]{1,128}$/.test(name)) throw new Error('a package has no name');
    if (typeof version !== 'string' || !isVersion(version.replace(/\+[0-9A-Za-z.-]{1,64}$/, ''))) {
      throw new Error(`${name} has no version`);
    }
    const from = typeof source === 'string' ? source : '';
    const isRegistry = from === 'crates.io';
    return {
      name,
      version,
      isRegistry,
      purl: cargoPurl(name, version, isRegistry ? {} : { source: printable(from || 'unknown', { max: 256 }) }),
      isBuild: kind === 'build',
      // A crate of the registry is never the plugin itself.
      root: root === true && !isRegistry,
      needs: Array.isArray(dependencies) ? dependencies.filter((index) => typeof index === 'number') : [],
    };
  });
  return crates
    .filter(({ isBuild }) => !isBuild)
    .map(({ name, version, purl, isRegistry, root, needs }) => ({
      purl,
      name,
      version,
      ecosystem: isRegistry ? 'crates.io' : undefined,
      root,
      dependsOn: [
        ...new Set(needs.flatMap((index) => (crates[index]?.isBuild === false ? [crates[index].purl] : []))),
      ].sort(),
    }));
}

/** `components` with purls; those in components, too. */
function readCycloneDx(content: Uint8Array): StatedPackage[] {
  const json = parse(content);
  if (!isObject(json) || json['bomFormat'] !== 'CycloneDX') throw new Error('it is no CycloneDX document in JSON');
  const found: StatedPackage[] = [];
  const waiting: MutableJson[] = [json['components'] ?? []];
  for (let list = waiting.shift(); list !== undefined; list = waiting.shift()) {
    if (!Array.isArray(list)) throw new Error('its components are no list');
    for (const item of list) {
      if (!isObject(item)) throw new Error('a component is no object');
      if (found.length > MAX_PACKAGES) throw new Error(`it names more than ${MAX_PACKAGES} components`);
      if (item['components'] !== undefined) waiting.push(item['components']);
      if (item['scope'] === 'excluded' || item['type'] === 'file') continue;
      const { purl, name } = item;
      const read = typeof purl === 'string' ? readPurl(purl) : undefined;
      if (read === undefined) throw new Error(`"${typeof name === 'string' ? name : ''}" has no purl`);
      found.push({ ...read, dependsOn: [], root: false });
    }
  }
  return found;
}

/** Fields of names and versions; a field that cannot be read ends the list. */
function readProducers(content: Uint8Array): string[] {
  const tools: string[] = [];
  try {
    const cursor = new Cursor(content);
    for (let fields = Math.min(cursor.u32(), 16); fields > 0; fields -= 1) {
      const field = cursor.text();
      for (let values = Math.min(cursor.u32(), 64); values > 0; values -= 1) {
        const tool = `${cursor.text()} ${cursor.text()}`.trim();
        if (field !== 'sdk') tools.push(printable(tool, { max: 128 }));
      }
    }
  } catch (error) {
    if (!(error instanceof MalformedBinary)) throw error;
  }
  return tools;
}

function parse(bytes: Uint8Array): MutableJson {
  if (bytes.byteLength > MAX_JSON) throw new Error(`it has ${bytes.byteLength} bytes`);
  const parsed = parseStrictJson(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  if (parsed.ok) return parsed.value;
  throw new Error(`line ${parsed.line}, column ${parsed.column}: ${parsed.reason}`);
}

function isObject(value: MutableJson | undefined): value is { [key: string]: MutableJson } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
