/** The header for C: types as they lie in memory, imports as functions of them, and exports that call functions of the plugin. */
import { checkParameters, isIndirect, layoutOf, unsupported } from './layout.ts';
import { GENERATED, snake, upper, wordOf } from './names.ts';
import type { Face, Wit, WitFunction } from './wit.ts';

const PLAIN: Readonly<Record<string, string>> = {
  bool: 'bool',
  u8: 'uint8_t',
  s8: 'int8_t',
  u16: 'uint16_t',
  s16: 'int16_t',
  u32: 'uint32_t',
  s32: 'int32_t',
  char: 'uint32_t',
  u64: 'uint64_t',
  s64: 'int64_t',
  f32: 'float',
  f64: 'double',
};

export function cHeader(wit: Wit): string {
  const types = wit.types.map((type) => declaration(wit, type));
  const imports = wit.imports.flatMap((face) => face.functions.map((fn) => importOf(wit, face, fn)));
  return [
    `/* ${GENERATED} */`,
    '#ifndef AITBC_WIT_H\n#define AITBC_WIT_H\n#include <stdbool.h>\n#include <stddef.h>\n#include <stdint.h>\n',
    '/* ---- types, as the canonical ABI lays them out ---- */\n',
    'typedef struct { const char *at; size_t size; } aitbc_string;\n',
    types.filter((text) => text !== '').join('\n'),
    '\n/* ---- imports ---- */\n',
    imports.join('\n'),
    '\n/*\n * Exports. The macro of an interface defines what it exports by functions of the plugin, which it declares. Before it AITBC_RESULT(size)',
    ' * must give room for a result, aligned to 8, and AITBC_RELEASE() is called when the host has read it.\n */\n',
    wit.exports.map((face) => exportsOf(wit, face)).join('\n'),
    '#endif\n',
  ].join('\n');
}

function typeOf(wit: Wit, type: number): string {
  const shape = wit.shape(type);
  if (shape.kind === 'plain' && shape.name !== 'string') return PLAIN[shape.name] ?? unsupported(shape);
  return `aitbc_${snake(wordOf(wit, type))}`;
}

function declaration(wit: Wit, type: number): string {
  const shape = wit.shape(type);
  if (shape.kind === 'plain') return '';
  const name = typeOf(wit, type);
  const { size, align, offsets } = layoutOf(wit, type);
  const struct = (fields: readonly string[], asserted: readonly string[]): string =>
    [
      `typedef struct { ${fields.join('; ')}; } ${name};`,
      `_Static_assert(sizeof(${name}) == ${size} && _Alignof(${name}) == ${align}, "${name}");`,
      ...asserted.map(
        (field, index) => `_Static_assert(offsetof(${name}, ${field}) == ${offsets[index]}, "${name}.${field}");`,
      ),
    ].join('\n');
  if (shape.kind === 'members') {
    if (shape.name === 'enum') {
      const cases = shape.members.map(([member]) => upper(`${name}-${member}`)).join(', ');
      return `typedef uint${size * 8}_t ${name};\nenum { ${cases} };`;
    }
    if (shape.name !== 'record') return unsupported(shape);
    const fields = shape.members.map(([field, of]) => `${of ? typeOf(wit, of.id) : ''} ${snake(field)}`);
    return struct(
      fields,
      shape.members.map(([field]) => snake(field)),
    );
  }
  const [first, second] = shape.parts.map((part) => (part === undefined ? undefined : typeOf(wit, part.id)));
  switch (shape.name) {
    case 'list':
      return struct([`const ${first} *at`, 'size_t count'], ['at', 'count']);
    case 'tuple':
      return struct(
        shape.parts.map((part, index) => `${part ? typeOf(wit, part.id) : ''} f${index}`),
        shape.parts.map((_, index) => `f${index}`),
      );
    case 'option':
      return struct(['bool is_some', `${first} some`], ['some']);
    case 'result': {
      const cases = [...(first ? [`${first} ok`] : []), ...(second ? [`${second} err`] : [])];
      const payload = cases.length === 0 ? [] : [`union { ${cases.join('; ')}; }`];
      return struct(['bool is_err', ...payload], first ? ['ok'] : second ? ['err'] : []);
    }
    default:
      return unsupported(shape);
  }
}

interface Flat {
  readonly type: string;
  readonly name: string;
  /** Of the value's C type. */
  readonly from: string;
}

/** A value as parameters. */
function flatten(wit: Wit, type: number, name: string, from = name): Flat[] {
  const shape = wit.shape(type);
  if (shape.kind === 'plain') {
    if (shape.name !== 'string') return [{ type: parameterOf(wit, type), name, from }];
    return [
      { type: 'const char *', name, from: `${from}.at` },
      { type: 'size_t ', name: `${name}_size`, from: `${from}.size` },
    ];
  }
  if (shape.kind === 'members') {
    if (shape.name === 'enum') return [{ type: 'int32_t ', name, from }];
    if (shape.name !== 'record') return unsupported(shape);
    return shape.members.flatMap(([field, of]) =>
      of === undefined ? [] : flatten(wit, of.id, `${name}_${snake(field)}`, `${from}.${snake(field)}`),
    );
  }
  const of = shape.parts[0]?.id;
  if (of === undefined) return unsupported(shape);
  if (shape.name === 'list') {
    return [
      { type: `const ${typeOf(wit, of)} *`, name, from: `${from}.at` },
      { type: 'size_t ', name: `${name}_count`, from: `${from}.count` },
    ];
  }
  if (shape.name !== 'option') return unsupported(shape);
  const some = { type: 'int32_t ', name: `${name}_is_some`, from: `${from}.is_some` };
  return [some, ...flatten(wit, of, `${name}_some`, `${from}.some`)];
}

