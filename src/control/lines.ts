/** Cuts a stream of bytes into lines, none longer than `max` bytes. @throws RangeError for one that is */
export class LineReader {
  readonly #max: number;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(max: number) {
    this.#max = max;
  }

  push(chunk: Buffer): string[] {
    const lines: string[] = [];
    let from = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, from)) {
      this.#add(chunk.subarray(from, at));
      lines.push(Buffer.concat(this.#chunks).toString('utf8'));
      this.#chunks = [];
      this.#size = 0;
      from = at + 1;
    }
    this.#add(chunk.subarray(from));
    return lines.filter((line) => line.trim() !== '');
  }

  #add(part: Buffer): void {
    this.#size += part.length;
    if (this.#size > this.#max) throw new RangeError(`a line is longer than ${this.#max} bytes`);
    if (part.length > 0) this.#chunks.push(part);
  }
}
