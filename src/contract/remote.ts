import type { BasePlugin } from './plugin.ts';
import type { CLIPlugin } from './cli-plugin.ts';

type NotRemote = keyof BasePlugin | keyof CLIPlugin | 'then' | 'constructor' | `_${string}`;

/**
 * A plugin as another process sees it: its public methods, each asynchronous. The lifecycle is not among them, and it is
 * never thenable, so that it can be awaited and returned from async functions.
 */
export type Remote<T> = {
  readonly [
    K in keyof T as K extends NotRemote | symbol ? never : T[K] extends (...args: never[]) => unknown ? K : never
  ]: T[K] extends (...args: infer Args) => infer Result ? (...args: Args) => Promise<Awaited<Result>> : never;
};

/**
 * Names of plugins to their types, for `manager.plugin('name')`. Augment it:
 * `declare module '@aitbc/plugins' { interface PluginMap { 'bitcoin-integration': BitcoinPlugin } }`
 */
// oxlint-disable-next-line typescript/no-empty-object-type
export interface PluginMap {}
