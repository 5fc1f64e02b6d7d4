import { NotPlain, type Bounds } from '../contract/plain.ts';
import type { Json } from '../core/json.ts';
import type { Place, Problem } from './problems.ts';

export type Path = readonly (string | number)[];

/** More than any config that people write; a bomb of aliases ends here. */
export const CONFIG_BOUNDS: Bounds = { nodes: 100_000, depth: 64, string: 1_048_576 };

/** A config file as data, with the place of every key and value. */
export interface ParsedFile {
  readonly value: Json;
  readonly problems: readonly Problem[];
  readonly places: Places;
}

/** Where keys and values stand. A path that is not there has the place of the nearest map around it. */
export class Places {
  readonly #values = new Map<string, number>();
  readonly #keys = new Map<string, number>();
  readonly #at: (offset: number) => Place;

  constructor(at: (offset: number) => Place) {
    this.#at = at;
  }

  add(path: Path, value: number, key: number | undefined): void {
    const id = JSON.stringify(path);
    this.#values.set(id, value);
    if (key !== undefined) this.#keys.set(id, key);
  }

  of(path: Path, want: 'key' | 'value' = 'value'): Place {
    for (let length = path.length; length > 0; length--) {
      const id = JSON.stringify(path.slice(0, length));
      const exact = length === path.length;
      const offset = exact && want === 'value' ? this.#values.get(id) : (this.#keys.get(id) ?? this.#values.get(id));
      if (offset !== undefined) return this.#at(offset);
    }
    return this.#at(0);
  }
}

/** Counts what a parser makes, so that neither depth nor aliases can make more than the bounds allow. */
export function createBudget(bounds: Bounds): (depth: number) => void {
  let nodes = 0;
  return (depth) => {
    if (++nodes > bounds.nodes) throw new NotPlain('', `holds more than ${bounds.nodes} values`);
    if (depth > bounds.depth) throw new NotPlain('', `is nested deeper than ${bounds.depth}`);
  };
}
