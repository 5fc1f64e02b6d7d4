import type { SourceContext } from '../types.ts';
import type { PackagePins, Packages, PackageSource } from './types.ts';

export interface LazyPackages extends PackageSource {
  load(): Promise<Packages>;
}

/** Packages that are loaded when the first is asked for: a plugin without them pays for nothing. */
export function lazyPackages(context: SourceContext, locked: PackagePins | undefined): LazyPackages {
  let loading: Promise<Packages> | undefined;
  const load = (): Promise<Packages> =>
    (loading ??= import('./packages.ts').then(({ createPackages }) => createPackages(context, locked)));
  return {
    load,
    read: async (id, signal) => (await load()).read(id, signal),
    graph: async (requests) => (await load()).graph(requests),
    published: async () => (loading === undefined ? new Map() : (await loading).published()),
    async close() {
      const closing = loading;
      loading = undefined;
      await (await closing)?.close();
    },
  };
}
