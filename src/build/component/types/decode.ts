/**
 * What a component imports and exports, with the types that WIT gives it. Guarantees that what is neither function nor type in
 * an interface is refused, never skipped. Trusts that wasm-tools has validated the component.
 */
import { MalformedBinary } from '../../../source/component/binary.ts';
import { readComponent } from '../binary/component.ts';
import type { Component } from './component.ts';
import type { Entity, Exports } from './entity.ts';
import type { FunctionType, TypeTable } from './type-table.ts';

/** An interface that is imported or exported. */
export interface Interface {
  readonly functions: ReadonlyMap<string, FunctionType>;
  readonly resources: ReadonlySet<string>;
}

/** By full name; undefined for what is no interface. */
export interface Surface {
  readonly imports: ReadonlyMap<string, Interface | undefined>;
  readonly exports: ReadonlyMap<string, Interface | undefined>;
}

/** Throws MalformedBinary. */
export function readSurface(bytes: Uint8Array, table: TypeTable): Surface {
  return surfaceOf(readComponent(bytes, table));
}

/** Throws MalformedBinary. */
export function surfaceOf({ imports, exports }: Component): Surface {
  return { imports: interfacesIn(imports), exports: interfacesIn(exports) };
}

function interfacesIn(entities: ReadonlyMap<string, Entity>): Map<string, Interface | undefined> {
  // Where another interface uses a resource, it is exported there again: it belongs to the first.
  const known = new Set<number>();
  const found = new Map<string, Interface | undefined>();
  for (const [name, entity] of entities) {
    found.set(name, entity.sort === 'instance' ? interfaceOf(entity.exports, known) : undefined);
  }
  return found;
}

function interfaceOf(exports: Exports, known: Set<number>): Interface {
  const functions = new Map<string, FunctionType>();
  const resources = new Set<string>();
  for (const [name, entity] of exports) {
    if (entity.sort === 'func') functions.set(name, entity.type);
    else if (entity.sort !== 'type') {
      throw new MalformedBinary('an interface holds what is no function and no type, which is not supported');
    } else if (entity.type.is === 'resource' && !known.has(entity.type.number)) {
      known.add(entity.type.number);
      resources.add(name);
    }
  }
  return { functions, resources };
}
