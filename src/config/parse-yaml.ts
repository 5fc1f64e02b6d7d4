import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Node,
  type Scalar,
  type YAMLError,
} from 'yaml';
import { pathText } from '../contract/explain.ts';
import { NotPlain } from '../contract/plain.ts';
import type { Json } from '../core/json.ts';
import { CONFIG_BOUNDS, createBudget, Places, type ParsedFile, type Path } from './parsed.ts';
import type { Problem } from './problems.ts';

/**
 * YAML 1.2 (core schema) as data. Aliases are followed within the bounds; merge keys, tags and several documents are
 * problems, and so is everything that would not survive as JSON.
 */
export function parseYaml(text: string): ParsedFile {
  const lines = new LineCounter();
  const place = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const places = new Places(place);
  const problems: Problem[] = [];
  // Duplicate keys are looked for below: the library compares each key with each other.
  const options = { lineCounter: lines, prettyErrors: false, uniqueKeys: false, logLevel: 'error' } as const;
  let document;
  try {
    document = parseDocument(text, options);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { value: null, places, problems: [{ place: undefined, key: '', message: 'is nested too deep' }] };
  }
  for (const error of [...document.errors, ...document.warnings]) {
    problems.push({ place: place(error.pos[0]), key: '', ...describeError(error, text) });
  }
  const version = document.directives?.yaml;
  if (version?.explicit && version.version !== '1.2') {
    problems.push({ place: place(0), key: '', message: `must be YAML 1.2, not ${version.version}` });
  }
  const spend = createBudget(CONFIG_BOUNDS);
  const anchors = new Map<string, Node>();
  let aliases = 0;

  const convert = (node: Node | null | undefined, path: Path, depth: number): Json => {
    spend(depth);
    if (node === null || node === undefined) return null;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (target) {
        aliases += 1;
        const value = convert(target, path, depth + 1);
        aliases -= 1;
        return value;
      }
      problems.push(problem(node, path, `is an alias of "${node.source}", which is not defined before it`));
      return null;
    }
    if (aliases === 0 && node.anchor !== undefined) anchors.set(node.anchor, node);
    if (isSeq(node)) {
      return node.items.map((item, index) => {
        places.add([...path, index], start(item as Node) ?? start(node) ?? 0, undefined);
        return convert(item as Node, [...path, index], depth + 1);
      });
    }
    if (isMap(node)) return convertMap(node.items, path, depth);
    return isScalar(node) ? convertScalar(node, path) : null;
  };

  const convertMap = (
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    path: Path,
    depth: number,
  ): Json => {
    const out: Record<string, Json> = {};
    const first = new Map<string, number>();
    for (const { key: keyNode, value } of items as readonly { key: Node | null; value: Node | null }[]) {
      const key = keyText(keyNode);
      const at = start(keyNode) ?? start(value) ?? 0;
      const here = key === undefined ? path : [...path, key];
      const report = (message: string): void => {
        problems.push({ place: place(at), key: pathText(here), message });
      };
      if (key === undefined) report('has a key that is not a string');
      else if (key === '__proto__') report('is not an allowed key');
      else if (key === '<<') report('is a merge key, which is not supported: repeat the keys');
      else if (first.has(key)) report(`stands twice in this map, first at line ${place(first.get(key) ?? 0).line}`);
      else {
        first.set(key, at);
        places.add(here, start(value) ?? at, at);
        out[key] = convert(value, here, depth + 1);
      }
    }
    return out;
  };

  const convertScalar = (node: Scalar, path: Path): Json => {
    const { value } = node;
    if (value === null || typeof value === 'boolean' || typeof value === 'string') return value;
    if (typeof value === 'number') {
      if (!Number.isFinite(value)) problems.push(problem(node, path, 'must be a finite number'));
      else if (!Number.isSafeInteger(value) && Number.isInteger(value)) {
        problems.push(
          problem(node, path, `is too large to be exact as a number: write "${node.source ?? ''}" in quotes`),
        );
      } else return value;
      return 0;
    }
    problems.push(problem(node, path, 'must be text, a number, true, false or null'));
    return null;
  };

  const problem = (node: Node, path: Path, message: string): Problem => ({
    place: place(start(node) ?? 0),
    key: pathText(path),
    message,
  });

  try {
    return { value: convert(document.contents, [], 0), places, problems };
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    return { value: null, places, problems: [...problems, { place: undefined, key: '', message: error.expected }] };
  }
}

function start(node: Node | null | undefined): number | undefined {
  return node?.range?.[0];
}

function keyText(key: Node | null): string | undefined {
  if (!isScalar(key) || key.value === null) return undefined;
  return typeof key.value === 'string' ? key.value : key.source;
}

function describeError(error: YAMLError, text: string): { message: string; hint?: string } {
  const around = text.slice(Math.max(0, error.pos[0] - 2), error.pos[0] + 1);
  switch (error.code) {
    case 'TAB_AS_INDENT':
      return { message: 'a tab cannot indent YAML: use spaces' };
    case 'MULTIPLE_DOCS':
      return { message: 'a second document begins here: a config is one document' };
    case 'TAG_RESOLVE_FAILED':
      return { message: `${lower(error.message)}: tags are not supported` };
    case 'BAD_SCALAR_START':
    case 'UNEXPECTED_TOKEN':
      return around.includes('${') || around.includes('}')
        ? {
            message: lower(error.message),
            hint: 'inside [ ] and { } a value with ${…} must stand in quotes: "${NAME}"',
          }
        : { message: lower(error.message) };
    default:
      return { message: lower(error.message) };
  }
}

function lower(message: string): string {
  return message.charAt(0).toLowerCase() + message.slice(1);
}
