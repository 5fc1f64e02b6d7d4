/**
 * Puts a component together by its plan, and binds its functions by the canonical ABI. Guarantees that a value reaches a host
 * function, or leaves the component, only as its type has it; that nothing of the host is called while the component is in
 * `realloc` or a clean-up; and that what a function has left for clean-up is cleaned up. Trusts the plan to be of these modules.
 */
import type {
  ComponentPlan,
  PlanCoreItem,
  PlanExport,
  PlanFunction,
  PlanOptions,
} from '../../../../src/protocol/component-plan.ts';
import type { Exports, Instantiate } from '../instance.ts';
import type { CoreFunction, LinearMemory } from '../webassembly.ts';
import { type Codec, type Core, type Realm, Words } from './codec.ts';
import { codecs } from './codecs.ts';
import { Handles } from './handles.ts';
import { Memory } from './memory.ts';
import { camel, pascal } from './names.ts';
import { trap } from './trap.ts';

type HostFunction = (...args: unknown[]) => unknown;
/** By interface without version, then by function or class. */
type Imports = Readonly<Record<string, Readonly<Record<string, unknown>>>>;

/** Values that cross as core values; more of them cross in memory. */
const MAX_FLAT_PARAMS = 16;

export function planned(plan: ComponentPlan): Instantiate {
  const codec = codecs(plan.types);
  return (module, imports, instance) => new Linked(plan, codec, imports as Imports).link(module, instance);
}

class Linked {
  readonly #plan: ComponentPlan;
  readonly #codec: (index: number) => Codec;
  readonly #imports: Imports;
  readonly #instances: Readonly<Record<string, unknown>>[] = [];
  readonly #functions: (CoreFunction | undefined)[] = [];
  readonly #memories: (Memory | undefined)[] = [];
  readonly #handles = new Handles();
  /** It may call the host: not while it allocates or cleans up. */
  #mayLeave = true;

  constructor(plan: ComponentPlan, codec: (index: number) => Codec, imports: Imports) {
    this.#plan = plan;
    this.#codec = codec;
    this.#imports = imports;
  }

  link(module: Parameters<Instantiate>[0], instance: Parameters<Instantiate>[2]): Exports {
    for (const made of this.#plan.instances) {
      if ('module' in made) {
        const given = Object.fromEntries(made.with.map(([name, index]) => [name, this.#instances[index]]));
        this.#instances.push(instance(module(made.module), given).exports);
      } else {
        this.#instances.push(Object.fromEntries(made.items.map(([name, item]) => [name, this.#item(item)])));
      }
    }
    const exports: Record<string, Record<string, HostFunction>> = {};
    for (const exported of this.#plan.exports) {
      (exports[exported.id] ??= {})[camel(exported.member)] = this.#lifted(exported);
    }
    return exports;
  }

  #item(item: PlanCoreItem): unknown {
    if ('function' in item) return this.#function(item.function);
    const [instance, name] = 'memory' in item ? (this.#plan.memories[item.memory] ?? [0, '']) : item.alias;
    return this.#instances[instance]?.[name];
  }

  #function(index: number): CoreFunction {
    return (this.#functions[index] ??= this.#makeFunction(index));
  }

  #makeFunction(index: number): CoreFunction {
    const made = this.#plan.functions[index];
    if (made === undefined) return trap('there is no such function');
    if (made.kind === 'alias') return this.#instances[made.from[0]]?.[made.from[1]] as CoreFunction;
    if (made.kind === 'lower') {
      return this.#lowered(hostFunction(this.#imports, made.name, made.member), made.type, made.options);
    }
    return (handle) => {
      this.#checkLeave();
      this.#handles.drop(made.resource, (handle as number) >>> 0);
      return undefined;
    };
  }

  #checkLeave(): void {
    if (!this.#mayLeave) trap('cannot leave component instance');
  }

  #memory(index: number): Memory {
    const found = this.#memories[index];
    if (found !== undefined) return found;
    const memory = this.#item({ memory: index }) as LinearMemory;
    // Two names of one memory: growing it would have to be seen by both, and is.
    return (this.#memories[index] = new Memory(memory));
  }

  /** What an option names may come to be later than the function it belongs to, so it is looked for when it is used. */
  #realm({ memory, realloc, encoding }: PlanOptions): () => Realm {
    let realm: Realm | undefined;
    return () =>
      (realm ??= {
        memory: memory === null ? NO_MEMORY : this.#memory(memory),
        utf16: encoding === 'utf16',
        handles: this.#handles,
        realloc: realloc === null ? NO_REALLOC : this.#alone(this.#function(realloc)),
      });
  }

  /** A function of the component that may not call the host. */
  #alone(work: CoreFunction): CoreFunction {
    return (...words) => {
      this.#mayLeave = false;
      const done = work(...words);
      this.#mayLeave = true;
      return done;
    };
  }

