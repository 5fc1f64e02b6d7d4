import { MalformedBinary } from '../../../source/component/binary.ts';
import type { ComponentEntity, Entity, FunctionEntity, InstanceEntity, TypeEntity } from './entity.ts';
import type { FunctionType, TypeTable } from './type-table.ts';

/** Scopes around a scope: reading goes as deep. */
const MAX_DEPTH = 100;

/** The index spaces of a component, a component type or an instance type. */
export class Scope {
  readonly #parent: Scope | undefined;
  readonly #depth: number;
  readonly table: TypeTable;
  readonly types: TypeEntity[] = [];
  readonly functions: FunctionEntity[] = [];
  readonly instances: InstanceEntity[] = [];
  readonly components: ComponentEntity[] = [];
  readonly imports = new Map<string, Entity>();
  readonly exports = new Map<string, Entity>();

  constructor(parent: Scope | undefined, table: TypeTable) {
    this.#parent = parent;
    this.#depth = parent === undefined ? 0 : parent.#depth + 1;
    if (this.#depth > MAX_DEPTH) throw new MalformedBinary('it is nested too deeply');
    this.table = table;
  }

  /** So many levels up. */
  outer(levels: number): Scope {
    return levels === 0 ? this : there(this.#parent).outer(levels - 1);
  }

  type(index: number): TypeEntity {
    return there(this.types[index]);
  }

  functionType(index: number): FunctionType {
    const entity = this.type(index);
    if (entity.is !== 'function') throw new MalformedBinary('a function has the type of something else');
    return entity.type;
  }

  /** What an index of this sort of the component level means. */
  at(sort: number, index: number): Entity {
    switch (sort) {
      case 1:
        return there(this.functions[index]);
      case 3:
        return { sort: 'type', type: this.type(index) };
      case 4:
        return there(this.components[index]);
      case 5:
        return there(this.instances[index]);
      default:
        throw new MalformedBinary(`sort ${sort} is not supported`);
    }
  }

  /** Gives it the next index of its sort. */
  add(entity: Entity): void {
    if (entity.sort === 'func') this.functions.push(entity);
    else if (entity.sort === 'type') this.types.push(entity.type);
    else if (entity.sort === 'instance') this.instances.push(entity);
    else if (entity.sort === 'component') this.components.push(entity);
  }

  /** Types are called what they are exported as. */
  named(name: string, entity: Entity): Entity {
    if (entity.sort !== 'type' || entity.type.is !== 'value') return entity;
    return { sort: 'type', type: { is: 'value', ref: this.table.named(entity.type.ref.id, name) } };
  }
}

/** Throws MalformedBinary for an index of nothing. */
export function there<T>(found: T | undefined): T {
  if (found === undefined) throw new MalformedBinary('an index is of nothing');
  return found;
}
