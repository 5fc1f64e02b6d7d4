/**
 * Reads how a component is put together: its core modules, what they are linked with, and which of their functions are its
 * exports. Throws Unplanned for any part that the guest's bindings have no form for. Trusts jco to have validated the bytes.
 */
import type {
  ComponentPlan,
  PlanAlias,
  PlanCoreFunction,
  PlanCoreInstance,
  PlanCoreItem,
  PlanExport,
  PlanFunction,
  PlanOptions,
} from '../../../protocol/component-plan.ts';
import { Reader, Unplanned } from './reader.ts';
import { externName, type Item, TypeScope, TypeTable } from './types.ts';

export interface Structure {
  readonly plan: ComponentPlan;
  /** Core modules by the name the plan has for them. */
  readonly modules: readonly { readonly name: string; readonly bytes: Uint8Array }[];
}

/** A function of the component level: imported, lifted from the core, or that of a nested component's instance. */
type Func =
  | { readonly kind: 'import'; readonly name: string; readonly member: string; readonly type: PlanFunction }
  | { readonly kind: 'lift'; readonly core: number; readonly type: PlanFunction; readonly options: PlanOptions }
  /** A parameter of a nested component. */
  | { readonly kind: 'parameter'; readonly name: string };

type Instance =
  | { readonly kind: 'import'; readonly name: string; readonly items: ReadonlyMap<string, Item> }
  | { readonly kind: 'made'; readonly functions: ReadonlyMap<string, Func> };

/** A nested component that does no more than to pass on functions it is given, as wit-component writes them. */
type Passing = ReadonlyMap<string, Func>;

const PREAMBLE = [0x00, 0x61, 0x73, 0x6d, 0x0d, 0x00, 0x01, 0x00];
const FUNC = 0x01;
const TYPE = 0x03;
const INSTANCE = 0x05;
const CORE = 0x00;

export function readStructure(bytes: Uint8Array): Structure {
  const scan = new Scan();
  scan.read(sections(bytes));
  return scan.structure();
}

function sections(bytes: Uint8Array): Reader {
  const reader = new Reader(bytes);
  if (PREAMBLE.some((byte) => reader.byte() !== byte)) throw new Unplanned('it is no component');
  return reader;
}

class Scan {
  readonly #table = new TypeTable();
  readonly #types = new TypeScope(this.#table);
  readonly #modules: { name: string; bytes: Uint8Array }[] = [];
  readonly #coreFunctions: PlanCoreFunction[] = [];
  readonly #memories: PlanAlias[] = [];
  /** Tables and globals: they go from one core instance to another. */
  readonly #others: Record<'table' | 'global', PlanAlias[]> = { table: [], global: [] };
  readonly #coreInstances: PlanCoreInstance[] = [];
  readonly #functions: Func[] = [];
  readonly #components: Passing[] = [];
  readonly #instances: Instance[] = [];
  readonly #exports: PlanExport[] = [];

