/**
 * Help for the guest's web API from the runtime process: synchronous, without effects outside its result. Arguments come
 * from a hostile guest: every operation checks their types and sizes; what it takes of the process's time is bounded for
 * each plugin, since no limit of the isolate counts it.
 */
import { cryptoOperations } from './native/crypto.ts';
import { type Operation, type NativeValue, OperationFailure } from './native/operation.ts';
import { textOperations } from './native/text.ts';
import { urlOperations } from './native/url.ts';

const OPERATIONS: ReadonlyMap<string, Operation> = new Map(
  Object.entries({ ...urlOperations, ...textOperations, ...cryptoOperations }),
);

/** Milliseconds one plugin may take at once, and for each second that passes after that. */
const BURST = 1_000;
const SHARE = 0.5;

/** A lone surrogate begins a failure: `\udfff<name>\n<message>`; no result of an operation begins with one. */
const FAILED = '\udfff';

/** The table of one isolate. It never throws: failures are values. */
export function createNative(
  clock: () => number = () => performance.now(),
): (op: string, args: readonly unknown[]) => NativeValue {
  let credit = BURST;
  let last = clock();
  return (op, args) => {
    const operation = OPERATIONS.get(op);
    if (operation === undefined) return failure('NotSupportedError', 'No such native operation');
    const begin = clock();
    credit = Math.min(BURST, credit + (begin - last) * SHARE);
    last = begin;
    if (credit <= 0) return failure('QuotaExceededError', 'The plugin used its share of native time; try again later');
    try {
      return operation(...args);
    } catch (error) {
      // Messages of Node and OpenSSL about a plugin's own arguments; they name nothing of the host.
      if (error instanceof OperationFailure) return failure(error.name, error.message);
      return failure('OperationError', 'The operation failed');
    } finally {
      const end = clock();
      credit -= end - begin;
      last = end;
    }
  };
}

function failure(name: string, message: string): string {
  return `${FAILED}${name}\n${message}`;
}
