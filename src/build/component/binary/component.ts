/**
 * Reads a component's binary: its types, its imports and exports, and how its core modules are put together. Guarantees work
 * linear in the bytes, bounded depth, and that what it does not know is refused, never skipped. Trusts that wasm-tools has
 * validated what is bound and run by what is read here.
 */
import { Cursor, MalformedBinary } from '../../../source/component/binary.ts';
import { isComponent, sectionsOf } from '../../../source/component/sections.ts';
import { Component } from '../types/component.ts';
import type { Entity } from '../types/entity.ts';
import { there } from '../types/scope.ts';
import type { TypeTable } from '../types/type-table.ts';
import { readCanonical } from './canonical.ts';
import { readCoreInstance } from './core-instance.ts';
import { checkModuleNames } from './core-names.ts';
import { externalName, readAlias, readEntity } from './references.ts';
import { readExternalType, readTypeSection } from './type-section.ts';

/** Throws MalformedBinary. */
export function readComponent(bytes: Uint8Array, table: TypeTable): Component {
  return readInto(new Component(undefined, table), bytes);
}

const CUSTOM = 0;
const CORE_MODULE = 1;
/** Types of core modules: the names in them are met again where a module of one is used. */
const CORE_TYPE = 3;
const COMPONENT = 4;
const READERS: Readonly<Record<number, (cursor: Cursor, component: Component) => void>> = {
  2: readCoreInstance,
  5: readInstance,
  6: readAlias,
  7: readTypeSection,
  8: readCanonical,
  10: readImport,
  11: readExport,
};
/** Modules, instances, nested components and functions: what is neither a type nor a name. */
const ACTING: ReadonlySet<number> = new Set([CORE_MODULE, 2, COMPONENT, 5, 8]);

function readInto(component: Component, bytes: Uint8Array): Component {
  if (!isComponent(bytes)) throw new MalformedBinary('it is no component');
  for (const { id, bytes: content } of sectionsOf(bytes)) {
    if (ACTING.has(id)) component.acts = true;
    if (id === CORE_MODULE) {
      checkModuleNames(content);
      component.core.modules.push({ name: `module${component.core.modules.length}.wasm`, bytes: content });
    } else if (id === COMPONENT) {
      const nested = readInto(new Component(component, component.table), content);
      component.nested.push(nested);
      component.components.push({ sort: 'component', exports: nested.exports });
    } else if (id !== CUSTOM && id !== CORE_TYPE) readEach(content, id, component);
  }
  return component;
}

function readEach(content: Uint8Array, id: number, component: Component): void {
  const read = READERS[id];
  if (read === undefined) throw new MalformedBinary(`a section of kind ${id} is not supported`);
  const cursor = new Cursor(content);
  cursor.list(() => read(cursor, component));
  if (!cursor.done) throw new MalformedBinary(`a section of kind ${id} is longer than what is in it`);
}

/** That of a nested component, with what it is given; or a bundle. */
function readInstance(cursor: Cursor, component: Component): void {
  if (cursor.byte() === 0) {
    const { exports } = there(component.components[cursor.u32()]);
    const given = new Map(cursor.list(() => [cursor.text(), readEntity(cursor, component)] as const));
    component.instances.push({ sort: 'instance', exports, origin: { kind: 'made', members: exports, given } });
    return;
  }
  const exports = new Map(cursor.list(() => [externalName(cursor), readEntity(cursor, component)] as const));
  component.instances.push({ sort: 'instance', exports, origin: { kind: 'made', members: exports } });
}

function readImport(cursor: Cursor, component: Component): void {
  const name = externalName(cursor);
  const type = readExternalType(cursor, component);
  const entity = imported(name, type);
  component.imports.set(name, entity);
  component.add(entity);
}

function imported(name: string, type: Entity): Entity {
  if (type.sort === 'func') return { ...type, origin: { kind: 'parameter', name } };
  if (type.sort === 'instance') return { ...type, origin: { kind: 'import', name } };
  return type;
}

function readExport(cursor: Cursor, component: Component): void {
  const name = externalName(cursor);
  const own = readEntity(cursor, component);
  const said = cursor.option(() => readExternalType(cursor, component));
  const entity = component.named(name, said === undefined ? own : ascribed(own, said));
  component.exports.set(name, entity);
  component.add(entity);
}

/** With the type that it is said to have, it stays what it is. */
function ascribed(own: Entity, said: Entity): Entity {
  if (own.sort === 'func' && said.sort === 'func') return { ...said, origin: own.origin };
  if (own.sort === 'instance' && said.sort === 'instance') return { ...said, origin: own.origin };
  if (own.sort === 'core' || (own.sort === 'type' && own.type.is === 'resource')) return own;
  return said;
}
