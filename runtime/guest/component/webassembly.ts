/** What is used of the engine's WebAssembly, which the language's own types do not have. */
export type CoreModule = object;
export type CoreInstance = object;

interface Engine {
  readonly Module: new (bytes: Uint8Array) => CoreModule;
  readonly Instance: new (module: CoreModule, imports: object) => CoreInstance;
  readonly RuntimeError: new (message: string) => Error;
}

export const engine: Engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
