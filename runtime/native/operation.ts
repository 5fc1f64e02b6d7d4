export type NativeValue = undefined | null | boolean | number | string | Uint8Array;
export type Operation = (...args: readonly unknown[]) => NativeValue;

/** A failure the guest shows as an error of this name: a DOMException's, `TypeError` or `RangeError`. */
export class OperationFailure extends Error {
  constructor(name: string, message: string) {
    super(message);
    this.name = name;
  }
}

/** The largest input of one call: what an isolate's memory limit lets it hold is far below. */
const MAX_BYTES = 512 * 1024 * 1024;

export function string(value: unknown): string {
  if (typeof value !== 'string') throw new OperationFailure('TypeError', 'An argument must be a string');
  return value;
}

export function bytes(value: unknown): Uint8Array {
  if (!(value instanceof Uint8Array) || value.length > MAX_BYTES) {
    throw new OperationFailure('TypeError', 'An argument must be bytes');
  }
  return value;
}

export function optionalBytes(value: unknown): Uint8Array | undefined {
  return value === undefined || value === null ? undefined : bytes(value);
}

export function integer(value: unknown, low: number, high: number): number {
  if (typeof value !== 'number' || !Number.isInteger(value) || value < low || value > high) {
    throw new OperationFailure('OperationError', `A number must be within ${low} and ${high}`);
  }
  return value;
}

export function oneOf<const Choice extends string>(value: unknown, choices: readonly Choice[]): Choice {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new OperationFailure('NotSupportedError', 'An algorithm or format is not supported');
  return found;
}

/** Bytes with a memory of their own: a Buffer's pool must not cross. */
export function own(buffer: Uint8Array): Uint8Array {
  return new Uint8Array(buffer);
}
