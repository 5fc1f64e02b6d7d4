import { componentEmbed, componentNew } from '@bytecodealliance/jco-transpile/wasm-tools';
import { readSurface, type Interface } from '../../src/build/component/types/decode.ts';
import { type FunctionType, type Shape, TypeTable } from '../../src/build/component/types/type-table.ts';

/** Each has the interfaces of `plugin`, and one of its own. */
export const WORLDS = ['plugin', 'cli', 'blockchain', 'ai'] as const;

export interface WitFunction {
  /** As the WIT spells it. */
  readonly name: string;
  readonly parameters: readonly (readonly [name: string, type: number])[];
  readonly result: number | undefined;
}

/** An interface, as a component imports or exports it. */
export interface Face {
  /** `files`. */
  readonly name: string;
  /** `aitbc:plugin/files@1.0.0`. */
  readonly id: string;
  readonly functions: readonly WitFunction[];
}

/** What all worlds of a WIT package import and export, with the types of it. */
export interface Wit {
  readonly imports: readonly Face[];
  readonly exports: readonly Face[];
  /** Names of the exported interfaces of each world. */
  readonly worlds: ReadonlyMap<string, readonly string[]>;
  readonly shape: (type: number) => Shape;
  /** What a record, an enum and the like is called in the WIT. */
  readonly nameOf: (type: number) => string;
  /** All types that functions use, each after those it is made of. */
  readonly types: readonly number[];
}

/** Decodes the types from empty components of each world. `source`: the package as one document. */
export async function readWit(source: string): Promise<Wit> {
  const table = new TypeTable();
  const imports = new Map<string, Face>();
  const exports = new Map<string, Face>();
  const worlds = new Map<string, readonly string[]>();
  for (const world of WORLDS) {
    const empty = await componentEmbed({ dummy: true, witSource: source, world });
    const surface = readSurface(await componentNew(empty), table);
    for (const [id, found] of surface.imports) add(imports, id, found);
    for (const [id, found] of surface.exports) add(exports, id, found);
    worlds.set(
      world,
      [...surface.exports].filter(([, found]) => hasFunctions(found)).map(([id]) => faceName(id)),
    );
  }
  const wit = { imports: [...imports.values()], exports: [...exports.values()], worlds };
  const shape = (type: number): Shape => table.shape(type);
  const nameOf = (type: number): string => table.print({ id: type });
  return { ...wit, shape, nameOf, types: typesOf([...wit.imports, ...wit.exports], shape) };
}

function add(to: Map<string, Face>, id: string, found: Interface | undefined): void {
  if (found === undefined || !hasFunctions(found)) return;
  to.set(id, { name: faceName(id), id, functions: [...found.functions].map(([name, type]) => functionOf(name, type)) });
}

const hasFunctions = (found: Interface | undefined): boolean => found !== undefined && found.functions.size > 0;

const faceName = (id: string): string => /\/([a-z0-9-]+)@/.exec(id)?.[1] ?? id;

function functionOf(name: string, { parameters, result }: FunctionType): WitFunction {
  return { name, parameters: parameters.map(([given, { id }]) => [given, id] as const), result: result?.id };
}

/** The types that one is made of. */
export function partsOf(shape: Shape): number[] {
  if (shape.kind === 'plain') return [];
  const parts = shape.kind === 'of' ? shape.parts : shape.members.map(([, type]) => type);
  return parts.flatMap((part) => (part === undefined ? [] : [part.id]));
}

function typesOf(faces: readonly Face[], shape: (type: number) => Shape): number[] {
  const found = new Set<number>();
  const visit = (type: number): void => {
    for (const part of partsOf(shape(type))) visit(part);
    found.add(type);
  };
  for (const { functions } of faces) {
    for (const { parameters, result } of functions) {
      for (const [, type] of parameters) visit(type);
      if (result !== undefined) visit(result);
    }
  }
  return [...found];
}
