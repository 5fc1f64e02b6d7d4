/**
 * The least that calls into a component cost: its own core module, bound by hand for one method, one host call and no strings. JSON
 * is written and read, as for any plugin.
 */
interface Core {
  readonly memory: { readonly buffer: ArrayBuffer };
  readonly cabi_realloc: (old: number, oldSize: number, align: number, size: number) => number;
}
type Call = (...words: number[]) => number;

interface WebAssemblyEngine {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (
    module: object,
    imports: object,
  ) => { readonly exports: Core & Readonly<Record<string, Call>> };
}
const engine = (globalThis as unknown as { WebAssembly: WebAssemblyEngine }).WebAssembly;

export interface RawPlugin {
  call(method: string, args: readonly unknown[]): unknown;
  /** No string in, none out. */
  stop(): boolean;
}

export const compile = (bytes: Uint8Array): object => new engine.Module(bytes);

/** `config` is what its `config.get` answers. */
export function instantiateRaw(module: object, config: string): RawPlugin {
  const encoder = new TextEncoder();
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  const nothing = (): void => {};
  const imports = {
    'aitbc:plugin/log@1.0.0': { write: nothing },
    'aitbc:plugin/config@1.0.0': {
      get(out: number): void {
        const [at, size] = pass(config);
        const view = new DataView(memory.buffer);
        view.setUint32(out, at, true);
        view.setUint32(out + 4, size, true);
      },
    },
    'aitbc:plugin/events@1.0.0': { publish: nothing, subscribe: nothing },
    'aitbc:plugin/files@1.0.0': { read: nothing, write: nothing },
    'aitbc:plugin/http@1.0.0': { fetch: nothing },
  };
  const { exports } = new engine.Instance(module, imports);
  const { memory, cabi_realloc: allocate } = exports;
  (exports['_initialize'] as (() => void) | undefined)?.();
  const name = 'aitbc:plugin/methods@1.0.0#call';
  const [invoke, release] = [exports[name] as Call, exports[`cabi_post_${name}`] as Call];
  const stop = exports['aitbc:plugin/lifecycle@1.0.0#stop'] as Call;

  /** Latin text, which these benchmarks have, is as long in bytes as in characters; other text has up to three for one. */
  function pass(text: string): [at: number, size: number] {
    const at = allocate(0, 0, 1, text.length * 3);
    const { written } = encoder.encodeInto(text, new Uint8Array(memory.buffer, at, text.length * 3));
    return [at, written];
  }
  return {
    call(method, args) {
      const [methodAt, methodSize] = pass(method);
      const [at, size] = pass(JSON.stringify(args));
      const area = invoke(methodAt, methodSize, at, size);
      const view = new DataView(memory.buffer);
      const text = decoder.decode(
        new Uint8Array(memory.buffer, view.getUint32(area + 4, true), view.getUint32(area + 8, true)),
      );
      const failed = view.getUint8(area) === 1;
      release(area);
      if (failed) throw new Error(text);
      return JSON.parse(text) as unknown;
    },
    stop() {
      const view = new DataView(memory.buffer);
      return view.getUint8(stop() + 4) === 1;
    },
  };
}
