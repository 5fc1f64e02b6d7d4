/** Where the canonical ABI puts values: in memory, and in the parameters of a core function. */
import type { Shape } from '../../src/build/component/types/type-table.ts';
import type { Wit } from './wit.ts';

export type Core = 'i32' | 'i64' | 'f32' | 'f64';

export interface Layout {
  /** Bytes. */
  readonly size: number;
  readonly align: number;
  /** Of a record's fields and a tuple's members, in their order; of an option, a result or a variant that of the payload. */
  readonly offsets: readonly number[];
  /** As parameters. */
  readonly flat: readonly Core[];
}

/** More become a pointer to memory. */
const MOST_PARAMETERS = 16;

const PLAIN: Readonly<Record<string, readonly [size: number, flat: Core]>> = {
  bool: [1, 'i32'],
  u8: [1, 'i32'],
  s8: [1, 'i32'],
  u16: [2, 'i32'],
  s16: [2, 'i32'],
  u32: [4, 'i32'],
  s32: [4, 'i32'],
  char: [4, 'i32'],
  u64: [8, 'i64'],
  s64: [8, 'i64'],
  f32: [4, 'f32'],
  f64: [8, 'f64'],
};
const POINTER_AND_LENGTH: Layout = { size: 8, align: 4, offsets: [0, 4], flat: ['i32', 'i32'] };

export function layoutOf(wit: Wit, type: number): Layout {
  const shape = wit.shape(type);
  const part = (id: number | undefined): Layout | undefined => (id === undefined ? undefined : layoutOf(wit, id));
  if (shape.kind === 'plain') {
    if (shape.name === 'string') return POINTER_AND_LENGTH;
    const [size, flat] = PLAIN[shape.name] ?? unsupported(shape);
    return { size, align: size, offsets: [], flat: [flat] };
  }
  if (shape.kind === 'members') {
    const members = shape.members.map(([, member]) => part(member?.id));
    if (shape.name === 'record') return sequence(members as Layout[]);
    if (shape.name === 'enum' || shape.name === 'variant') return choice(members);
    return unsupported(shape);
  }
  const parts = shape.parts.map((of) => part(of?.id));
  if (shape.name === 'list') return POINTER_AND_LENGTH;
  if (shape.name === 'tuple') return sequence(parts as Layout[]);
  if (shape.name === 'option') return choice([undefined, ...parts]);
  if (shape.name === 'result') return choice(parts);
  return unsupported(shape);
}

function sequence(parts: readonly Layout[]): Layout {
  let end = 0;
  const offsets = parts.map(({ size, align }) => {
    const at = aligned(end, align);
    end = at + size;
    return at;
  });
  const align = Math.max(1, ...parts.map((part) => part.align));
  return { size: aligned(end, align), align, offsets, flat: parts.flatMap(({ flat }) => flat) };
}

/** One of several: its number, then the room that the largest needs. */
function choice(cases: readonly (Layout | undefined)[]): Layout {
  const payloads = cases.filter((one) => one !== undefined);
  const number = cases.length <= 2 ** 8 ? 1 : cases.length <= 2 ** 16 ? 2 : 4;
  const payloadAlign = Math.max(1, ...payloads.map(({ align }) => align));
  const at = aligned(number, payloadAlign);
  const align = Math.max(number, payloadAlign);
  const size = aligned(at + Math.max(0, ...payloads.map((payload) => payload.size)), align);
  const flat: Core[] = [];
  for (const payload of payloads) {
    for (const [index, core] of payload.flat.entries()) flat[index] = joined(flat[index] ?? core, core);
  }
  return { size, align, offsets: payloads.length === 0 ? [] : [at], flat: ['i32', ...flat] };
}

function joined(one: Core, other: Core): Core {
  if (one === other) return one;
  return one === 'i64' || one === 'f64' || other === 'i64' || other === 'f64' ? 'i64' : 'i32';
}

/** Throws where they are too many for parameters. */
export function checkParameters(wit: Wit, name: string, types: readonly number[]): void {
  const count = types.flatMap((type) => layoutOf(wit, type).flat).length;
  if (count > MOST_PARAMETERS)
    throw new Error(`${name} has ${count} flat parameters; these bindings pass ${MOST_PARAMETERS}`);
}

/** Whether a result goes through memory: the host passes, or is given, a pointer to it. */
export function isIndirect(wit: Wit, result: number | undefined): result is number {
  return result !== undefined && layoutOf(wit, result).flat.length > 1;
}

const aligned = (at: number, to: number): number => Math.ceil(at / to) * to;

export function unsupported(shape: Shape): never {
  throw new Error(`the bindings have no form for ${shape.name}`);
}
