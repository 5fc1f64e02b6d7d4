/**
 * The check of a component's world before anything of it runs. Guarantees that every import is one the host provides, and every
 * export the host will call is there with the type that it has in our WIT; what differs is said in the words of WIT.
 */
import { WASI } from '../../protocol/wasi.ts';
import type { Interface, Surface } from './types/decode.ts';
import { functionDifference } from './types/difference.ts';
import type { FunctionType, TypeTable } from './types/type-table.ts';

/** The package aitbc:plugin of a host, by interface without version. */
export interface HostWorld {
  readonly major: number;
  readonly minor: number;
  /** What it gives to a component. */
  readonly imports: ReadonlyMap<string, Interface>;
  /** What it calls of one. */
  readonly exports: ReadonlyMap<string, Interface>;
}

const OWN = 'aitbc:plugin/';
const REQUIRED = ['lifecycle', 'methods'];

/** Of components of every world of one package. */
export function hostWorld(surfaces: readonly Surface[]): HostWorld {
  const imports = new Map<string, Interface>();
  const exports = new Map<string, Interface>();
  let own = '';
  for (const surface of surfaces) {
    for (const direction of ['imports', 'exports'] as const) {
      for (const [name, found] of surface[direction]) {
        const { base, version } = nameOf(name);
        if (found === undefined || !base.startsWith(OWN)) continue;
        own = version;
        (direction === 'imports' ? imports : exports).set(base, found);
      }
    }
  }
  const [major = 0, minor = 0] = own.split('.').map(Number);
  return { major, minor, imports, exports };
}

/** Every difference: one line that says it, and below it lines of WIT. Types of both are of the same table. */
export function worldProblems(component: Surface, host: HostWorld, table: TypeTable): string[] {
  return [...importProblems(component, host, table), ...exportProblems(component, host, table)];
}

function* importProblems({ imports }: Surface, host: HostWorld, table: TypeTable): Generator<string> {
  for (const [name, used] of imports) {
    const { id, base, version } = nameOf(name);
    if (id === undefined || used === undefined) {
      yield `it imports "${name}", which is no interface of a package with a version`;
      continue;
    }
    const reason = base.startsWith(OWN) ? ownImport(base, version, host) : wasiImport(base, version);
    if (reason !== undefined) yield `it imports ${id}: ${reason}`;
    else if (base.startsWith('wasi:')) yield* missingOf(id, used, new Set(WASI[base]));
    else {
      yield* missingOf(id, { functions: new Map(), resources: used.resources }, new Set());
      yield* differences(`import of ${id}`, used, host.imports.get(base), used.functions.keys(), table);
    }
  }
}

function ownImport(base: string, version: string, host: HostWorld): string | undefined {
  const problem = versionProblem(version, host);
  if (problem !== undefined) return problem;
  return host.imports.has(base) ? undefined : 'aitbc:plugin has no such interface';
}

/** Same major version, and no later minor one: within a major version interfaces only grow. */
function versionProblem(version: string, host: HostWorld): string | undefined {
  const [major, minor] = version.split('.').map(Number);
  if (major === host.major && minor !== undefined && minor <= host.minor) return undefined;
  const has = `this host has aitbc:plugin ${host.major}.${host.minor}`;
  if (major !== host.major) return `${has}, and major versions differ`;
  return `${has}, which is older; use a newer host, or build it for an older interface`;
}

function wasiImport(base: string, version: string): string | undefined {
  if (!base.startsWith('wasi:')) return 'the host provides aitbc:plugin and WASI 0.2 alone';
  if (/^0\.3\b/.test(version)) return 'WASI 0.3 (asynchronous components) is not supported; build it for WASI 0.2';
  if (!/^0\.2\.\d+$/.test(version)) return 'the host has WASI 0.2';
  if (base.startsWith('wasi:sockets/')) return 'a plugin has no sockets; it reaches the network by HTTP';
  return Object.hasOwn(WASI, base) ? undefined : 'the host does not provide it';
}

/** `provided`: by the names that JavaScript has for them. */
function* missingOf(id: string, { functions, resources }: Interface, provided: ReadonlySet<string>): Generator<string> {
  // `[method]x.y` and the like come with their resource.
  const plain = [...functions.keys()].filter((name) => !name.startsWith('['));
  for (const name of plain) if (!provided.has(camel(name))) yield `it imports ${id}: the host has no "${name}" of it`;
  for (const name of resources) {
    if (!provided.has(camel(`-${name}`))) yield `it imports ${id}: the host has no "${name}" of it`;
  }
}

function camel(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function* exportProblems({ exports }: Surface, host: HostWorld, table: TypeTable): Generator<string> {
  const exported = new Map<string, string>();
  for (const name of exports.keys()) {
    const { id, base, version } = nameOf(name);
    if (id === undefined || !base.startsWith(OWN)) continue;
    const problem = versionProblem(version, host);
    if (problem !== undefined) yield `it exports ${id}: ${problem}`;
    else if (exported.has(base)) yield `it exports ${id} beside ${exported.get(base)}: one of them is enough`;
    else exported.set(base, id);
  }
  for (const name of REQUIRED) if (!exported.has(`${OWN}${name}`)) yield `it does not export ${OWN}${name}`;
  // Interfaces of a later version are not there in an older component; the host does without.
  for (const [base, wanted] of host.exports) {
    const id = exported.get(base);
    if (id === undefined) continue;
    yield* differences(`export of ${id}`, exports.get(id), wanted, wanted.functions.keys(), table);
  }
}

/** One problem for each function of `names` that the two do not have alike. */
function* differences(
  what: string,
  found: Interface | undefined,
  wanted: Interface | undefined,
  names: Iterable<string>,
  table: TypeTable,
): Generator<string> {
  const text = (type: FunctionType | undefined, name: string): string =>
    type === undefined ? '(not there)' : `${name}: ${table.printFunction(type)}`;
  for (const name of names) {
    const has = found?.functions.get(name);
    const needs = wanted?.functions.get(name);
    const head = `${what} differs at "${name}"`;
    if (has === undefined || needs === undefined) yield lines(head, text(needs, name), text(has, name));
    else {
      const difference = functionDifference(table, name, needs, has);
      if (difference === undefined) continue;
      const { place, one, other } = difference;
      yield lines(head, `${place}: ${one}`, `${place}: ${other}`);
    }
  }
}

function lines(head: string, host: string, component: string): string {
  return `${head}\n  - ${host}   // host\n  + ${component}   // component`;
}

function nameOf(name: string): { id: string | undefined; base: string; version: string } {
  const match = /^([a-z0-9:-]+\/[a-z0-9-]+)@([0-9][\w.+-]*)$/.exec(name);
  return { id: match?.[0], base: match?.[1] ?? '', version: match?.[2] ?? '' };
}
