import type { Budget } from './budget.ts';
import type { Domain } from './domain.ts';
import type { Engine } from './engine.ts';
import type { World } from './world.ts';

/** A shortest way from a plugin along what chosen versions need back to itself; it begins and ends with it. */
export function cycleThrough(
  start: Domain,
  world: World,
  engine: Engine,
  budget: Budget,
): readonly Domain[] | undefined {
  const from = new Map<Domain, Domain>();
  const queue = [start];
  for (const domain of queue) {
    budget.spend(1);
    const bit = engine.decided(domain);
    if (bit === undefined) continue;
    for (const name of world.needs(domain, bit)) {
      const next = world.domains.get(name);
      if (next === start) return fromFirstMet(pathTo(domain, from));
      if (next === undefined || from.has(next)) continue;
      from.set(next, domain);
      queue.push(next);
    }
  }
  return undefined;
}

function pathTo(end: Domain, from: ReadonlyMap<Domain, Domain>): Domain[] {
  const path: Domain[] = [];
  for (let at: Domain | undefined = end; at !== undefined; at = from.get(at)) path.unshift(at);
  return path;
}

/** One circle is told in one way, wherever it was found. */
function fromFirstMet(circle: readonly Domain[]): readonly Domain[] {
  const indices = circle.map(({ index }) => index);
  const first = indices.indexOf(Math.min(...indices));
  return [...circle.slice(first), ...circle.slice(0, first), circle[first]!];
}
