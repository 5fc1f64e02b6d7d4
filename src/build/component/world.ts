/**
 * The check of a component's world before anything of it runs. Guarantees that every import is one the host provides, and every
 * export the host will call is there with the type that it has in our WIT; what differs is said in the words of WIT.
 */
import { PluginError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { WASI } from '../../protocol/wasi.ts';
import { kebab, type Interface, type Signature } from './declarations.ts';

export interface World {
  /** Of the component's root, as wasm-tools prints it. */
  readonly wit: string;
  /** Undefined where nothing but names is known. */
  readonly interfaces: readonly Interface[] | undefined;
}

/** Major and minor version of aitbc:plugin that this host has. */
const HOST_VERSION = { major: 1, minor: 0 };
const REQUIRED = ['lifecycle', 'methods'];
/** A world's own interface; a component may export several of them. */
const SPECIAL = ['commands', 'chain', 'model'];
/** Differences that are shown. */
const MAX_SHOWN = 20;
const HINT = 'See `interface` and `world` in the WIT of aitbc:plugin, and docs/components.md.';

/** `own`: the interfaces of our WIT, by name without version. Throws ERR_COMPONENT with every difference. */
export function checkWorld(plugin: string, component: World, own: ReadonlyMap<string, Interface>): void {
  const problems = [...importProblems(component, own), ...exportProblems(component, own)];
  if (problems.length === 0) return;
  throw new PluginError(
    'ERR_COMPONENT',
    `Cannot build "${plugin}": ${problems[0]?.split('\n')[0] ?? ''}${problems.length > 1 ? `, and ${problems.length - 1} more` : ''}`,
    { hint: printable(`${problems.slice(0, MAX_SHOWN).join('\n')}\n${HINT}`, { lines: true, max: 8_192 }) },
  );
}

function* importProblems({ wit, interfaces }: World, own: ReadonlyMap<string, Interface>): Generator<string> {
  for (const name of namesIn(wit, 'import')) {
    const { id, base, version } = nameOf(name);
    if (id === undefined) {
      yield `it imports "${name}", which is no interface of a package`;
      continue;
    }
    const reason = base.startsWith('aitbc:plugin/') ? ownImport(base, version, own) : wasiImport(base, version);
    if (reason !== undefined) {
      yield `it imports ${id}: ${reason}`;
      continue;
    }
    const used = interfaces?.find((candidate) => candidate.id === id);
    if (used === undefined) continue;
    if (base.startsWith('wasi:')) yield* missingOf(id, used, new Set(WASI[base]));
    else yield* differences(`import of ${id}`, used, own.get(base), used.functions.keys());
  }
}

function ownImport(base: string, version: string, own: ReadonlyMap<string, Interface>): string | undefined {
  const problem = versionProblem(version);
  if (problem !== undefined) return problem;
  return own.has(base) ? undefined : 'aitbc:plugin has no such interface';
}

/** Same major version, and no later minor one: within a major version interfaces only grow. */
function versionProblem(version: string): string | undefined {
  const [major, minor] = version.split('.').map(Number);
  if (major === HOST_VERSION.major && minor !== undefined && minor <= HOST_VERSION.minor) return undefined;
  const has = `this host has aitbc:plugin ${HOST_VERSION.major}.${HOST_VERSION.minor}`;
  if (major !== HOST_VERSION.major) return `${has}, and major versions differ`;
  return `${has}, which is older; use a newer host, or build it for an older interface`;
}

function wasiImport(base: string, version: string): string | undefined {
  if (!base.startsWith('wasi:')) return 'the host provides aitbc:plugin and WASI 0.2 alone';
  if (/^0\.3\b/.test(version)) return 'WASI 0.3 (asynchronous components) is not supported; build it for WASI 0.2';
  if (!/^0\.2\.\d+$/.test(version)) return 'the host has WASI 0.2';
  if (base.startsWith('wasi:sockets/')) return 'a plugin has no sockets; it reaches the network by HTTP';
  return Object.hasOwn(WASI, base) ? undefined : 'the host does not provide it';
}

function* missingOf(id: string, used: Interface, provided: ReadonlySet<string>): Generator<string> {
  for (const name of [...used.functions.keys(), ...used.resources]) {
    if (!provided.has(name)) yield `it imports ${id}: the host has no "${kebab(name)}" of it`;
  }
}

function* exportProblems({ wit, interfaces }: World, own: ReadonlyMap<string, Interface>): Generator<string> {
  const exported = new Map<string, string>();
  for (const name of namesIn(wit, 'export')) {
    const { id, base, version } = nameOf(name);
    if (id === undefined || !base.startsWith('aitbc:plugin/')) continue;
    const problem = versionProblem(version);
    if (problem !== undefined) yield `it exports ${id}: ${problem}`;
    else exported.set(base, id);
  }
  for (const name of REQUIRED) {
    if (!exported.has(`aitbc:plugin/${name}`)) yield `it does not export aitbc:plugin/${name}`;
  }
  for (const name of [...REQUIRED, ...SPECIAL]) {
    const base = `aitbc:plugin/${name}`;
    const id = exported.get(base);
    const wanted = own.get(base);
    if (id === undefined || wanted === undefined || interfaces === undefined) continue;
    const found = interfaces.find((candidate) => candidate.id === id);
    yield* differences(`export of ${id}`, found, wanted, wanted.functions.keys());
  }
}

/** One problem for each function of `names` that the two do not have alike. */
function* differences(
  what: string,
  found: Interface | undefined,
  wanted: Interface | undefined,
  names: Iterable<string>,
): Generator<string> {
  for (const name of names) {
    const has = found?.functions.get(name);
    const needs = wanted?.functions.get(name);
    if (has !== undefined && has.structure === needs?.structure) continue;
    yield `${what} differs at "${kebab(name)}"\n${line('-', name, needs)}\n${line('+', name, has)}`;
  }
}

function line(sign: '-' | '+', name: string, signature: Signature | undefined): string {
  const who = sign === '-' ? 'host' : 'component';
  return `  ${sign} ${signature === undefined ? `(not there)` : `${kebab(name)}: ${signature.wit}`}   // ${who}`;
}

function namesIn(wit: string, direction: 'import' | 'export'): string[] {
  const world = /^world root \{\n([\s\S]*?)^\}/m.exec(wit)?.[1] ?? '';
  const names = world.split('\n').flatMap((row) => {
    const name = new RegExp(`^ {2}${direction} (.+?);?$`).exec(row)?.[1];
    return name === undefined ? [] : [name];
  });
  return names;
}

function nameOf(name: string): { id: string | undefined; base: string; version: string } {
  const match = /^([a-z0-9:-]+\/[a-z0-9-]+)@([0-9][\w.+-]*)$/.exec(name);
  return { id: match?.[0], base: match?.[1] ?? '', version: match?.[2] ?? '' };
}
