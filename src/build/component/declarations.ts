/**
 * Reads the TypeScript declarations that jco writes for interfaces, where every WIT type has one form. Guarantees bounded work:
 * they are written from a hostile component. Trusts their layout to be jco's.
 */

/** An interface: its functions and resources by name, types resolved, so that two of them compare as text. */
export interface Interface {
  /** `aitbc:plugin/log@1.0.0` */
  readonly id: string;
  readonly functions: ReadonlyMap<string, Signature>;
  readonly resources: ReadonlySet<string>;
}

export interface Signature {
  /** Types of parameters and result without names of types: equal for equal types. */
  readonly structure: string;
  /** For people, in the words of WIT. */
  readonly wit: string;
}

/** Characters of one resolved type: names could stand for exponentially more. */
const MAX_TYPE = 20_000;

/** `files`: by the name that imports between them use: `aitbc-plugin-log.js`. */
export function readInterfaces(files: ReadonlyMap<string, string>): Interface[] {
  const types = new Map([...files].map(([file, text]) => [file, typesOf(text)]));
  return [...files].flatMap(([file, text]) => {
    const id = /@module Interface (\S+)/.exec(text)?.[1];
    if (id === undefined) return [];
    const functions = new Map<string, Signature>();
    for (const [, name = '', parameters = '', result = ''] of text.matchAll(FUNCTION)) {
      functions.set(
        name,
        signature(parameters, result, (type) => resolve(type, file, types)),
      );
    }
    const resources = new Set([...text.matchAll(/^export class (\w+)/gm)].map(([, name = '']) => name));
    return [{ id, functions, resources }];
  });
}

const FUNCTION = /^export function (\w+)\((.*)\): (.*);$/gm;

function typesOf(text: string): Map<string, string> {
  const types = new Map<string, string>();
  for (const [, name = '', type = ''] of text.matchAll(/^export type (\w+) = (.*);$/gm)) types.set(name, type);
  for (const [, name = '', body = ''] of text.matchAll(/^export interface (\w+) \{\n([\s\S]*?)\n\}/gm)) {
    types.set(
      name,
      `{ ${body
        .replace(/\/\*\*[\s\S]*?\*\//g, '')
        .replace(/\s+/g, ' ')
        .trim()} }`,
    );
  }
  return types;
}

const IMPORTED = /import\('\.\/([\w-]+\.js)'\)\.(\w+)/;
const BUILT_IN = new Set([
  'Array',
  'string',
  'number',
  'bigint',
  'boolean',
  'void',
  'undefined',
  'null',
  'Result',
  'tag',
  'val',
]);

/** Names of types replaced by what they stand for. */
function resolve(
  type: string,
  file: string,
  types: ReadonlyMap<string, ReadonlyMap<string, string>>,
  depth = 0,
): string {
  if (depth > 32 || type.length > MAX_TYPE) return '(a type that is nested too deeply)';
  const imported = IMPORTED.exec(type);
  if (imported?.[0] === type) {
    const from = imported[1] ?? '';
    const found = types.get(from)?.get(imported[2] ?? '');
    return found === undefined ? `${from} ${imported[2]}` : resolve(found, from, types, depth + 1);
  }
  // Strings are cases of enums and tags; a name before a colon is a field.
  const resolved = type.replace(/'[^']*'|\b[A-Za-z_]\w*\b(?!\??:)/g, (word) => {
    if (word.startsWith("'") || BUILT_IN.has(word)) return word;
    const found = types.get(file)?.get(word);
    return found === undefined ? word : resolve(found, file, types, depth + 1);
  });
  return resolved.length > MAX_TYPE ? '(a type that is nested too deeply)' : resolved;
}

function signature(parameters: string, result: string, resolved: (type: string) => string): Signature {
  const given = splitTop(parameters).map((parameter) => {
    const colon = parameter.indexOf(':');
    return { name: parameter.slice(0, colon).trim(), type: parameter.slice(colon + 1).trim() };
  });
  const structure = `(${given.map(({ type }) => resolved(type)).join(', ')}) -> ${resolved(result)}`;
  const list = given.map(({ name, type }) => `${kebab(name.replace(/\?$|_$/, ''))}: ${witOf(type)}`).join(', ');
  return { structure, wit: `func(${list})${result === 'void' ? '' : ` -> ${witOf(result)}`}` };
}

function splitTop(list: string): string[] {
  const parts: string[] = [];
  let depth = 0;
  let start = 0;
  for (let at = 0; at < list.length; at += 1) {
    const character = list[at] as string;
    if ('<[({'.includes(character)) depth += 1;
    else if ('>])}'.includes(character)) depth -= 1;
    else if (character === ',' && depth === 0) {
      parts.push(list.slice(start, at));
      start = at + 1;
    }
  }
  if (list.slice(start).trim() !== '') parts.push(list.slice(start));
  return parts;
}

/** As WIT would write it; widths of numbers are not known here. */
function witOf(type: string): string {
  return type
    .replaceAll('Uint8Array', 'list<u8>')
    .replace(/Uint32Array/g, 'list<u32>')
    .replace(/\bArray</g, 'list<')
    .replace(/\b(\w+(?:<[^|]*>)?) \| undefined/g, 'option<$1>')
    .replace(/\[([^\]]*)\]/g, 'tuple<$1>')
    .replaceAll('boolean', 'bool')
    .replace(/\b[A-Z]\w*\b/g, kebab);
}

export function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter, at: number) => (at === 0 ? '' : '-') + letter.toLowerCase());
}