  structure(): Structure {
    const plan = {
      types: this.#table.types,
      memories: this.#memories,
      functions: this.#coreFunctions,
      instances: this.#coreInstances,
      exports: this.#exports.filter(({ id }) => id.startsWith('aitbc:plugin/')),
    };
    return { plan, modules: this.#modules };
  }

  read(reader: Reader): void {
    while (!reader.done) {
      const id = reader.byte();
      const part = reader.part(reader.u32());
      const each = (read: () => void): void => void part.list(read);
      switch (id) {
        case 0:
          break;
        case 1:
          this.#modules.push({ name: `module${this.#modules.length}.wasm`, bytes: part.rest() });
          break;
        case 2:
          each(() => this.#coreInstances.push(this.#coreInstance(part)));
          break;
        case 4:
          this.#components.push(passing(part.rest(), this.#types));
          break;
        case 5:
          each(() => this.#instances.push(this.#instance(part)));
          break;
        case 6:
          each(() => this.#alias(part));
          break;
        case 7:
          each(() => this.#types.push(this.#types.read(part)));
          break;
        case 8:
          each(() => this.#canonical(part));
          break;
        case 10:
          each(() => this.#import(part));
          break;
        case 11:
          each(() => this.#export(part));
          break;
        default:
          throw new Unplanned(`it has a section of kind ${id}`);
      }
    }
  }

  #coreInstance(reader: Reader): PlanCoreInstance {
    if (reader.byte() === 0x00) {
      const module = at(this.#modules, reader.u32()).name;
      const given = reader.list(() => {
        const name = reader.name();
        if (reader.byte() !== 0x12) throw new Unplanned('a core module is given no instance');
        return [name, known(this.#coreInstances, reader.u32())] as const;
      });
      return { module, with: given };
    }
    return { items: reader.list(() => [reader.name(), this.#coreItem(reader)] as const) };
  }

  #coreItem(reader: Reader): PlanCoreItem {
    const sort = reader.byte();
    const index = reader.u32();
    switch (sort) {
      case 0x00:
        return { function: known(this.#coreFunctions, index) };
      case 0x01:
        return { alias: at(this.#others.table, index) };
      case 0x02:
        return { memory: known(this.#memories, index) };
      case 0x03:
        return { alias: at(this.#others.global, index) };
      default:
        throw new Unplanned(`a core instance has something of sort ${sort}`);
    }
  }

  #instance(reader: Reader): Instance {
    if (reader.byte() === 0x00) {
      const component = at(this.#components, reader.u32());
      const given = new Map<string, Func>();
      reader.list(() => {
        const name = reader.name();
        const sort = reader.byte();
        const index = reader.u32();
        if (sort === FUNC) given.set(name, at(this.#functions, index));
        else if (sort !== TYPE && sort !== INSTANCE)
          throw new Unplanned(`a nested component is given something of sort ${sort}`);
      });
      const functions = new Map<string, Func>();
      for (const [name, passed] of component) {
        const func = passed.kind === 'parameter' ? given.get(passed.name) : undefined;
        if (func === undefined) throw new Unplanned('a nested component has functions of its own');
        functions.set(name, func);
      }
      return { kind: 'made', functions };
    }
    const functions = new Map<string, Func>();
    reader.list(() => {
      const name = externName(reader);
      const sort = reader.byte();
      const index = reader.u32();
      if (sort === FUNC) functions.set(name, at(this.#functions, index));
      else if (sort !== TYPE) throw new Unplanned(`an instance has something of sort ${sort}`);
    });
    return { kind: 'made', functions };
  }

  #alias(reader: Reader): void {
    const sort = reader.byte();
    const coreSort = sort === CORE ? reader.byte() : undefined;
    const target = reader.byte();
    if (target === 0x01 && coreSort !== undefined) {
      const from = [known(this.#coreInstances, reader.u32()), reader.name()] as const;
      if (coreSort === 0x00) this.#coreFunctions.push({ kind: 'alias', from });
      else if (coreSort === 0x01) this.#others.table.push(from);
      else if (coreSort === 0x02) this.#memories.push(from);
      else if (coreSort === 0x03) this.#others.global.push(from);
      else throw new Unplanned(`it takes something of core sort ${coreSort}`);
      return;
    }
    if (target !== 0x00) throw new Unplanned('it takes something of a scope around it');
    const instance = at(this.#instances, reader.u32());
    const name = reader.name();
    if (sort === FUNC) {
      if (instance.kind === 'made') this.#functions.push(got(instance.functions.get(name)));
      else {
        const item = instance.items.get(name);
        if (item?.sort !== 'function') throw new Unplanned('it takes a function that is none');
        this.#functions.push({ kind: 'import', name: instance.name, member: name, type: item.type });
      }
    } else if (sort === TYPE && instance.kind === 'import') {
      const item = instance.items.get(name);
      if (item?.sort !== 'type') throw new Unplanned('it takes a type that is none');
      this.#types.push(item.type);
    } else throw new Unplanned(`it takes something of sort ${sort}`);
  }

  #canonical(reader: Reader): void {
    const code = reader.byte();
    if (code === 0x00 || code === 0x01) {
      if (reader.byte() !== 0x00) throw new Unplanned('a function crosses in a way that is not known');
      const index = reader.u32();
      const options = this.#options(reader);
      if (code === 0x00) {
        const type = this.#types.function(reader.u32());
        this.#functions.push({ kind: 'lift', core: known(this.#coreFunctions, index), type, options });
        return;
      }
      const func = at(this.#functions, index);
      // A component that is given its own function: calls would have to pass between two of its tasks.
      if (func.kind !== 'import') throw new Unplanned('it imports a function of its own');
      this.#coreFunctions.push({ ...func, kind: 'lower', options });
      return;
    }
    if (code !== 0x03) throw new Unplanned(`it uses the built-in of code ${code}`);
    const type = this.#types.at(reader.u32());
    if (type.sort !== 'resource') throw new Unplanned('it drops what is no resource of the host');
    this.#coreFunctions.push({ kind: 'drop', resource: type.resource });
  }

  #options(reader: Reader): PlanOptions {
    const options: { -readonly [K in keyof PlanOptions]: PlanOptions[K] } = {
      encoding: 'utf8',
      memory: null,
      realloc: null,
      postReturn: null,
    };
    reader.list(() => {
      const code = reader.byte();
      if (code === 0x00) options.encoding = 'utf8';
      else if (code === 0x01) options.encoding = 'utf16';
      else if (code === 0x03) options.memory = known(this.#memories, reader.u32());
      else if (code === 0x04) options.realloc = known(this.#coreFunctions, reader.u32());
      else if (code === 0x05) options.postReturn = known(this.#coreFunctions, reader.u32());
      else throw new Unplanned(`a function has the option of code ${code}`);
    });
    return options;
  }

  #import(reader: Reader): void {
    const name = externName(reader);
    const item = this.#types.described(reader);
    if (item.sort === 'instance') {
      this.#instances.push({ kind: 'import', name: name.replace(/@.*$/, ''), items: item.items });
    } else if (item.sort === 'type') this.#types.push(item.type);
    else throw new Unplanned('it imports something else than interfaces');
  }

  #export(reader: Reader): void {
    const id = externName(reader);
    const sort = reader.byte();
    const index = reader.u32();
    // The type it is given is for others: what the bindings need is that of the function.
    reader.option(() => this.#types.described(reader));
    if (sort === INSTANCE) {
      const instance = at(this.#instances, index);
      if (instance.kind !== 'made') throw new Unplanned('it exports an interface that it imports');
      this.#instances.push(instance);
      for (const [member, func] of instance.functions) {
        if (func.kind !== 'lift') throw new Unplanned('it exports a function that it imports');
        const { core, type, options } = func;
        this.#exports.push({ id, member, function: core, type, options });
      }
    } else if (sort === FUNC) this.#functions.push(at(this.#functions, index));
    else if (sort === TYPE) this.#types.push(this.#types.at(index));
    else throw new Unplanned(`it exports something of sort ${sort}`);
  }
}

/** Which of its exports are which of its parameters. */
function passing(bytes: Uint8Array, outer: TypeScope): Passing {
  const reader = sections(bytes);
  const functions: Func[] = [];
  const instances: ReadonlyMap<string, Item>[] = [];
  const exports = new Map<string, Func>();
  const types = new TypeScope(outer.table, outer);
  while (!reader.done) {
    const id = reader.byte();
    const part = reader.part(reader.u32());
    if (id === 0) continue;
    if (id === 7) part.list(() => types.push(types.read(part)));
    else if (id === 10) {
      part.list(() => {
        const name = externName(part);
        const item = types.described(part);
        if (item.sort === 'function') functions.push({ kind: 'parameter', name });
        else if (item.sort === 'type') types.push(item.type);
        else if (item.sort === 'instance') instances.push(item.items);
      });
    } else if (id === 6) {
      part.list(() => {
        const [sort, target] = [part.byte(), part.byte()];
        if (sort !== TYPE || target === 0x01) throw new Unplanned('a nested component takes more than types');
        const [from, item] = [part.u32(), target === 0x00 ? part.name() : part.u32()];
        if (typeof item === 'number') return types.push(types.at(item, from));
        const found = at(instances, from).get(item);
        if (found?.sort !== 'type') throw new Unplanned('a nested component takes a type that is none');
        types.push(found.type);
      });
    } else if (id === 11) {
      part.list(() => {
        const name = externName(part);
        const sort = part.byte();
        const index = part.u32();
        part.option(() => types.described(part));
        if (sort === FUNC) {
          const func = at(functions, index);
          functions.push(func);
          exports.set(name, func);
        } else if (sort === TYPE) types.push(types.at(index));
        else throw new Unplanned(`a nested component exports something of sort ${sort}`);
      });
    } else throw new Unplanned('a nested component does something of its own');
  }
  return exports;
}

function known(space: readonly unknown[], index: number): number {
  if (index >= space.length) throw new Unplanned('an index is of nothing');
  return index;
}

function at<T>(space: readonly T[], index: number): T {
  return got(space[index]);
}

function got<T>(value: T | undefined): T {
  if (value === undefined) throw new Unplanned('an index or a name is of nothing');
  return value;
}
