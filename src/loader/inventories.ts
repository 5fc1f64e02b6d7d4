import type { PluginError } from '../core/errors.ts';
import type { Verified } from '../lock/types.ts';
import type { Inventory } from '../trust/contents/types.ts';
import { mapParallel } from './parallel.ts';
import type { LoaderContext } from './context.ts';
import { verifiedPlugins } from './prepare.ts';
import { rooms } from './rooms.ts';
import type { InventoryReport, PrepareOptions } from './types.ts';

/** Each is a process of esbuild. */
const PARALLEL = 2;

/** What is in the programs of locked plugins: from verified bytes, bundled anew. Nothing of them runs. */
export async function inventories(context: LoaderContext, options: PrepareOptions = {}): Promise<InventoryReport> {
  const refused = new Map<string, PluginError>();
  const { verified, guard } = await verifiedPlugins(context, options, refused);
  const found = new Map<string, Inventory>();
  await mapParallel(verified, PARALLEL, async (one) => {
    const inventory = await guard(one.name, () => inventoryOfVerified(one, context));
    if (inventory !== undefined) found.set(one.name, inventory);
  });
  const sorted = [...found].sort(([a], [b]) => (a < b ? -1 : 1));
  return { inventories: new Map(sorted), refused };
}

export async function inventoryOfVerified(verified: Verified, context: LoaderContext): Promise<Inventory> {
  const { name, lock, files } = verified;
  context.progress.update({ plugin: name, phase: 'build' });
  const contents = await rooms.contents(verified);
  context.progress.update({ plugin: name, phase: 'build', done: true });
  return rooms.inventory({ plugin: name, entry: lock, files, contents });
}
