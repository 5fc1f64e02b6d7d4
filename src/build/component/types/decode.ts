/**
 * Reads from a component's binary what it imports and exports, with the types that WIT gives them. Guarantees work linear in
 * the bytes, and that what it does not know is refused, never skipped. Trusts that wasm-tools has validated the component.
 */
import { Cursor, MalformedBinary, sectionsOf } from '../../../source/component/binary.ts';
import { checkModuleNames, checkName } from './core-names.ts';
import { externalName, readAlias, readEntity } from './references.ts';
import { type Entity, type Exports, Scope } from './scope.ts';
import { readExternalType, readTypeSection } from './type-section.ts';
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
  const scope = readComponent(bytes, new Scope(undefined, table));
  return { imports: interfacesIn(scope.imports), exports: interfacesIn(scope.exports) };
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

function readComponent(bytes: Uint8Array, scope: Scope): Scope {
  for (const section of sectionsOf(bytes)) {
    const cursor = new Cursor(section.bytes);
    switch (section.id) {
      case 0:
        break;
      case 1:
        checkModuleNames(section.bytes);
        break;
      case 4:
        scope.components.push({ exports: readComponent(section.bytes, new Scope(scope, scope.table)).exports });
        break;
      case 3:
        // Types of core modules: the names in them are met again where a module of one is used.
        break;
      default:
        readEach(cursor, section.id, scope);
    }
  }
  return scope;
}

const READERS: Readonly<Record<number, (cursor: Cursor, scope: Scope) => void>> = {
  2: readCoreInstance,
  5: readInstance,
  6: readAlias,
  7: readTypeSection,
  8: readCanonical,
  10: readImport,
  11: readExport,
};

function readEach(cursor: Cursor, id: number, scope: Scope): void {
  const read = READERS[id];
  if (read === undefined) throw new MalformedBinary(`a section of kind ${id} is not supported`);
  for (let left = cursor.unsigned(); left > 0; left -= 1) read(cursor, scope);
  if (!cursor.done) throw new MalformedBinary(`a section of kind ${id} is longer than what is in it`);
}

/** A module with its imports, or a bundle of exports. */
function readCoreInstance(cursor: Cursor): void {
  if (cursor.byte() === 0) cursor.unsigned();
  for (let left = cursor.unsigned(); left > 0; left -= 1) {
    checkName(cursor.text());
    cursor.byte();
    cursor.unsigned();
  }
}

function readInstance(cursor: Cursor, scope: Scope): void {
  if (cursor.byte() === 0) {
    const { exports } = scope.component(cursor.unsigned());
    for (let left = cursor.unsigned(); left > 0; left -= 1) {
      cursor.text();
      readEntity(cursor, scope);
    }
    scope.instances.push({ exports });
    return;
  }
  const exports = new Map<string, Entity>();
  for (let left = cursor.unsigned(); left > 0; left -= 1) exports.set(externalName(cursor), readEntity(cursor, scope));
  scope.instances.push({ exports });
}

function readCanonical(cursor: Cursor, scope: Scope): void {
  const kind = cursor.byte();
  if (kind === 0 || kind === 1) {
    if (cursor.byte() !== 0) throw new MalformedBinary('a canonical function is of an unknown kind');
    cursor.unsigned();
    for (let left = cursor.unsigned(); left > 0; left -= 1) readOption(cursor);
    if (kind === 0) scope.functions.push(scope.functionType(cursor.unsigned()));
  } else if (kind >= 2 && kind <= 4) cursor.unsigned();
  else throw new MalformedBinary(`built-in function ${kind}, of asynchronous components, is not supported`);
}

const LATIN1 = 2;

/** String encodings 0 to 2; a memory, a reallocation, a post-return by number. */
function readOption(cursor: Cursor): void {
  const option = cursor.byte();
  if (option === LATIN1) throw new MalformedBinary('its strings are latin1+utf16; build it with UTF-8 or UTF-16');
  if (option < LATIN1) return;
  if (option > 5) throw new MalformedBinary('an option of asynchronous components is not supported');
  cursor.unsigned();
}

function readImport(cursor: Cursor, scope: Scope): void {
  const name = externalName(cursor);
  const entity = readExternalType(cursor, scope);
  scope.imports.set(name, entity);
  scope.add(entity);
}

function readExport(cursor: Cursor, scope: Scope): void {
  const name = externalName(cursor);
  const own = readEntity(cursor, scope);
  const entity = scope.named(name, cursor.byte() === 0 ? own : readExternalType(cursor, scope));
  scope.exports.set(name, entity);
  scope.add(entity);
}
