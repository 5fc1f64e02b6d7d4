import { engine } from '../webassembly.ts';

/** What the component did ends its instance. */
export function trap(reason: string): never {
  throw new engine.RuntimeError(reason);
}