function parameterOf(wit: Wit, type: number): string {
  const [core] = layoutOf(wit, type).flat;
  return core === 'i64' ? 'int64_t ' : core === 'i32' ? 'int32_t ' : core === 'f32' ? 'float ' : 'double ';
}

/** A value of parameters; takes of `flat` what it needs. */
function lifted(wit: Wit, type: number, flat: Flat[]): string {
  const shape = wit.shape(type);
  const next = (): string => flat.shift()?.name ?? '';
  if (shape.kind === 'plain' && shape.name !== 'string') return `(${typeOf(wit, type)})${next()}`;
  const literal = (...parts: readonly string[]): string => `(${typeOf(wit, type)}){ ${parts.join(', ')} }`;
  if (shape.kind === 'plain') return literal(next(), next());
  if (shape.kind === 'members') {
    if (shape.name === 'enum') return `(${typeOf(wit, type)})${next()}`;
    return literal(...shape.members.map(([, of]) => (of === undefined ? '' : lifted(wit, of.id, flat))));
  }
  if (shape.name === 'list') return literal(next(), next());
  return literal(`(bool)${next()}`, lifted(wit, shape.parts[0]?.id ?? -1, flat));
}

const list = (parameters: readonly string[]): string => parameters.join(', ') || 'void';

const parametersOf = (flat: readonly Flat[]): string[] => flat.map(({ type, name }) => `${type}${name}`);

function signature(wit: Wit, { parameters }: WitFunction): { flat: Flat[]; own: string } {
  const flat = parameters.flatMap(([name, type]) => flatten(wit, type, snake(name)));
  return { flat, own: list(parameters.map(([name, type]) => `${typeOf(wit, type)} ${snake(name)}`)) };
}

function importOf(wit: Wit, face: Face, fn: WitFunction): string {
  const name = snake(`${face.name}-${fn.name}`);
  checkParameters(
    wit,
    `${face.name}.${fn.name}`,
    fn.parameters.map(([, type]) => type),
  );
  const { flat, own } = signature(wit, fn);
  const attribute = `__attribute__((import_module("${face.id}"), import_name("${fn.name}")))`;
  const given = flat.map(({ from }) => from);
  const result = fn.result === undefined ? 'void' : typeOf(wit, fn.result);
  if (isIndirect(wit, fn.result)) {
    const raw = `${attribute}\nvoid aitbc_import_${name}(${list([...parametersOf(flat), `${result} *result`])});`;
    const call = `aitbc_import_${name}(${[...given, '&result'].join(', ')});`;
    return `${raw}\nstatic inline ${result} aitbc_${name}(${own}) { ${result} result; ${call} return result; }`;
  }
  const core = fn.result === undefined ? 'void ' : parameterOf(wit, fn.result);
  const back = fn.result === undefined ? '' : `return (${result})`;
  return [
    `${attribute}\n${core}aitbc_import_${name}(${list(parametersOf(flat))});`,
    `static inline ${result} aitbc_${name}(${own}) { ${back}aitbc_import_${name}(${given.join(', ')}); }`,
  ].join('\n');
}

function exportsOf(wit: Wit, face: Face): string {
  const parts = face.functions.map((fn) => exportOf(wit, face, fn));
  const lines = parts.flatMap(({ declared, defined }) => [declared, ...defined]);
  return `#define AITBC_EXPORT_${upper(face.name)} \\\n${lines.map((line) => `  ${line}`).join(' \\\n')}\n`;
}

function exportOf(wit: Wit, face: Face, fn: WitFunction): { declared: string; defined: string[] } {
  const name = snake(`${face.name}-${fn.name}`);
  checkParameters(
    wit,
    `${face.name}.${fn.name}`,
    fn.parameters.map(([, type]) => type),
  );
  const { flat, own } = signature(wit, fn);
  const result = fn.result === undefined ? 'void' : typeOf(wit, fn.result);
  const rest = [...flat];
  const call = `plugin_${name}(${fn.parameters.map(([, type]) => lifted(wit, type, rest)).join(', ')})`;
  const declared = `static ${result} plugin_${name}(${own});`;
  const attribute = (prefix: string): string => `__attribute__((export_name("${prefix}${face.id}#${fn.name}")))`;
  if (!isIndirect(wit, fn.result)) {
    const core = fn.result === undefined ? 'void ' : parameterOf(wit, fn.result);
    const body = fn.result === undefined ? `${call};` : `return ${call};`;
    return {
      declared,
      defined: [`${attribute('')} ${core}aitbc_export_${name}(${list(parametersOf(flat))}) { ${body} }`],
    };
  }
  return {
    declared,
    defined: [
      `${attribute('')} const ${result} *aitbc_export_${name}(${list(parametersOf(flat))}) {`,
      `  ${result} *out = AITBC_RESULT(sizeof(${result})); *out = ${call}; return out;`,
      '}',
      `${attribute('cabi_post_')} void aitbc_post_${name}(const ${result} *result) { (void)result; AITBC_RELEASE(); }`,
    ],
  };
}
