import type { PlanAlias, PlanCoreInstance, PlanOptions } from '../../../protocol/component-plan.ts';
import type { CoreModule, Entity, FunctionEntity, TypeEntity } from './entity.ts';
import { Scope } from './scope.ts';

export type CoreFunction =
  | { readonly kind: 'alias'; readonly from: PlanAlias }
  | { readonly kind: 'lower'; readonly function: FunctionEntity; readonly options: PlanOptions }
  | { readonly kind: 'drop'; readonly type: TypeEntity }
  /** Makes a resource of the component's own, or opens it. */
  | { readonly kind: 'resource' };

/** Index spaces of core WebAssembly. */
export interface CoreSpaces {
  /** Undefined: not in these bytes. */
  readonly modules: (CoreModule | undefined)[];
  /** Undefined: an instance of such a module. */
  readonly instances: (PlanCoreInstance | undefined)[];
  readonly functions: CoreFunction[];
  readonly tables: PlanAlias[];
  readonly memories: PlanAlias[];
  readonly globals: PlanAlias[];
  readonly tags: PlanAlias[];
}

/** A component as it was read: what both its surface and its plan are taken from. */
export class Component extends Scope {
  readonly core: CoreSpaces = {
    modules: [],
    instances: [],
    functions: [],
    tables: [],
    memories: [],
    globals: [],
    tags: [],
  };
  readonly nested: Component[] = [];
  /** It does more than to pass on what it is given. */
  acts = false;

  override add(entity: Entity): void {
    if (entity.sort === 'core') this.core.modules.push(entity.module);
    else super.add(entity);
  }
}
