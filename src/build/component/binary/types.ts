/** Types of a component, read into one table in which equal types are one. */
import type { PlanFunction, PlanType } from '../../../protocol/component-plan.ts';
import { type Reader, Unplanned } from './reader.ts';

/** A thing that a type index names. */
export type Defined =
  | { readonly sort: 'value'; readonly index: number }
  | { readonly sort: 'function'; readonly type: PlanFunction }
  | { readonly sort: 'resource'; readonly resource: number }
  | { readonly sort: 'instance'; readonly items: ReadonlyMap<string, Item> }
  /** Of which nothing is known: using it is Unplanned. */
  | { readonly sort: 'other' };

/** What an instance has under a name. */
export type Item =
  | { readonly sort: 'type'; readonly type: Defined }
  | { readonly sort: 'function'; readonly type: PlanFunction }
  | { readonly sort: 'instance'; readonly items: ReadonlyMap<string, Item> }
  | { readonly sort: 'other' };

/** Types in a component: an instance type inside is such a scope as well. */
const MAX_TYPES = 10_000;
const OTHER = { sort: 'other' } as const;

const PRIMITIVES: Readonly<Record<number, PlanType['kind']>> = {
  0x7f: 'bool',
  0x7e: 's8',
  0x7d: 'u8',
  0x7c: 's16',
  0x7b: 'u16',
  0x7a: 's32',
  0x79: 'u32',
  0x78: 's64',
  0x77: 'u64',
  0x73: 'string',
};

/** The types of all scopes of one component. */
export class TypeTable {
  readonly types: PlanType[] = [];
  readonly #known = new Map<string, number>();
  #resources = 0;

  add(type: PlanType): number {
    // Without a form of its own a second `none` would look like the first.
    if (type.kind === 'option' && this.types[type.of]?.kind === 'option') throw new Unplanned('an option of an option');
    if (type.kind === 'flags' && type.names.length > 32) throw new Unplanned('more than 32 flags');
    const key = JSON.stringify(type);
    let index = this.#known.get(key);
    if (index === undefined) {
      if (this.types.length === MAX_TYPES) throw new Unplanned('it has too many types');
      index = this.types.push(type) - 1;
      this.#known.set(key, index);
    }
    return index;
  }

  resource(): number {
    return this.#resources++;
  }
}

export class TypeScope {
  readonly table: TypeTable;
  readonly #outer: TypeScope | undefined;
  readonly #types: Defined[] = [];

  constructor(table: TypeTable, outer?: TypeScope) {
    this.table = table;
    this.#outer = outer;
  }

