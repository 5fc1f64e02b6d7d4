import { isPluginError } from '../core/errors.ts';
import type { Graph } from './graph.ts';
import type { Lifecycle } from './lifecycle.ts';
import type { ManagedPlugin } from './managed-plugin.ts';

export interface ShutdownParts {
  readonly plugins: ReadonlyMap<string, ManagedPlugin>;
  readonly graph: Graph;
  readonly lifecycle: Lifecycle;
}

/** Stops what is active, dependents before what they depend on. What fails is in the plugin's status and in the log. */
export async function stopPlugins({ lifecycle, ...parts }: ShutdownParts): Promise<void> {
  await dependentsFirst(parts, async (plugin) => {
    if (plugin.status === 'active') await lifecycle.stop(plugin);
    else lifecycle.giveUp(plugin);
  });
}

/** The same, and unloads. Nothing of any plugin is left. */
export async function unloadPlugins({ lifecycle, ...parts }: ShutdownParts): Promise<void> {
  await dependentsFirst(parts, async (plugin) => {
    if (plugin.status !== 'unloaded') await lifecycle.unload(plugin);
  });
}

async function dependentsFirst(
  { plugins, graph }: Omit<ShutdownParts, 'lifecycle'>,
  work: (plugin: ManagedPlugin) => Promise<void>,
): Promise<void> {
  const rest = new Set(plugins.values());
  while (rest.size > 0) {
    const free = [...rest].filter((plugin) => !graph.dependentsOf(plugin).some((dependent) => rest.has(dependent)));
    // A circle never ran; its plugins have no order.
    const next = free.length > 0 ? free : [...rest];
    await Promise.all(next.map((plugin) => plugin.serial.run(() => logged(work(plugin)))));
    for (const plugin of next) rest.delete(plugin);
  }
}

/** Whatever its hooks do: afterwards it holds nothing, and may be loaded again. */
export async function unloadQuietly(lifecycle: Lifecycle, plugin: ManagedPlugin): Promise<void> {
  await logged(lifecycle.unload(plugin).then(() => undefined));
}

/** The lifecycle has logged it; the others must still end. */
async function logged(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    if (!isPluginError(error)) throw error;
  }
}
