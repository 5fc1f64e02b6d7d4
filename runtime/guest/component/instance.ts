/**
 * The one live instance of the component. Guarantees that an instance which trapped, exited, was aborted, or met a fault of the host is
 * never entered again, that it is not entered while it runs, and that the next call finds a fresh one in the same state of
 * life. Trusts the bindings that jco wrote.
 */
import { Exit } from './fault.ts';
import { host } from './host.ts';
import { type CoreInstance, type CoreModule, engine } from './webassembly.ts';

/** An instance's exports, by interface: what the bindings' `instantiate` returns has its id, what is used here its name alone. */
export type Exports = {
  readonly [name: string]: { readonly [member: string]: (...args: never[]) => unknown } | undefined;
};

export type Instantiate = (
  module: (name: string) => CoreModule,
  imports: object,
  instance: (module: CoreModule, imports: object) => CoreInstance,
) => Exports;

/** Core instances of one component: each has memories of its own. */
const MAX_INSTANCES = 64;

/** The component failed by its own word: the `err` of a result. It goes on. */
export class Refused {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}

export class LiveInstance {
  readonly #make: () => Exports;
  /** Brings a fresh instance to where the lost one was. */
  readonly #revive: (exports: Exports) => void;
  #exports: Exports | undefined;
  #entered = false;

  constructor(make: () => Exports, revive: (exports: Exports) => void) {
    this.#make = make;
    this.#revive = revive;
  }

  /** Throws Refused for an `err`, and for all else that goes wrong an error after which the instance is gone. */
  enter<T>(work: (exports: Exports) => T): T {
    if (this.#entered)
      throw new Error('the component calls back into itself, which it cannot: one call runs at a time');
    this.#entered = true;
    try {
      return work(this.#live());
    } catch (thrown) {
      // The bindings throw the `err` of a result as it is; all of ours are strings.
      if (typeof thrown === 'string') throw new Refused(thrown);
      this.#exports = undefined;
      throw explained(thrown);
    } finally {
      // Whatever it made of the abort: it was stopped in the middle of its work.
      if (host().aborted()) this.#exports = undefined;
      this.#entered = false;
    }
  }

  #live(): Exports {
    if (this.#exports === undefined) {
      const fresh = this.#make();
      this.#revive(fresh);
      this.#exports = fresh;
    }
    return this.#exports;
  }
}

/** Makes an instance of compiled modules: what a start costs after the first time. */
export function maker(
  instantiate: Instantiate,
  takeModule: (name: string) => Uint8Array,
  imports: () => object,
): () => Exports {
  const compiled = new Map<string, CoreModule>();
  const moduleOf = (name: string): CoreModule => {
    let module = compiled.get(name);
    if (module === undefined) {
      module = new engine.Module(takeModule(name));
      compiled.set(name, module);
    }
    return module;
  };
  return () => {
    let count = 0;
    const exports = instantiate(moduleOf, imports(), (module, given) => {
      count += 1;
      if (count > MAX_INSTANCES) throw new Error(`it has more than ${MAX_INSTANCES} core instances`);
      return new engine.Instance(module, given);
    });
    return byName(exports);
  };
}

const OWN = 'aitbc:plugin/';

/** Those of aitbc:plugin alone: another package may have interfaces of the same names. */
function byName(exports: Exports): Exports {
  const named: Record<string, Exports[string]> = { __proto__: null } as never;
  for (const id of Object.keys(exports)) {
    if (id.startsWith(OWN)) named[id.slice(OWN.length).replace(/@.*$/, '')] = exports[id];
  }
  return named;
}

function explained(thrown: unknown): unknown {
  if (thrown instanceof Exit) return thrown;
  if (thrown instanceof engine.RuntimeError || thrown instanceof RangeError) {
    const trap = new Error(thrown.message.replace(/^wasm trap: /, ''));
    trap.name = 'Trap';
    return trap;
  }
  return thrown;
}