  /** A host function as the component calls it. A trap leaves it as it is: its instance is not entered again. */
  #lowered(call: HostFunction, type: PlanFunction, options: PlanOptions): CoreFunction {
    const params = type.params.map((index) => this.#codec(index));
    const result = type.result === null ? undefined : this.#codec(type.result);
    const outcome = type.result === null ? undefined : this.#plan.types[type.result];
    const realmOf = this.#realm(options);
    const inMemory = params.reduce((count, { words }) => count + words.length, 0) > MAX_FLAT_PARAMS;
    const answersInMemory = result !== undefined && result.words.length > 1;
    const spilled = this.#spilled(params);
    return (...given) => {
      this.#checkLeave();
      const realm = realmOf();
      const words = new Words(given);
      const args = inMemory ? spilled.load(realm, words.u32()) : params.map((codec) => codec.lift(realm, words));
      const value = outcome?.kind === 'result' ? settled(call, args) : called(call, args);
      if (result === undefined) return undefined;
      if (answersInMemory) {
        const at = words.u32();
        realm.memory.check(at, result.size, result.align);
        result.store(realm, at, value);
        return undefined;
      }
      const answer: Core[] = [];
      result.lower(realm, answer, value);
      return answer[0];
    };
  }

  /** A function of the component as the host calls it. It throws the `err` of a result. */
  #lifted({ function: index, type, options }: PlanExport): HostFunction {
    const core = this.#function(index);
    const params = type.params.map((param) => this.#codec(param));
    const result = type.result === null ? undefined : this.#codec(type.result);
    const outcome = type.result === null ? undefined : this.#plan.types[type.result];
    const realm = this.#realm(options)();
    const inMemory = params.reduce((count, { words }) => count + words.length, 0) > MAX_FLAT_PARAMS;
    const spilled = this.#spilled(params);
    const cleanUp = options.postReturn === null ? undefined : this.#alone(this.#function(options.postReturn));
    return (...args) => {
      const words: Core[] = [];
      if (inMemory) words.push(spilled.store(realm, args));
      else for (let at = 0; at < params.length; at += 1) (params[at] as Codec).lower(realm, words, args[at]);
      const answer = core(...words);
      const value = result === undefined ? undefined : answered(result, realm, answer as Core);
      cleanUp?.(...(answer === undefined ? [] : [answer]));
      if (outcome?.kind !== 'result') return value;
      const { tag, val } = value as { readonly tag: string; readonly val: unknown };
      if (tag === 'err') throw val;
      return val;
    };
  }

  /** Parameters that are too many for core values stand in memory, one behind the other. */
  #spilled(params: readonly Codec[]): {
    load(realm: Realm, at: number): unknown[];
    store(realm: Realm, values: readonly unknown[]): number;
  } {
    let size = 0;
    let align = 1;
    const offsets = params.map((codec) => {
      const offset = Math.ceil(size / codec.align) * codec.align;
      size = offset + codec.size;
      align = Math.max(align, codec.align);
      return offset;
    });
    return {
      load(realm, at) {
        realm.memory.check(at, size, align);
        return params.map((codec, index) => codec.load(realm, at + (offsets[index] as number)));
      },
      store(realm, values) {
        const at = realm.memory.allocate(realm.realloc, align, size);
        params.forEach((codec, index) => codec.store(realm, at + (offsets[index] as number), values[index]));
        return at;
      },
    };
  }
}

function answered(codec: Codec, realm: Realm, answer: Core): unknown {
  if (codec.words.length === 1) return codec.lift(realm, new Words([answer]));
  const at = (answer as number) >>> 0;
  realm.memory.check(at, codec.size, codec.align);
  return codec.load(realm, at);
}

/** Where a function has no memory, no value of its type needs one. */
const NO_MEMORY = undefined as unknown as Memory;
const NO_REALLOC: CoreFunction = () => trap('a function has no realloc');

/** A method that the host does not have fails when it is called: adapters import more than they use. */
function hostFunction(imports: Imports, name: string, member: string): HostFunction {
  const [, kind, of = '', method = ''] = /^\[(constructor|method|static)\]([^.]+)(?:\.(.+))?$/.exec(member) ?? [];
  const found = own(imports[name], kind === undefined ? camel(member) : pascal(of));
  if (found === undefined) throw new Error(`the host has no ${name} ${member}`);
  if (kind === undefined) return found;
  const resource = found as unknown as new (...given: unknown[]) => object;
  if (kind === 'constructor') return (...args) => new resource(...args);
  const act = own(kind === 'static' ? resource : (resource.prototype as object), camel(method));
  if (act === undefined || (act as unknown) === resource) {
    return () => {
      throw new Error(`the host has no ${name} ${member}`);
    };
  }
  if (kind === 'static') return (...args) => act.apply(resource, args);
  return (self, ...args) => act.apply(self, args);
}

/** Names come from the component: what everything inherits is none of the host's functions. */
function own(of: object | undefined, name: string): HostFunction | undefined {
  if (of === undefined || !Object.hasOwn(of, name)) return undefined;
  const found = (of as Readonly<Record<string, unknown>>)[name];
  return typeof found === 'function' ? (found as HostFunction) : undefined;
}

/** A synchronous import cannot wait: a promise is no value. */
function called(call: HostFunction, args: readonly unknown[]): unknown {
  const value = call(...args);
  if (typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function') {
    // Nobody waits for it, whatever it comes to.
    Promise.resolve(value).catch(() => undefined);
    return trap('a host function answered with a promise');
  }
  return value;
}

/** What it refuses with a payload is the `err` of its result; all else that it throws ends the instance. */
function settled(call: HostFunction, args: readonly unknown[]): { tag: 'ok' | 'err'; val: unknown } {
  try {
    return { tag: 'ok', val: called(call, args) };
  } catch (error) {
    if (typeof error === 'object' && error !== null && Object.hasOwn(error, 'payload')) {
      return { tag: 'err', val: (error as { payload: unknown }).payload };
    }
    throw error;
  }
}
