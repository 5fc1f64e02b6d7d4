import { EventTarget } from './events.ts';
import { expose } from './idl.ts';
import { host } from './host.ts';
import { PrimordialTypeError } from './primordials.ts';

const CREATE = Symbol('create');
/** Milliseconds: the clock's steps. Coarse, so that plugins of one process cannot time each other's caches. */
const STEP = 0.1;

function coarse(value: number): number {
  return Math.round(Math.floor(value / STEP) * STEP * 10) / 10;
}

class Performance extends EventTarget {
  readonly #origin: number;
  constructor(token?: unknown) {
    if (token !== CREATE) throw new PrimordialTypeError('Illegal constructor');
    super();
    this.#origin = coarse(Date.now() - host().now());
  }
  get timeOrigin(): number {
    return this.#origin;
  }
  now(): number {
    return coarse(host().now());
  }
  toJSON(): { timeOrigin: number } {
    return { timeOrigin: this.#origin };
  }
}
expose(Performance, 'Performance');

export { Performance };
export const performance: Performance = new Performance(CREATE);
