import { type Cursor, MalformedBinary } from '../../../source/component/binary.ts';
import type { Entity, TypeEntity } from '../types/entity.ts';
import { Scope } from '../types/scope.ts';
import { type FunctionType, handleTo, type Shape, type TypeRef } from '../types/type-table.ts';
import { externalName, readAlias } from './references.ts';

/** By the byte that stands for it, as a signed number counted down from -1. */
const PRIMITIVES: Readonly<Record<number, string>> = {
  0x7f: 'bool',
  0x7e: 's8',
  0x7d: 'u8',
  0x7c: 's16',
  0x7b: 'u16',
  0x7a: 's32',
  0x79: 'u32',
  0x78: 's64',
  0x77: 'u64',
  0x76: 'f32',
  0x75: 'f64',
  0x74: 'char',
  0x73: 'string',
  0x64: 'error-context',
};

/** One type, which gets the next index. */
export function readTypeSection(cursor: Cursor, scope: Scope): void {
  scope.types.push(readType(cursor, scope));
}

function readType(cursor: Cursor, scope: Scope): TypeEntity {
  const form = cursor.byte();
  switch (form) {
    case 0x40:
    case 0x43:
      return { is: 'function', type: readFunction(cursor, scope, form === 0x43) };
    case 0x41:
    case 0x42:
      return readScopeType(cursor, scope, form === 0x41);
    case 0x3f:
      // Its representation, and a destructor.
      cursor.byte();
      cursor.option(() => cursor.u32());
      return { is: 'resource', number: scope.table.newResource(), own: true };
    default:
      return { is: 'value', ref: { id: scope.table.id(readShape(form, cursor, scope)) } };
  }
}

function readFunction(cursor: Cursor, scope: Scope, asynchronous: boolean): FunctionType {
  const parameters = cursor.list(() => [cursor.text(), readValueType(cursor, scope)] as const);
  if (cursor.byte() === 0) return { parameters, result: readValueType(cursor, scope), asynchronous };
  if (cursor.byte() !== 0) throw new MalformedBinary('a function has several results, which is not supported');
  return { parameters, result: undefined, asynchronous };
}

/** The type of a component or an instance: declarations in a scope of their own. */
function readScopeType(cursor: Cursor, parent: Scope, isComponent: boolean): TypeEntity {
  const scope = new Scope(parent, parent.table);
  cursor.list(() => {
    const declaration = cursor.byte();
    if (declaration === 1) readTypeSection(cursor, scope);
    else if (declaration === 2) readAlias(cursor, scope);
    else if (declaration === 3 && isComponent) {
      const name = externalName(cursor);
      const entity = readExternalType(cursor, scope);
      scope.imports.set(name, entity);
      scope.add(entity);
    } else if (declaration === 4) {
      const name = externalName(cursor);
      const entity = scope.named(name, readExternalType(cursor, scope));
      scope.exports.set(name, entity);
      scope.add(entity);
    } else throw new MalformedBinary('a declaration in a type is of a kind that is not supported');
  });
  return { is: isComponent ? 'component' : 'instance', exports: scope.exports };
}

/** What an import has to be, or an export is said to be. */
export function readExternalType(cursor: Cursor, scope: Scope): Entity {
  const kind = cursor.byte();
  if (kind === 0) {
    cursor.byte();
    cursor.u32();
    return { sort: 'core' };
  }
  if (kind === 1) return { sort: 'func', type: scope.functionType(cursor.u32()) };
  if (kind === 3) {
    return {
      sort: 'type',
      type: cursor.byte() === 0 ? scope.type(cursor.u32()) : { is: 'resource', number: scope.table.newResource() },
    };
  }
  if (kind !== 4 && kind !== 5) throw new MalformedBinary('an import or export is of a kind that is not supported');
  const type = scope.type(cursor.u32());
  if (type.is !== 'instance' && type.is !== 'component') throw new MalformedBinary('a type is of another sort');
  return { sort: type.is, exports: type.exports };
}

function readShape(form: number, cursor: Cursor, scope: Scope): Shape {
  const plain = PRIMITIVES[form];
  if (plain !== undefined) return { kind: 'plain', name: plain };
  const value = (): TypeRef => readValueType(cursor, scope);
  const maybe = (): TypeRef | undefined => cursor.option(value);
  const of = (name: string, ...parts: readonly (TypeRef | undefined)[]): Shape => ({ kind: 'of', name, parts });
  const members = (name: string, type: () => TypeRef | undefined): Shape => ({
    kind: 'members',
    name,
    members: cursor.list(() => [cursor.text(), type()] as const),
  });
  switch (form) {
    case 0x72:
      return members('record', value);
    case 0x71:
      return members('variant', () => {
        const type = maybe();
        if (cursor.byte() !== 0) throw new MalformedBinary('a case refines another, which is not supported');
        return type;
      });
    case 0x70:
      return of('list', value());
    case 0x6f:
      return of('tuple', ...cursor.list(value));
    case 0x6e:
      return members('flags', () => undefined);
    case 0x6d:
      return members('enum', () => undefined);
    case 0x6b:
      return of('option', value());
    case 0x6a:
      return of('result', maybe(), maybe());
    case 0x69:
    case 0x68: {
      const resource = scope.type(cursor.u32());
      if (resource.is !== 'resource') throw new MalformedBinary('a handle is to something else than a resource');
      return handleTo(resource.number, form === 0x69 ? 'own' : 'borrow');
    }
    case 0x66:
      return of('stream', maybe());
    case 0x65:
      return of('future', maybe());
    default:
      throw new MalformedBinary(`a type of form ${form} is not supported`);
  }
}

function readValueType(cursor: Cursor, scope: Scope): TypeRef {
  const first = cursor.byte();
  const plain = PRIMITIVES[first];
  if (plain !== undefined) return { id: scope.table.id({ kind: 'plain', name: plain }) };
  // A signed number: what is not negative is an index.
  let index = 0;
  for (let byte = first, shift = 0; ; byte = cursor.byte(), shift += 7) {
    index += (byte & 0x7f) * 2 ** shift;
    if (shift > 28 || (byte < 0x80 && (byte & 0x40) !== 0)) throw new MalformedBinary('a value has an unknown type');
    if (byte < 0x80) break;
  }
  const entity = scope.type(index);
  if (entity.is !== 'value') throw new MalformedBinary('a value has the type of something else');
  return entity.ref;
}
