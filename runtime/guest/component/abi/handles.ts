import { trap } from './trap.ts';

interface Entry {
  readonly resource: number;
  readonly value: object;
}

/** The host's resources that a component holds, by the numbers it knows them by. A number it does not have is a trap. */
export class Handles {
  readonly #entries: (Entry | undefined)[] = [undefined];
  readonly #free: number[] = [];

  add(resource: number, value: unknown): number {
    if (typeof value !== 'object' || value === null) throw new TypeError('a resource is expected');
    const handle = this.#free.pop() ?? this.#entries.length;
    this.#entries[handle] = { resource, value };
    return handle;
  }

  get(resource: number, handle: number): object {
    const entry = this.#entries[handle];
    if (entry?.resource !== resource) return trap(`there is no such handle: ${handle}`);
    return entry.value;
  }

  /** The component has it no more. */
  take(resource: number, handle: number): object {
    const value = this.get(resource, handle);
    this.#entries[handle] = undefined;
    this.#free.push(handle);
    return value;
  }

  drop(resource: number, handle: number): void {
    (this.take(resource, handle) as Partial<Disposable>)[Symbol.dispose]?.();
  }
}
