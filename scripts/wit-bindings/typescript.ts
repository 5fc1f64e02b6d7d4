/** TypeScript: declarations for authors, which jco writes, and the types of both sides as the host's bindings pass them. */
import { $init, generateTypes } from '@bytecodealliance/jco-transpile/component';
import { unsupported } from './layout.ts';
import { camel, GENERATED, pascal } from './names.ts';
import { WORLDS, type Face, type Wit, type WitFunction } from './wit.ts';

/** Modules by the names that a component in JavaScript imports, for all worlds. `source`: the package as one document. */
export async function authorDeclarations(source: string): Promise<string> {
  await $init;
  const modules = new Map<string, string>();
  for (const world of WORLDS) {
    const options = { wit: { tag: 'source', val: source }, world, guest: true, tlaCompat: false };
    for (const [path, bytes] of generateTypes('plugin', options as never) as [string, Uint8Array][]) {
      const text = new TextDecoder().decode(bytes);
      if (path.startsWith('interfaces/')) modules.set(path, tidied(text));
    }
  }
  const sorted = [...modules].sort(([one], [other]) => (one < other ? -1 : 1));
  return `// ${GENERATED}\n${sorted.map(([, text]) => `\n${text}\n`).join('')}`;
}

/** One file needs no references; `arguments` may be no parameter of a module. */
function tidied(text: string): string {
  return text
    .replaceAll(/^\/\/\/ .*\n/gm, '')
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\barguments: /g, 'args: ')
    .trim();
}

const parameter = (name: string): string => (name === 'arguments' ? 'args' : camel(name));

const PLAIN: Readonly<Record<string, string>> = {
  bool: 'boolean',
  string: 'string',
  char: 'string',
  u64: 'bigint',
  s64: 'bigint',
};

/** What the host gives, and what it calls. An `err` is thrown. */
export function hostTypes(wit: Wit): string {
  const faces = `/** By the interface's name without its version. An \`err\` is thrown as a Fault. */
export interface HostImports {
${wit.imports.map((face) => faceOf(wit, `'${face.id.replace(/@.*/, '')}'`, face)).join('')}}

/** By the interface's name alone; those of a world are there where the component is of it. An \`err\` is thrown as it is. */
export interface PluginExports {
${wit.exports.map((face) => faceOf(wit, camel(face.name), face)).join('')}}
`;
  const members = wit.types.filter((type) => wit.shape(type).kind === 'members');
  const declared = members.map((type) => [new RegExp(`\\b${typeOf(wit, type)}\\b`), declaration(wit, type)] as const);
  // What is only thrown has no type.
  const isUsed = (name: RegExp, own: string): boolean =>
    name.test(faces) || declared.some(([, text]) => text !== own && name.test(text));
  return `// ${GENERATED}\n\n${declared.map(([name, text]) => (isUsed(name, text) ? text : '')).join('')}${faces}`;
}

function faceOf(wit: Wit, key: string, face: Face): string {
  return `  readonly ${key}: {\n${face.functions.map((fn) => `    ${signature(wit, fn)};\n`).join('')}  };\n`;
}

function signature(wit: Wit, { name, parameters, result }: WitFunction): string {
  const given = parameters.map(([given_, type]) => `${parameter(given_)}: ${typeOf(wit, type)}`).join(', ');
  return `${camel(name)}(${given}): ${resultOf(wit, result)}`;
}

/** Without the side of a result that is thrown. */
function resultOf(wit: Wit, result: number | undefined): string {
  if (result === undefined) return 'void';
  const shape = wit.shape(result);
  if (shape.kind !== 'of' || shape.name !== 'result') return typeOf(wit, result);
  return shape.parts[0] === undefined ? 'void' : typeOf(wit, shape.parts[0].id);
}

function typeOf(wit: Wit, type: number): string {
  const shape = wit.shape(type);
  if (shape.kind === 'plain') return PLAIN[shape.name] ?? 'number';
  if (shape.kind === 'members') return `Wit${pascal(wit.nameOf(type))}`;
  const parts = shape.parts.map((part) => (part === undefined ? 'undefined' : typeOf(wit, part.id)));
  if (shape.name === 'tuple') return `readonly [${parts.join(', ')}]`;
  if (shape.name === 'option') return `${parts[0]} | undefined`;
  if (shape.name !== 'list') return unsupported(shape);
  const [of] = shape.parts;
  if (of !== undefined && wit.shape(of.id).name === 'u8') return 'Uint8Array';
  return /^\w+$/.test(parts[0] ?? '') ? `readonly ${parts[0]}[]` : `readonly (${parts[0]})[]`;
}

function declaration(wit: Wit, type: number): string {
  const shape = wit.shape(type);
  if (shape.kind !== 'members') return '';
  const name = typeOf(wit, type);
  if (shape.name === 'enum')
    return `export type ${name} = ${shape.members.map(([member]) => `'${member}'`).join(' | ')};\n\n`;
  if (shape.name !== 'record') return unsupported(shape);
  const fields = shape.members.map(([field, of]) => {
    const value = typeOf(wit, of?.id ?? -1);
    return `  readonly ${camel(field)}${value.endsWith(' | undefined') ? '?' : ''}: ${value};\n`;
  });
  return `export interface ${name} {\n${fields.join('')}}\n\n`;
}
