import type { RemoteInstance } from './instance.ts';
import type { Blame } from './types.ts';

/** A guest that ran so recently may have left something behind that killed the process. Milliseconds. */
const RECENT = 1_000;

/**
 * Who is to blame for the death of a process (DESIGN, Groups): exactly the culprit where it is known; a plugin that was
 * alone; otherwise those whose calls were in flight, then those that ran a moment ago. Where all were quiet it may well have
 * been ended from outside, for want of memory or by hand.
 */
export function blame(
  instances: readonly RemoteInstance[],
  culprit: number | 'none' | undefined,
): readonly (readonly [RemoteInstance, Blame])[] {
  if (culprit !== undefined) {
    return instances.map((instance) => [instance, instance.number === culprit ? 'self' : 'innocent']);
  }
  if (instances.length === 1) return instances.map((instance) => [instance, 'self']);
  const suspects = suspectsOf(instances);
  if (suspects.length === 0) return instances.map((instance) => [instance, 'unexplained']);
  const verdict = suspects.length === 1 ? 'self' : 'suspect';
  return instances.map((instance) => [instance, suspects.includes(instance) ? verdict : 'innocent']);
}

function suspectsOf(instances: readonly RemoteInstance[]): readonly RemoteInstance[] {
  const busy = instances.filter((instance) => instance.busy);
  if (busy.length > 0) return busy;
  const now = Date.now();
  return instances.filter((instance) => now - instance.activeAt < RECENT);
}
