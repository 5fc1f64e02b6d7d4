/** The module for Rust: types as they lie in memory, imports as functions of owned values, and a trait and a macro for each export. */
import { checkParameters, isIndirect, layoutOf, unsupported } from './layout.ts';
import { GENERATED, pascal, snake } from './names.ts';
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
  string: 'String',
};

export function rustModule(wit: Wit): string {
  return [
    `// ${GENERATED}`,
    '#![allow(dead_code, unused_imports, clippy::too_many_arguments)]\n',
    'use super::canonical::{raw_text, receive, Kept, RawList, RawOption, RawPair, Wit};',
    'use std::mem::{align_of, size_of};\n',
    wit.types.map((type) => declaration(wit, type)).join(''),
    wit.imports.map((face) => importsOf(wit, face)).join('\n'),
    wit.exports.map((face) => exportsOf(wit, face)).join('\n'),
  ].join('\n');
}

function typeOf(wit: Wit, type: number | undefined): string {
  if (type === undefined) return '()';
  const shape = wit.shape(type);
  if (shape.kind === 'plain') return PLAIN[shape.name] ?? unsupported(shape);
  if (shape.kind === 'members') return pascal(wit.nameOf(type));
  const parts = shape.parts.map((part) => typeOf(wit, part?.id)).join(', ');
  switch (shape.name) {
    case 'list':
      return `Vec<${parts}>`;
    case 'option':
      return `Option<${parts}>`;
    case 'result':
      return `Result<${[0, 1].map((side) => typeOf(wit, shape.parts[side]?.id)).join(', ')}>`;
    case 'tuple':
      return shape.parts.length === 2 ? `(${parts})` : unsupported(shape);
    default:
      return unsupported(shape);
  }
}

function declaration(wit: Wit, type: number): string {
  const shape = wit.shape(type);
  const name = typeOf(wit, type);
  const { size, align } = layoutOf(wit, type);
  const raw = `<${name} as Wit>::Raw`;
  const asserted = `const _: () = assert!(size_of::<${raw}>() == ${size} && align_of::<${raw}>() == ${align});\n`;
  if (shape.kind === 'plain') return '';
  if (shape.kind === 'of') return asserted;
  if (shape.name === 'enum')
    return `${enumOf(
      name,
      shape.members.map(([member]) => member),
      size,
    )}${asserted}\n`;
  if (shape.name !== 'record') return unsupported(shape);
  const fields = shape.members.map(([field, of]) => [snake(field), typeOf(wit, of?.id)] as const);
  const each = (line: (field: string, of: string) => string): string =>
    fields.map(([field, of]) => `        ${line(field, of)},\n`).join('');
  return `#[derive(Clone, Debug)]
pub struct ${name} {
${fields.map(([field, of]) => `    pub ${field}: ${of},\n`).join('')}}
#[repr(C)]
#[derive(Clone, Copy)]
pub struct Raw${name} {
${fields.map(([field, of]) => `    pub ${field}: <${of} as Wit>::Raw,\n`).join('')}}
impl Wit for ${name} {
    type Raw = Raw${name};
    unsafe fn lift(raw: Raw${name}) -> Self {
        ${name} {
${each((field) => `    ${field}: Wit::lift(raw.${field})`)}        }
    }
    fn lower(&self, kept: &mut Kept) -> Raw${name} {
        Raw${name} {
${each((field) => `    ${field}: self.${field}.lower(kept)`)}        }
    }
}
${asserted}
`;
}

function enumOf(name: string, cases: readonly string[], size: number): string {
  const raw = `u${size * 8}`;
  const lifted = cases.map((one, index) => `            ${index} => ${name}::${pascal(one)},\n`).join('');
  return `#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ${name} {
${cases.map((one) => `    ${pascal(one)},\n`).join('')}}
impl Wit for ${name} {
    type Raw = ${raw};
    unsafe fn lift(raw: ${raw}) -> Self {
        match raw {
${lifted}            _ => unreachable!(),
        }
    }
    fn lower(&self, _: &mut Kept) -> ${raw} {
        *self as ${raw}
    }
}
`;
}

