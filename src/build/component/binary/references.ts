import { type Cursor, MalformedBinary } from '../../../source/component/binary.ts';
import { Component } from '../types/component.ts';
import { type Entity, memberOf } from '../types/entity.ts';
import { type Scope, there } from '../types/scope.ts';
import { readCoreAlias } from './core-instance.ts';

const CORE = 0;
const CORE_TYPE = 0x10;
const CORE_MODULE = 0x11;

/** Sorts of core WebAssembly have a second number. */
interface Sort {
  readonly sort: number;
  readonly core: number;
}

/** What another instance or scope has, under the next index of its sort. */
export function readAlias(cursor: Cursor, scope: Scope): void {
  const { sort, core } = readSort(cursor);
  const target = cursor.byte();
  if (target === 0) {
    const instance = there(scope.instances[cursor.u32()]);
    const entity = memberOf(instance, cursor.text());
    if (entity === undefined) throw new MalformedBinary('an alias names no export');
    scope.add(entity);
  } else if (target === 1 && sort === CORE && scope instanceof Component) readCoreAlias(cursor, scope, core);
  else if (target === 2) {
    const outer = scope.outer(cursor.u32());
    const index = cursor.u32();
    // Nothing here is told of the types of core modules.
    if (sort !== CORE || core !== CORE_TYPE) scope.add(entityAt(outer, { sort, core }, index));
  } else throw new MalformedBinary('an alias is of an unknown kind');
}

function readSort(cursor: Cursor): Sort {
  const sort = cursor.byte();
  return { sort, core: sort === CORE ? cursor.byte() : 0 };
}

export function readEntity(cursor: Cursor, scope: Scope): Entity {
  return entityAt(scope, readSort(cursor), cursor.u32());
}

function entityAt(scope: Scope, { sort, core }: Sort, index: number): Entity {
  if (sort !== CORE) return scope.at(sort, index);
  if (core !== CORE_MODULE) throw new MalformedBinary(`core sort ${core} is not supported here`);
  return { sort: 'core', module: scope instanceof Component ? scope.core.modules[index] : undefined };
}

/** A name of the component level, which wasm-tools has found to be one of its forms. */
export function externalName(cursor: Cursor): string {
  if (cursor.byte() > 1) throw new MalformedBinary('a name has attributes, which are not supported');
  return cursor.text();
}