  push(type: Defined): void {
    if (this.#types.length === MAX_TYPES) throw new Unplanned('it has too many types');
    this.#types.push(type);
  }

  at(index: number, levels = 0): Defined {
    // oxlint-disable-next-line typescript/no-this-alias
    let scope: TypeScope | undefined = this;
    for (let level = 0; level < levels; level += 1) scope = scope?.outer;
    return scope?.own(index) ?? OTHER;
  }

  get outer(): TypeScope | undefined {
    return this.#outer;
  }

  own(index: number): Defined | undefined {
    return this.#types[index];
  }

  function(index: number): PlanFunction {
    const type = this.at(index);
    if (type.sort !== 'function') throw new Unplanned('a function has no type that is known');
    return type.type;
  }

  /** One entry of a type section. */
  read(reader: Reader): Defined {
    const code = reader.byte();
    switch (code) {
      case 0x40:
        return { sort: 'function', type: this.#function(reader) };
      case 0x41:
        // A nested component's type: its parts are read past, and nothing that uses it is planned.
        throw new Unplanned('it has a component type');
      case 0x42:
        return { sort: 'instance', items: this.#instance(reader) };
      default:
        return this.#defined(code, reader);
    }
  }

  /** What an import or export describes. */
  described(reader: Reader): Item {
    const code = reader.byte();
    switch (code) {
      case 0x01:
        return { sort: 'function', type: this.function(reader.u32()) };
      case 0x03: {
        if (reader.byte() === 0x00) return { sort: 'type', type: this.at(reader.u32()) };
        return { sort: 'type', type: { sort: 'resource', resource: this.table.resource() } };
      }
      case 0x05: {
        const type = this.at(reader.u32());
        if (type.sort !== 'instance') throw new Unplanned('an instance has no type that is known');
        return type;
      }
      default:
        throw new Unplanned(`it imports or exports something of sort ${code}`);
    }
  }

  value(reader: Reader): number {
    const code = reader.byte();
    // A one-byte negative number is a primitive type, any other an index.
    if (code >= 0x40 && code < 0x80) return this.#primitive(code);
    let index = code & 0x7f;
    for (let shift = 7, byte = code; byte >= 0x80; shift += 7) {
      if (shift > 28) throw new Unplanned('a type index is too large');
      byte = reader.byte();
      index += (byte & 0x7f) * 2 ** shift;
    }
    const type = this.at(index);
    if (type.sort !== 'value') throw new Unplanned('a value has no type that is known');
    return type.index;
  }

  #primitive(code: number): number {
    const kind = PRIMITIVES[code];
    if (kind === undefined) throw new Unplanned(`it uses a type of code ${code}`);
    return this.table.add({ kind } as PlanType);
  }

  #defined(code: number, reader: Reader): Defined {
    const value = (): number => this.value(reader);
    const add = (type: PlanType): Defined => ({ sort: 'value', index: this.table.add(type) });
    switch (code) {
      case 0x72:
        return add({ kind: 'record', fields: reader.list(() => [reader.name(), value()] as const) });
      case 0x71:
        return add({
          kind: 'variant',
          cases: reader.list(() => {
            const read = [reader.name(), reader.option(value)] as const;
            if (reader.byte() !== 0) throw new Unplanned('a case refines another');
            return read;
          }),
        });
      case 0x70:
        return add({ kind: 'list', of: value() });
      case 0x6f:
        return add({ kind: 'tuple', of: reader.list(value) });
      case 0x6e:
        return add({ kind: 'flags', names: reader.list(() => reader.name()) });
      case 0x6d:
        return add({ kind: 'enum', names: reader.list(() => reader.name()) });
      case 0x6b:
        return add({ kind: 'option', of: value() });
      case 0x6a:
        return add({ kind: 'result', ok: reader.option(value), err: reader.option(value) });
      case 0x69:
      case 0x68: {
        const type = this.at(reader.u32());
        if (type.sort !== 'resource') throw new Unplanned('a handle has no resource that is known');
        return add({ kind: code === 0x69 ? 'own' : 'borrow', resource: type.resource });
      }
      default:
        return { sort: 'value', index: this.#primitive(code) };
    }
  }

  #function(reader: Reader): PlanFunction {
    const params = reader.list(() => {
      reader.name();
      return this.value(reader);
    });
    const result = reader.byte() === 0x00 ? this.value(reader) : reader.byte() === 0x00 ? null : undefined;
    if (result === undefined) throw new Unplanned('a function has several results');
    return { params, result };
  }

  #instance(reader: Reader): ReadonlyMap<string, Item> {
    const scope = new TypeScope(this.table, this);
    const items = new Map<string, Item>();
    reader.list(() => {
      const code = reader.byte();
      if (code === 0x01) return scope.push(scope.read(reader));
      if (code === 0x02) return scope.#alias(reader);
      if (code !== 0x04) throw new Unplanned('an instance type has something else than types');
      const name = externName(reader);
      const item = scope.described(reader);
      items.set(name, item);
      if (item.sort === 'type') scope.push(item.type);
    });
    return items;
  }

  /** Inside an instance type: a type of a scope around it. */
  #alias(reader: Reader): void {
    if (reader.byte() !== 0x03 || reader.byte() !== 0x02) throw new Unplanned('an instance type takes something else');
    const levels = reader.u32();
    this.push(this.at(reader.u32(), levels));
  }
}

export function externName(reader: Reader): string {
  if (reader.byte() > 0x01) throw new Unplanned('a name has a form that is not known');
  return reader.name();
}
