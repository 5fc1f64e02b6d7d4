/**
 * How a component is put together, as data: what the build reads from its bytes, and the guest's bindings follow. Nothing of it is
 * code, so that names in a hostile component stay names.
 */

/** Index into `ComponentPlan.types`. */
export type TypeIndex = number;

/** By the name that the Component Model has for it; members are indices. */
export type PlanType =
  | { readonly kind: 'bool' | 'u8' | 's8' | 'u16' | 's16' | 'u32' | 's32' | 'u64' | 's64' | 'string' }
  | { readonly kind: 'list' | 'option'; readonly of: TypeIndex }
  | { readonly kind: 'record'; readonly fields: readonly (readonly [name: string, type: TypeIndex])[] }
  | { readonly kind: 'tuple'; readonly of: readonly TypeIndex[] }
  | { readonly kind: 'enum' | 'flags'; readonly names: readonly string[] }
  | { readonly kind: 'variant'; readonly cases: readonly (readonly [name: string, type: TypeIndex | null])[] }
  | { readonly kind: 'result'; readonly ok: TypeIndex | null; readonly err: TypeIndex | null }
  | { readonly kind: 'own' | 'borrow'; readonly resource: number };

export interface PlanFunction {
  readonly params: readonly TypeIndex[];
  readonly result: TypeIndex | null;
}

/** Options of a function that crosses: indices into the component's own memories and core functions. */
export interface PlanOptions {
  readonly encoding: 'utf8' | 'utf16';
  readonly memory: number | null;
  readonly realloc: number | null;
  readonly postReturn: number | null;
}

/** An item of a core instance, by instance and name. */
export type PlanAlias = readonly [instance: number, name: string];

export type PlanCoreFunction =
  | { readonly kind: 'alias'; readonly from: PlanAlias }
  /** `name`: of the interface without version; `member`: as the component names it: `[method]output-stream.write`. */
  | {
      readonly kind: 'lower';
      readonly name: string;
      readonly member: string;
      readonly type: PlanFunction;
      readonly options: PlanOptions;
    }
  | { readonly kind: 'drop'; readonly resource: number };

export type PlanCoreItem = { readonly function: number } | { readonly memory: number } | { readonly alias: PlanAlias };

export type PlanCoreInstance =
  | { readonly module: string; readonly with: readonly (readonly [name: string, instance: number])[] }
  | { readonly items: readonly (readonly [name: string, item: PlanCoreItem])[] };

export interface PlanExport {
  /** `aitbc:plugin/methods@1.0.0` */
  readonly id: string;
  /** `list-methods` */
  readonly member: string;
  readonly function: number;
  readonly type: PlanFunction;
  readonly options: PlanOptions;
}

export interface ComponentPlan {
  readonly types: readonly PlanType[];
  readonly memories: readonly PlanAlias[];
  readonly functions: readonly PlanCoreFunction[];
  /** In the order of their making: each needs earlier ones alone. */
  readonly instances: readonly PlanCoreInstance[];
  readonly exports: readonly PlanExport[];
}
