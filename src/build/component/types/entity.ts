/** What stands under the indices and names of a component: its type, and, where it is known, where it comes from. */
import type { PlanOptions } from '../../../protocol/component-plan.ts';
import type { FunctionType, TypeRef } from './type-table.ts';

export type Exports = ReadonlyMap<string, Entity>;

export type TypeEntity =
  | { readonly is: 'value'; readonly ref: TypeRef }
  | { readonly is: 'function'; readonly type: FunctionType }
  | { readonly is: 'instance' | 'component'; readonly exports: Exports }
  | {
      readonly is: 'resource';
      readonly number: number;
      /** The component makes it. */
      readonly own?: true;
    };

/** With the type that the function has there. */
export type FunctionOrigin =
  /** Of an imported interface. */
  | { readonly kind: 'import'; readonly name: string; readonly member: string; readonly type: FunctionType }
  /** A core function, by its index. */
  | { readonly kind: 'lift'; readonly core: number; readonly type: FunctionType; readonly options: PlanOptions }
  /** What the component itself is given under this name. */
  | { readonly kind: 'parameter'; readonly name: string };

export type InstanceOrigin =
  | { readonly kind: 'import'; readonly name: string }
  /** Put together of members; those of a nested component may be its parameters, which are what it was given. */
  | { readonly kind: 'made'; readonly members: Exports; readonly given?: Exports };

export interface FunctionEntity {
  readonly sort: 'func';
  readonly type: FunctionType;
  readonly origin?: FunctionOrigin | undefined;
}

export interface InstanceEntity {
  readonly sort: 'instance';
  readonly exports: Exports;
  readonly origin?: InstanceOrigin | undefined;
}

export interface ComponentEntity {
  readonly sort: 'component';
  readonly exports: Exports;
}

export interface CoreModule {
  readonly name: string;
  readonly bytes: Uint8Array;
}

export type Entity =
  | FunctionEntity
  | InstanceEntity
  | ComponentEntity
  | { readonly sort: 'type'; readonly type: TypeEntity }
  /** Without the module where it is one from elsewhere. */
  | { readonly sort: 'core'; readonly module?: CoreModule | undefined };

/** What an instance has under a name. */
export function memberOf(instance: InstanceEntity, name: string): Entity | undefined {
  const entity = instance.exports.get(name);
  if (entity?.sort === 'func') return { ...entity, origin: originOf(instance, name, entity.type) };
  // Members of a member would need the same; nothing asks for them.
  if (entity?.sort === 'instance') return { ...entity, origin: undefined };
  return entity;
}

function originOf({ origin }: InstanceEntity, member: string, type: FunctionType): FunctionOrigin | undefined {
  if (origin === undefined) return undefined;
  if (origin.kind === 'import') return { kind: 'import', name: origin.name, member, type };
  const own = functionIn(origin.members, member);
  if (origin.given === undefined) return own;
  return own?.kind === 'parameter' ? functionIn(origin.given, own.name) : undefined;
}

function functionIn(exports: Exports, name: string): FunctionOrigin | undefined {
  const entity = exports.get(name);
  return entity?.sort === 'func' ? entity.origin : undefined;
}
