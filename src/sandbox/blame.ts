import type { RemoteInstance } from './instance.ts';

/** A guest that ran so recently may have left something behind that killed the process. Milliseconds. */
const RECENT = 1_000;

/**
 * Who is to blame for the death of a process (DESIGN, Groups): exactly the culprit where it is known; a plugin that was
 * alone; otherwise those whose calls were in flight, then those that ran a moment ago, then all are suspects.
 */
export function blame(
  instances: readonly RemoteInstance[],
  culprit: number | 'none' | undefined,
): readonly (readonly [RemoteInstance, 'self' | 'suspect' | 'innocent'])[] {
  if (culprit !== undefined) {
    return instances.map((instance) => [instance, instance.number === culprit ? 'self' : 'innocent']);
  }
  const suspects = suspectsOf(instances);
  const verdict = suspects.length === 1 ? 'self' : 'suspect';
  return instances.map((instance) => [instance, suspects.includes(instance) ? verdict : 'innocent']);
}

function suspectsOf(instances: readonly RemoteInstance[]): readonly RemoteInstance[] {
  const busy = instances.filter((instance) => instance.busy);
  if (busy.length > 0) return busy;
  const now = Date.now();
  const recent = instances.filter((instance) => now - instance.activeAt < RECENT);
  return recent.length > 0 ? recent : instances;
}
