/** What is used of the engine's WebAssembly, which the language's own types do not have. */
export type CoreModule = object;

export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}

/** Numbers for i32 (signed) and floats, bigints for i64. */
export type CoreFunction = (...args: (number | bigint)[]) => number | bigint | undefined;

export interface CoreInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

interface Engine {
  readonly Module: new (bytes: Uint8Array, options?: { readonly builtins: readonly string[] }) => CoreModule;
  readonly Instance: new (module: CoreModule, imports: object) => CoreInstance;
  readonly RuntimeError: new (message: string) => Error;
  readonly CompileError: new (message: string) => Error;
  readonly LinkError: new (message: string) => Error;
}

export const engine: Engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
