import { MalformedBinary } from '../../../source/component/binary.ts';
import type { FunctionType, TypeRef, TypeTable } from './type-table.ts';

export type Exports = ReadonlyMap<string, Entity>;

export type TypeEntity =
  | { readonly is: 'value'; readonly ref: TypeRef }
  | { readonly is: 'function'; readonly type: FunctionType }
  | { readonly is: 'instance' | 'component'; readonly exports: Exports }
  | { readonly is: 'resource'; readonly number: number };

export type Entity =
  | { readonly sort: 'func'; readonly type: FunctionType }
  | { readonly sort: 'type'; readonly type: TypeEntity }
  | { readonly sort: 'instance' | 'component'; readonly exports: Exports }
  /** Of core WebAssembly. */
  | { readonly sort: 'core' };

let resources = 0;

/** The index spaces of a component, a component type or an instance type. */
export class Scope {
  readonly #parent: Scope | undefined;
  readonly table: TypeTable;
  readonly types: TypeEntity[] = [];
  readonly functions: FunctionType[] = [];
  readonly instances: { readonly exports: Exports }[] = [];
  readonly components: { readonly exports: Exports }[] = [];
  readonly imports = new Map<string, Entity>();
  readonly exports = new Map<string, Entity>();

  constructor(parent: Scope | undefined, table: TypeTable) {
    this.#parent = parent;
    this.table = table;
  }

  /** So many levels up. */
  outer(levels: number): Scope {
    return levels === 0 ? this : there(this.#parent).outer(levels - 1);
  }

  type(index: number): TypeEntity {
    return there(this.types[index]);
  }
  instance(index: number): { readonly exports: Exports } {
    return there(this.instances[index]);
  }
  component(index: number): { readonly exports: Exports } {
    return there(this.components[index]);
  }

  functionType(index: number): FunctionType {
    const entity = this.type(index);
    if (entity.is !== 'function') throw new MalformedBinary('a function has the type of something else');
    return entity.type;
  }

  /** What an index of this sort means. */
  at(sort: number, index: number): Entity {
    switch (sort) {
      case 0:
        return { sort: 'core' };
      case 1:
        return { sort: 'func', type: there(this.functions[index]) };
      case 3:
        return { sort: 'type', type: this.type(index) };
      case 4:
        return { sort: 'component', exports: this.component(index).exports };
      case 5:
        return { sort: 'instance', exports: this.instance(index).exports };
      default:
        throw new MalformedBinary(`sort ${sort} is not supported`);
    }
  }

  /** Gives it the next index of its sort. */
  add(entity: Entity): void {
    if (entity.sort === 'func') this.functions.push(entity.type);
    else if (entity.sort === 'type') this.types.push(entity.type);
    else if (entity.sort === 'instance') this.instances.push({ exports: entity.exports });
    else if (entity.sort === 'component') this.components.push({ exports: entity.exports });
  }

  /** Types are called what they are exported as. */
  named(name: string, entity: Entity): Entity {
    if (entity.sort !== 'type' || entity.type.is !== 'value') return entity;
    return { sort: 'type', type: { is: 'value', ref: this.table.named(entity.type.ref.id, name) } };
  }

  newResource(): TypeEntity {
    resources += 1;
    return { is: 'resource', number: resources };
  }
}

function there<T>(found: T | undefined): T {
  if (found === undefined) throw new MalformedBinary('an index is of nothing');
  return found;
}
