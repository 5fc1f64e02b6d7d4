/** Runs one piece of work at a time, in the order it was asked for; one that fails does not stop the next. */
export class Serial {
  #tail: Promise<unknown> = Promise.resolve();

  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.then(nothing, nothing);
    return result;
  }
}

function nothing(): void {}
