import { strict } from 'node:assert';

export {
  AssertionError,
  deepStrictEqual,
  doesNotMatch,
  doesNotReject,
  doesNotThrow,
  fail,
  ifError,
  match,
  notDeepStrictEqual,
  notStrictEqual,
  ok,
  rejects,
  strict,
  strictEqual,
  throws,
} from 'node:assert';
export const { equal, notEqual, deepEqual, notDeepEqual } = strict;
export default strict;
