/** The module for AssemblyScript: classes with functions that read and write them in memory, imports, and exports that call an object. */
import { checkParameters, isIndirect, layoutOf, unsupported, type Core } from './layout.ts';
import { camel, GENERATED, pascal, snake, wordOf } from './names.ts';
import type { Face, Wit, WitFunction } from './wit.ts';

const PLAIN: Readonly<Record<string, string>> = {
  bool: 'bool',
  u8: 'u8',
  s8: 'i8',
  u16: 'u16',
  s16: 'i16',
  u32: 'u32',
  s32: 'i32',
  u64: 'u64',
  s64: 'i64',
  f32: 'f32',
  f64: 'f64',
  string: 'string',
};
/** Names that the language has for its own. */
const TAKEN = new Set(['Error', 'Array', 'Map', 'Set', 'String', 'Date', 'Function', 'Object']);

export function assemblyScriptModule(wit: Wit): string {
  return [
    `// ${GENERATED}`,
    'import { room, takeBytes, takeString } from "./canonical";\n',
    wit.types.map((type) => declaration(wit, type)).join(''),
    wit.imports.flatMap((face) => face.functions.map((fn) => importOf(wit, face, fn))).join('\n'),
    wit.exports.map((face) => exportsOf(wit, face)).join('\n'),
    '/** What the exports call; each must be set before the host calls one of its functions. */',
    'export class Exported {',
    ...wit.exports.map(({ name }) => `  static ${camel(name)}: ${pascal(name)} | null = null;`),
    '}\n',
  ].join('\n');
}

/** What the entry of a plugin of that world must export. */
export function assemblyScriptWorld(wit: Wit, world: string): string {
  const faces = wit.exports.filter(({ name }) => wit.worlds.get(world)?.includes(name));
  const names = faces.flatMap((face) => face.functions.map((fn) => exportName(face, fn)));
  return `// ${GENERATED}
export { cabi_realloc, released } from "../canonical";
export {
${names.map((name) => `  ${name},\n`).join('')}} from "../wit";
`;
}

const exportName = (face: Face, fn: WitFunction): string => `${snake(face.name)}__${snake(fn.name)}`;

const isBytes = (wit: Wit, type: number): boolean => wordOf(wit, type) === 'list-u8';

function isReference(wit: Wit, type: number): boolean {
  const shape = wit.shape(type);
  return shape.kind === 'plain' ? shape.name === 'string' : shape.name !== 'enum';
}

function typeOf(wit: Wit, type: number): string {
  const shape = wit.shape(type);
  if (shape.kind === 'plain') return PLAIN[shape.name] ?? unsupported(shape);
  if (isBytes(wit, type)) return 'ArrayBuffer';
  const name = pascal(wordOf(wit, type));
  if (shape.kind === 'members') return TAKEN.has(name) ? `Wit${name}` : name;
  const of = shape.parts[0]?.id;
  if (shape.name === 'list' && of !== undefined) return `${typeOf(wit, of)}[]`;
  if (shape.name === 'option' && of !== undefined) return `${isReference(wit, of) ? typeOf(wit, of) : name} | null`;
  return name;
}

const word = (wit: Wit, type: number): string => snake(wordOf(wit, type));
const read = (wit: Wit, type: number, at: string): string => `lift_${word(wit, type)}(${at})`;
const write = (wit: Wit, type: number, at: string, value: string): string =>
  `lower_${word(wit, type)}(${at}, ${value});`;
const after = (at: string, offset: number | undefined): string => (offset === 0 ? at : `${at} + ${offset}`);