interface Flat {
  readonly name: string;
  readonly type: string;
  /** Of the value as it lies in memory. */
  readonly from: string;
}

/** A value as parameters. */
function flatten(wit: Wit, type: number, name: string, from: string): Flat[] {
  const shape = wit.shape(type);
  const pointer = (): Flat[] => [
    { name, type: '*const u8', from: `${from}.at as *const u8` },
    { name: `${name}_size`, type: 'usize', from: `${from}.count` },
  ];
  if (shape.kind === 'plain')
    return shape.name === 'string' ? pointer() : [{ name, type: coreOf(wit, type), from: `${from} as _` }];
  if (shape.kind === 'members') {
    if (shape.name === 'enum') return [{ name, type: 'i32', from: `${from} as i32` }];
    return shape.members.flatMap(([field, of]) =>
      of === undefined ? [] : flatten(wit, of.id, `${name}_${snake(field)}`, `${from}.${snake(field)}`),
    );
  }
  if (shape.name === 'list') return pointer();
  const of = shape.parts[0]?.id;
  if (shape.name !== 'option' || of === undefined) return unsupported(shape);
  const some = { name: `${name}_is_some`, type: 'i32', from: `${from}.is_some as i32` };
  return [some, ...flatten(wit, of, name, `${from}.value`)];
}

const coreOf = (wit: Wit, type: number): string => layoutOf(wit, type).flat[0] ?? 'i32';

/** A value as it lies in memory, of parameters; takes of `flat` what it needs. */
function raised(wit: Wit, type: number, flat: Flat[]): string {
  const shape = wit.shape(type);
  const next = (): string => flat.shift()?.name ?? '';
  const pointer = (): string => `RawList { at: ${next()} as _, count: ${next()} }`;
  if (shape.kind === 'plain') return shape.name === 'string' ? pointer() : `${next()} as _`;
  if (shape.kind === 'members') {
    if (shape.name === 'enum') return `${next()} as _`;
    const fields = shape.members.map(([field, of]) => `${snake(field)}: ${raised(wit, of?.id ?? -1, flat)}`);
    return `wit::Raw${typeOf(wit, type)} { ${fields.join(', ')} }`;
  }
  if (shape.name === 'list') return pointer();
  return `RawOption { is_some: ${next()} as u8, value: ${raised(wit, shape.parts[0]?.id ?? -1, flat)} }`;
}

const parametersOf = (flat: readonly Flat[]): string[] => flat.map(({ name, type }) => `${name}: ${type}`);

function importsOf(wit: Wit, face: Face): string {
  const made = face.functions.map((fn) => importOf(wit, face, fn));
  return `pub mod ${snake(face.name)} {
    use super::*;
    #[link(wasm_import_module = "${face.id}")]
    extern "C" {
${made.map(({ raw }) => raw).join('')}    }
${made.map(({ safe }) => safe).join('')}}
`;
}

function importOf(wit: Wit, face: Face, fn: WitFunction): { raw: string; safe: string } {
  checkParameters(
    wit,
    `${face.name}.${fn.name}`,
    fn.parameters.map(([, type]) => type),
  );
  const own = fn.parameters.map(([name, type]) => ({ name: snake(name), type, ...borrowed(wit, snake(name), type) }));
  const flat = own.flatMap(({ name, type }) => flatten(wit, type, name, name));
  const raw = `import_${snake(fn.name)}`;
  const indirect = isIndirect(wit, fn.result);
  const parameters = [...parametersOf(flat), ...(indirect ? ['result: *mut u8'] : [])].join(', ');
  const core = indirect || fn.result === undefined ? '' : ` -> ${coreOf(wit, fn.result)}`;
  const given = flat.map(({ from }) => from);
  const lowered = own.map(({ name, lower }) => `        let ${name} = ${lower};\n`).join('');
  const kept = lowered.includes('&mut kept') ? '        let mut kept = Kept::new();\n' : '';
  const call = `${raw}(${[...given, ...(indirect ? ['result'] : [])].join(', ')})`;
  const body =
    fn.result === undefined
      ? `unsafe { ${call} }`
      : indirect
        ? `unsafe { receive(|result| ${call}) }`
        : `unsafe { Wit::lift(${call} as _) }`;
  const signature = own.map(({ name, taken }) => `${name}: ${taken}`).join(', ');
  const result = fn.result === undefined ? '' : ` -> ${typeOf(wit, fn.result)}`;
  return {
    raw: `        #[link_name = "${fn.name}"]\n        fn ${raw}(${parameters})${core};\n`,
    safe: `    pub fn ${snake(fn.name)}(${signature})${result} {\n${kept}${lowered}        ${body}\n    }\n`,
  };
}

