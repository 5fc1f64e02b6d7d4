/**
 * How a component is put together, as the guest's own bindings follow it: its core modules, what they are linked with, and
 * which of their functions are its exports. Throws Unplanned for any part that they have no form for.
 */
import type {
  ComponentPlan,
  PlanCoreFunction,
  PlanCoreInstance,
  PlanExport,
} from '../../../protocol/component-plan.ts';
import { readComponent } from '../binary/component.ts';
import type { Component, CoreFunction } from '../types/component.ts';
import { type CoreModule, type Entity, memberOf } from '../types/entity.ts';
import { TypeTable } from '../types/type-table.ts';
import { PlanTypes } from './types.ts';
import { Unplanned } from './unplanned.ts';

export interface Structure {
  readonly plan: ComponentPlan;
  /** By the name the plan has for them. */
  readonly modules: readonly CoreModule[];
}

/** Throws MalformedBinary or Unplanned. */
export function readStructure(bytes: Uint8Array): Structure {
  return structureOf(readComponent(bytes, new TypeTable()));
}

/** Throws Unplanned. */
export function structureOf(component: Component): Structure {
  const { core, nested, imports, exports, table } = component;
  if (nested.some(({ acts }) => acts)) throw new Unplanned('a nested component does something of its own');
  if ([component, ...nested].some(hasResources)) throw new Unplanned('it has resources of its own');
  for (const entity of imports.values()) checkImport(entity);
  if (core.tags.length > 0) throw new Unplanned('it takes a tag of an exception');
  const types = new PlanTypes(table);
  const plan = {
    functions: core.functions.map((item) => coreFunction(item, types)),
    instances: core.instances.map(coreInstance),
    exports: [...exports].flatMap(([id, entity]) => exportsOf(id, entity, types)),
    memories: core.memories,
    types: types.types,
  };
  return { plan, modules: [...new Set(core.modules.filter((module) => module !== undefined))] };
}

function hasResources({ types }: Component): boolean {
  return types.some((type) => type.is === 'resource' && type.own);
}

/** Types, and interfaces of functions and types. */
function checkImport(entity: Entity): void {
  if (entity.sort === 'type') return;
  const plain =
    entity.sort === 'instance' && entity.exports.values().every(({ sort }) => sort === 'func' || sort === 'type');
  if (!plain) throw new Unplanned('it imports something else than interfaces');
}

function coreFunction(item: CoreFunction, types: PlanTypes): PlanCoreFunction {
  switch (item.kind) {
    case 'alias':
      return item;
    case 'lower': {
      const { origin } = item.function;
      // A component that is given its own function: calls would have to pass between two of its tasks.
      if (origin?.kind !== 'import') throw new Unplanned('it imports a function of its own');
      const { name, member, type } = origin;
      const { options } = item;
      return { kind: 'lower', name: name.replace(/@.*$/, ''), member, type: types.function(type), options };
    }
    case 'drop':
      if (item.type.is !== 'resource') throw new Unplanned('it drops what is no resource');
      return { kind: 'drop', resource: types.resource(item.type.number) };
    default:
      throw new Unplanned('it makes or opens resources');
  }
}

function coreInstance(instance: PlanCoreInstance | undefined): PlanCoreInstance {
  if (instance === undefined) throw new Unplanned('it has a core module from elsewhere');
  return instance;
}

/** What the host calls of an exported interface; functions and types beside interfaces are called by nobody. */
function exportsOf(id: string, entity: Entity, types: PlanTypes): PlanExport[] {
  if (entity.sort === 'func' || entity.sort === 'type') return [];
  if (entity.sort !== 'instance') throw new Unplanned(`it exports something of sort ${entity.sort}`);
  if (entity.origin?.kind !== 'made') throw new Unplanned('it exports an interface that it imports');
  const found: PlanExport[] = [];
  for (const [member, { sort }] of entity.exports) {
    if (sort === 'type') continue;
    const own = memberOf(entity, member);
    if (own?.sort !== 'func') throw new Unplanned(`an interface has something of sort ${sort}`);
    if (own.origin?.kind !== 'lift') throw new Unplanned('it exports a function that is not its own');
    const { core, type, options } = own.origin;
    if (id.startsWith(OWN)) found.push({ id, member, function: core, type: types.function(type), options });
  }
  return found;
}

const OWN = 'aitbc:plugin/';