/** The class of a type, where it has one, and the functions that read and write it. */
function declaration(wit: Wit, type: number): string {
  const shape = wit.shape(type);
  const own = typeOf(wit, type);
  const { size, offsets } = layoutOf(wit, type);
  const functions = (lift: readonly string[], lower: readonly string[]): string =>
    `function lift_${word(wit, type)}(at: usize): ${own} {\n${lift.map((line) => `  ${line}\n`).join('')}}
function lower_${word(wit, type)}(at: usize, value: ${own}): void {\n${lower.map((line) => `  ${line}\n`).join('')}}\n`;
  if (shape.kind === 'plain') {
    if (shape.name === 'string') {
      return functions(
        ['return takeString(load<usize>(at), load<usize>(at, 4));'],
        ['store<usize>(at, changetype<usize>(value));', 'store<usize>(at, value.length, 4);'],
      );
    }
    const memory = shape.name === 'bool' ? 'u8' : own;
    return functions(
      [`return ${shape.name === 'bool' ? 'load<u8>(at) != 0' : `load<${own}>(at)`};`],
      [`store<${memory}>(at, value);`],
    );
  }
  if (isBytes(wit, type)) {
    return functions(
      ['return takeBytes(load<usize>(at), load<usize>(at, 4));'],
      ['store<usize>(at, changetype<usize>(value));', 'store<usize>(at, value.byteLength, 4);'],
    );
  }
  if (shape.kind === 'members' && shape.name === 'enum') {
    const cases = shape.members.map(([member]) => `  ${pascal(member)},\n`).join('');
    const memory = `u${size * 8}`;
    return `export enum ${own} {\n${cases}}\n${functions([`return <${own}>load<${memory}>(at);`], [`store<${memory}>(at, <${memory}>value);`])}`;
  }
  if (shape.kind === 'members' || shape.name === 'tuple') {
    if (shape.name !== 'record' && shape.name !== 'tuple') return unsupported(shape);
    const fields = fieldsOf(wit, type);
    const parameters = fields.map(({ name, of }) => `    public ${name}: ${typeOf(wit, of)},\n`).join('');
    return `export class ${own} {\n  constructor(\n${parameters}  ) {}\n}\n${functions(
      [
        `return new ${own}(`,
        ...fields.map(({ of }, index) => `  ${read(wit, of, after('at', offsets[index]))},`),
        ');',
      ],
      fields.map(({ name, of }, index) => write(wit, of, after('at', offsets[index]), `value.${name}`)),
    )}`;
  }
  const [first, second] = shape.parts.map((part) => part?.id);
  if (shape.name === 'list' && first !== undefined) return listOf(wit, type, first, functions);
  if (shape.name === 'option' && first !== undefined) {
    const boxed = isReference(wit, first) ? '' : pascal(wordOf(wit, type));
    const payload = read(wit, first, after('at', offsets[0]));
    const box =
      boxed === '' ? '' : `export class ${boxed} {\n  constructor(public value: ${typeOf(wit, first)}) {}\n}\n`;
    return `${box}${functions(
      [`if (load<u8>(at) == 0) return null;`, `return ${boxed === '' ? payload : `new ${boxed}(${payload})`};`],
      [
        'store<u8>(at, value === null ? 0 : 1);',
        `if (value !== null) ${write(wit, first, after('at', offsets[0]), boxed === '' ? 'value' : 'value.value')}`,
      ],
    )}`;
  }
  if (shape.name !== 'result') return unsupported(shape);
  return resultOf(wit, own, [first, second], after('at', offsets[0]), functions);
}

type Functions = (lift: readonly string[], lower: readonly string[]) => string;

function fieldsOf(wit: Wit, type: number): { name: string; of: number }[] {
  const shape = wit.shape(type);
  if (shape.kind === 'members') return shape.members.map(([name, of]) => ({ name: camel(name), of: of?.id ?? -1 }));
  return shape.kind === 'of' ? shape.parts.map((of, index) => ({ name: `f${index}`, of: of?.id ?? -1 })) : [];
}

function listOf(wit: Wit, type: number, of: number, functions: Functions): string {
  const { size } = layoutOf(wit, of);
  const own = typeOf(wit, type);
  return `function items_${word(wit, type)}(at: usize, count: usize): ${own} {
  const items: ${own} = [];
  for (let index: usize = 0; index < count; index++) items.push(${read(wit, of, `at + index * ${size}`)});
  return items;
}
function room_${word(wit, type)}(items: ${own}): usize {
  const at = room(items.length * ${size});
  for (let index = 0; index < items.length; index++) ${write(wit, of, `at + index * ${size}`, 'items[index]')}
  return at;
}
${functions(
  [`return items_${word(wit, type)}(load<usize>(at), load<usize>(at, 4));`],
  [`store<usize>(at, room_${word(wit, type)}(value));`, 'store<usize>(at, value.length, 4);'],
)}`;
}

function resultOf(
  wit: Wit,
  own: string,
  sides: readonly (number | undefined)[],
  at: string,
  functions: Functions,
): string {
  const names = ['ok', 'err'];
  const fields = sides.map((of, side) => {
    if (of === undefined) return '';
    const name = typeOf(wit, of);
    const bare = name.replace(' | null', '');
    const initial = isReference(wit, of) ? `${bare} | null = null` : `${name} = ${name === 'bool' ? 'false' : '0'}`;
    return `  ${names[side]}: ${initial};\n`;
  });
  const reads = sides.map((of, side) => (of === undefined ? '' : `result.${names[side]} = ${read(wit, of, at)};`));
  const writes = sides.map((of, side) => {
    if (of === undefined) return '';
    const must = isReference(wit, of) && !typeOf(wit, of).endsWith(' | null') ? '!' : '';
    return write(wit, of, at, `value.${names[side]}${must}`);
  });
  const makers = sides.map((of, side) => {
    const set = of === undefined ? '' : `    result.${names[side]} = value;\n`;
    return `  static ${side === 0 ? 'of' : 'fail'}(${of === undefined ? '' : `value: ${typeOf(wit, of)}`}): ${own} {
    const result = new ${own}();
    result.isErr = ${side === 1};
${set}    return result;
  }\n`;
  });
  return `export class ${own} {\n  isErr: bool = false;\n${fields.join('')}${makers.join('')}}\n${functions(
    [
      `const result = new ${own}();`,
      'result.isErr = load<u8>(at) != 0;',
      `if (result.isErr) {`,
      `  ${reads[1]}`,
      `} else {`,
      `  ${reads[0]}`,
      '}',
      'return result;',
    ].filter((line) => line.trim() !== ''),
    [
      'store<u8>(at, value.isErr ? 1 : 0);',
      'if (value.isErr) {',
      `  ${writes[1]}`,
      '} else {',
      `  ${writes[0]}`,
      '}',
    ].filter((line) => line.trim() !== ''),
  )}`;
}

interface Flat {
  readonly name: string;
  readonly core: Core | 'usize';
  readonly from: string;
}

/** A value as parameters. `from` is an expression without a null in it. */
function flatten(wit: Wit, type: number, name: string, from: string): Flat[] {
  const shape = wit.shape(type);
  const pointer = (at: string, length: string): Flat[] => [
    { name, core: 'usize', from: at },
    { name: `${name}Length`, core: 'usize', from: length },
  ];
  if (shape.kind === 'plain') {
    if (shape.name === 'string') return pointer(`changetype<usize>(${from})`, `${from}.length`);
    return [{ name, core: layoutOf(wit, type).flat[0] ?? 'i32', from }];
  }
  if (isBytes(wit, type)) return pointer(`changetype<usize>(${from})`, `${from}.byteLength`);
  if (shape.name === 'enum') return [{ name, core: 'i32', from }];
  if (shape.name === 'record' || shape.name === 'tuple') {
    return fieldsOf(wit, type).flatMap((field) =>
      flatten(wit, field.of, `${name}_${field.name}`, `${from}.${field.name}`),
    );
  }
  const of = shape.kind === 'of' ? shape.parts[0]?.id : undefined;
  if (of === undefined) return unsupported(shape);
  if (shape.name === 'list') return pointer(`room_${word(wit, type)}(${from})`, `${from}.length`);
  if (shape.name !== 'option') return unsupported(shape);
  const payload = flatten(wit, of, name, isReference(wit, of) ? `${from}!` : `${from}!.value`);
  return [
    { name: `${name}IsSome`, core: 'i32', from: `${from} !== null ? 1 : 0` },
    ...payload.map((flat) => ({ ...flat, from: `${from} !== null ? ${flat.from} : 0` })),
  ];
}

/** A value of parameters; takes of `flat` what it needs. */
function raised(wit: Wit, type: number, flat: Flat[]): string {
  const shape = wit.shape(type);
  const next = (): string => flat.shift()?.name ?? '';
  if (shape.kind === 'plain') {
    if (shape.name === 'string') return `takeString(${next()}, ${next()})`;
    return shape.name === 'bool' ? `${next()} != 0` : `<${typeOf(wit, type)}>${next()}`;
  }
  if (isBytes(wit, type)) return `takeBytes(${next()}, ${next()})`;
  if (shape.name === 'enum') return `<${typeOf(wit, type)}>${next()}`;
  if (shape.name === 'list') return `items_${word(wit, type)}(${next()}, ${next()})`;
  if (shape.name === 'record' || shape.name === 'tuple') {
    return `new ${typeOf(wit, type)}(${fieldsOf(wit, type)
      .map(({ of }) => raised(wit, of, flat))
      .join(', ')})`;
  }
  const of = (shape.kind === 'of' ? shape.parts[0]?.id : undefined) ?? -1;
  const some = next();
  const payload = raised(wit, of, flat);
  return `${some} != 0 ? ${isReference(wit, of) ? payload : `new ${pascal(wordOf(wit, type))}(${payload})`} : null`;
}

const parametersOf = (flat: readonly Flat[]): string[] => flat.map(({ name, core }) => `${name}: ${core}`);
/** `arguments` may be no parameter. */
const parameter = (name: string): string => (name === 'arguments' ? 'args' : camel(name));

function importOf(wit: Wit, face: Face, fn: WitFunction): string {
  checkParameters(
    wit,
    `${face.name}.${fn.name}`,
    fn.parameters.map(([, type]) => type),
  );
  const name = camel(`${face.name}-${fn.name}`);
  const flat = fn.parameters.flatMap(([given, type]) => flatten(wit, type, parameter(given), parameter(given)));
  const raw = `import_${snake(`${face.name}-${fn.name}`)}`;
  const indirect = isIndirect(wit, fn.result);
  const core = indirect || fn.result === undefined ? 'void' : (layoutOf(wit, fn.result).flat[0] ?? 'i32');
  const declared = [...parametersOf(flat), ...(indirect ? ['out: usize'] : [])].join(', ');
  const given = flat.map(({ from }) => from);
  const own = fn.parameters.map(([given_, type]) => `${parameter(given_)}: ${typeOf(wit, type)}`).join(', ');
  const result = fn.result === undefined ? 'void' : typeOf(wit, fn.result);
  let body = `  ${raw}(${given.join(', ')});`;
  if (indirect) {
    body = `  const out = room(${layoutOf(wit, fn.result).size});\n  ${raw}(${[...given, 'out'].join(', ')});\n  return ${read(wit, fn.result, 'out')};`;
  } else if (fn.result !== undefined) {
    body = `  return ${result === 'bool' ? `${raw}(${given.join(', ')}) != 0` : `<${result}>${raw}(${given.join(', ')})`};`;
  }
  return `// prettier-ignore
@external("${face.id}", "${fn.name}")
declare function ${raw}(${declared}): ${core};
export function ${name}(${own}): ${result} {\n${body}\n}\n`;
}

function exportsOf(wit: Wit, face: Face): string {
  const methods = face.functions.map((fn) => {
    const own = fn.parameters.map(([name, type]) => `${parameter(name)}: ${typeOf(wit, type)}`).join(', ');
    return `  abstract ${camel(fn.name)}(${own}): ${fn.result === undefined ? 'void' : typeOf(wit, fn.result)};\n`;
  });
  return `export abstract class ${pascal(face.name)} {\n${methods.join('')}}\n${face.functions.map((fn) => exportOf(wit, face, fn)).join('')}`;
}

function exportOf(wit: Wit, face: Face, fn: WitFunction): string {
  checkParameters(
    wit,
    `${face.name}.${fn.name}`,
    fn.parameters.map(([, type]) => type),
  );
  const flat = fn.parameters.flatMap(([name, type]) => flatten(wit, type, parameter(name), ''));
  const rest = [...flat];
  const given = fn.parameters.map(([, type]) => raised(wit, type, rest)).join(', ');
  const call = `Exported.${camel(face.name)}!.${camel(fn.name)}(${given})`;
  const head = `export function ${exportName(face, fn)}(${parametersOf(flat).join(', ')})`;
  if (fn.result === undefined) return `${head}: void {\n  ${call};\n}\n`;
  if (!isIndirect(wit, fn.result)) return `${head}: ${layoutOf(wit, fn.result).flat[0]} {\n  return ${call};\n}\n`;
  return `${head}: usize {\n  const out = room(${layoutOf(wit, fn.result).size});\n  ${write(wit, fn.result, 'out', call)}\n  return out;\n}\n`;
}