/** How an import takes a value that it only reads, and what makes of it what lies in memory. */
function borrowed(wit: Wit, name: string, type: number): { taken: string; lower: string } {
  const shape = wit.shape(type);
  const whole = typeOf(wit, type);
  if (shape.kind === 'plain' && shape.name === 'string') return { taken: '&str', lower: `raw_text(${name})` };
  if (shape.kind === 'of' && shape.name === 'list') {
    const of = typeOf(wit, shape.parts[0]?.id);
    const lower = `RawList { at: <${of}>::lower_list(${name}, &mut kept), count: ${name}.len() }`;
    return { taken: `&[${of}]`, lower };
  }
  const byValue = shape.kind === 'plain' || shape.name === 'enum';
  return { taken: byValue ? whole : `&${whole}`, lower: `${name}.lower(&mut kept)` };
}

function exportsOf(wit: Wit, face: Face): string {
  const trait = pascal(face.name);
  const methods = face.functions.map((fn) => {
    const parameters = fn.parameters.map(([name, type]) => `, ${snake(name)}: ${typeOf(wit, type)}`).join('');
    const result = fn.result === undefined ? '' : ` -> ${typeOf(wit, fn.result)}`;
    return `    fn ${snake(fn.name)}(&mut self${parameters})${result};\n`;
  });
  const module = `exports_${snake(face.name)}`;
  return `/// What the interface ${face.name} exports; \`wit_export_${snake(face.name)}!\` takes a \`&mut\` of what implements it.
pub trait ${trait} {
${methods.join('')}}
#[macro_export]
macro_rules! wit_export_${snake(face.name)} {
    ($plugin:expr) => {
        mod ${module} {
            use super::*;
            #[allow(unused_imports)]
            use $crate::aitbc::canonical::{free_returned, hand_over, RawList, RawOption, Wit};
            use $crate::aitbc::wit;

${face.functions.map((fn) => exportOf(wit, face, fn)).join('')}        }
    };
}
`;
}

function exportOf(wit: Wit, face: Face, fn: WitFunction): string {
  checkParameters(
    wit,
    `${face.name}.${fn.name}`,
    fn.parameters.map(([, type]) => type),
  );
  const flat = fn.parameters.flatMap(([name, type]) => flatten(wit, type, snake(name), ''));
  const rest = [...flat];
  const given = fn.parameters.map(([, type]) => `Wit::lift(${raised(wit, type, rest)})`);
  const call = `wit::${pascal(face.name)}::${snake(fn.name)}(${['$plugin', ...given].join(', ')})`;
  const indirect = isIndirect(wit, fn.result);
  const core = fn.result === undefined ? '' : ` -> ${indirect ? '*const u8' : coreOf(wit, fn.result)}`;
  const body = indirect ? `hand_over(${call})` : fn.result === undefined ? call : `${call} as _`;
  const post = `            #[export_name = "cabi_post_${face.id}#${fn.name}"]
            extern "C" fn post_${snake(fn.name)}(_: *const u8) {
                free_returned()
            }
`;
  return `            #[export_name = "${face.id}#${fn.name}"]
            unsafe extern "C" fn ${snake(fn.name)}(${parametersOf(flat).join(', ')})${core} {
                ${body}
            }
${indirect ? post : ''}`;
}
