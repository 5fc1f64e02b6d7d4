import { type Cursor, MalformedBinary } from '../../../source/component/binary.ts';
import { checkName } from './core-names.ts';
import type { Entity, Scope } from './scope.ts';

const CORE = 0;

export function readAlias(cursor: Cursor, scope: Scope): void {
  const sort = readSort(cursor);
  const target = cursor.byte();
  if (target === 0) {
    const { exports } = scope.instance(cursor.unsigned());
    const entity = exports.get(cursor.text());
    if (entity === undefined) throw new MalformedBinary('an alias names no export');
    scope.add(entity);
  } else if (target === 1) {
    cursor.unsigned();
    checkName(cursor.text());
  } else if (target === 2) {
    const outer = scope.outer(cursor.unsigned());
    const index = cursor.unsigned();
    if (sort !== CORE) scope.add(outer.at(sort, index));
  } else throw new MalformedBinary('an alias is of an unknown kind');
}

/** The sort of an index; those of core WebAssembly are told apart by nobody here. */
function readSort(cursor: Cursor): number {
  const sort = cursor.byte();
  if (sort === CORE) cursor.byte();
  return sort;
}

export function readEntity(cursor: Cursor, scope: Scope): Entity {
  const sort = readSort(cursor);
  return scope.at(sort, cursor.unsigned());
}

/** A name of the component level, which wasm-tools has found to be one of its forms. */
export function externalName(cursor: Cursor): string {
  if (cursor.byte() > 1) throw new MalformedBinary('a name has attributes, which are not supported');
  return cursor.text();
}
