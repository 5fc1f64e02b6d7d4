/** Types of a plan: those that cross, in one table in which equal types are one. Throws Unplanned for what has no form. */
import type { PlanFunction, PlanType, TypeIndex } from '../../../protocol/component-plan.ts';
import type { FunctionType, Shape, TypeRef, TypeTable } from '../types/type-table.ts';
import { Unplanned } from './unplanned.ts';

const MAX_TYPES = 10_000;
/** As its bits are kept in one number. */
const MAX_FLAGS = 32;

const PLAIN = ['bool', 'u8', 's8', 'u16', 's16', 'u32', 's32', 'u64', 's64', 'string'] as const;

export class PlanTypes {
  readonly types: PlanType[] = [];
  readonly #table: TypeTable;
  /** By the number in the table. */
  readonly #indices = new Map<number, TypeIndex>();
  readonly #resources = new Map<number, number>();

  constructor(table: TypeTable) {
    this.#table = table;
  }

  function({ parameters, result, asynchronous }: FunctionType): PlanFunction {
    if (asynchronous) throw new Unplanned('a function is asynchronous');
    return { params: parameters.map(([, type]) => this.#index(type)), result: this.#maybe(result) };
  }

  /** Of the table's number of one. */
  resource(number: number): number {
    const known = this.#resources.get(number) ?? this.#resources.size;
    this.#resources.set(number, known);
    return known;
  }

  #index({ id }: TypeRef): TypeIndex {
    const known = this.#indices.get(id);
    if (known !== undefined) return known;
    const type = this.#type(this.#table.shape(id));
    if (this.types.length === MAX_TYPES) throw new Unplanned('it has too many types');
    const index = this.types.push(type) - 1;
    this.#indices.set(id, index);
    return index;
  }

  #maybe(ref: TypeRef | undefined): TypeIndex | null {
    return ref === undefined ? null : this.#index(ref);
  }

  #type(shape: Shape): PlanType {
    if (shape.kind === 'of') return this.#compound(shape.name, shape.parts);
    if (shape.kind === 'members') return this.#members(shape.name, shape.members);
    if (shape.handle !== undefined) return { kind: shape.handle.kind, resource: this.resource(shape.handle.resource) };
    const kind = PLAIN.find((name) => name === shape.name);
    if (kind === undefined) throw new Unplanned(`it uses the type ${shape.name}`);
    return { kind };
  }

  #compound(name: string, parts: readonly (TypeRef | undefined)[]): PlanType {
    if (name === 'result') return { kind: name, ok: this.#maybe(parts[0]), err: this.#maybe(parts[1]) };
    if (name === 'tuple') return { kind: name, of: parts.map((part) => this.#part(part)) };
    if (name !== 'list' && name !== 'option') throw new Unplanned(`it uses the type ${name}`);
    const of = this.#part(parts[0]);
    // Without a form of its own a second `none` would look like the first.
    if (name === 'option' && this.types[of]?.kind === 'option') throw new Unplanned('an option of an option');
    return { kind: name, of };
  }

  #members(kind: string, members: readonly (readonly [name: string, type: TypeRef | undefined])[]): PlanType {
    if (kind === 'record') return { kind, fields: members.map(([name, type]) => [name, this.#part(type)]) };
    if (kind === 'variant') return { kind, cases: members.map(([name, type]) => [name, this.#maybe(type)]) };
    if (kind !== 'enum' && kind !== 'flags') throw new Unplanned(`it uses the type ${kind}`);
    if (kind === 'flags' && members.length > MAX_FLAGS) throw new Unplanned(`more than ${MAX_FLAGS} flags`);
    return { kind, names: members.map(([name]) => name) };
  }

  #part(ref: TypeRef | undefined): TypeIndex {
    if (ref === undefined) throw new Unplanned('a part of a type is missing');
    return this.#index(ref);
  }
}
