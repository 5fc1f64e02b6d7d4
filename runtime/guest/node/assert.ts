import { isDeepStrictEqual, inspect } from 'node:util';
import { deepEqual as compare } from './shared/deep-equal.ts';
import { invalidType } from './shared/errors.ts';

type Message = string | Error | undefined;
type Expected = RegExp | object | ((error: unknown) => unknown) | undefined;

interface Facts {
  message?: Message;
  actual?: unknown;
  expected?: unknown;
  operator?: string;
}

export class AssertionError extends Error {
  readonly code = 'ERR_ASSERTION';
  readonly actual: unknown;
  readonly expected: unknown;
  readonly operator: string | undefined;
  readonly generatedMessage: boolean;

  constructor(facts: Facts) {
    const given = typeof facts.message === 'string' ? facts.message : undefined;
    super(given ?? describe(facts));
    this.generatedMessage = given === undefined;
    this.actual = facts.actual;
    this.expected = facts.expected;
    this.operator = facts.operator;
    Object.defineProperty(this, 'name', { value: 'AssertionError', configurable: true, writable: true });
  }
}

function describe({ actual, expected, operator }: Facts): string {
  const short = (value: unknown): string => inspect(value, { depth: 3 });
  return `${short(actual)} ${operator ?? 'fails'} ${short(expected)}`;
}

function check(condition: unknown, facts: Facts): asserts condition {
  if (condition) return;
  if (facts.message instanceof Error) throw facts.message;
  throw new AssertionError(facts);
}

export function ok(value: unknown, message?: Message): asserts value {
  check(value, {
    message: message ?? 'The expression evaluated to a falsy value',
    actual: value,
    expected: true,
    operator: '==',
  });
}
export function fail(message: string | Error = 'Failed'): never {
  if (message instanceof Error) throw message;
  throw new AssertionError({ message, operator: 'fail' });
}
// oxlint-disable eqeqeq -- the loose comparisons are what these are for
export function equal(actual: unknown, expected: unknown, message?: Message): void {
  check(actual == expected || (Number.isNaN(actual) && Number.isNaN(expected)), {
    message,
    actual,
    expected,
    operator: '==',
  });
}
export function notEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(actual != expected && !(Number.isNaN(actual) && Number.isNaN(expected)), {
    message,
    actual,
    expected,
    operator: '!=',
  });
}
// oxlint-enable eqeqeq
export function strictEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(Object.is(actual, expected), { message, actual, expected, operator: 'strictEqual' });
}
export function notStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(!Object.is(actual, expected), { message, actual, expected, operator: 'notStrictEqual' });
}
export function deepEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(compare(actual, expected, false), { message, actual, expected, operator: 'deepEqual' });
}
export function notDeepEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(!compare(actual, expected, false), { message, actual, expected, operator: 'notDeepEqual' });
}
export function deepStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(isDeepStrictEqual(actual, expected), { message, actual, expected, operator: 'deepStrictEqual' });
}
export function notDeepStrictEqual(actual: unknown, expected: unknown, message?: Message): void {
  check(!isDeepStrictEqual(actual, expected), { message, actual, expected, operator: 'notDeepStrictEqual' });
}
export function match(text: unknown, pattern: RegExp, message?: Message): void {
  check(typeof text === 'string' && pattern.test(text), {
    message,
    actual: text,
    expected: pattern,
    operator: 'match',
  });
}
export function doesNotMatch(text: unknown, pattern: RegExp, message?: Message): void {
  check(typeof text !== 'string' || !pattern.test(text), {
    message,
    actual: text,
    expected: pattern,
    operator: 'doesNotMatch',
  });
}
export function ifError(value: unknown): void {
  if (value === null || value === undefined) return;
  const text = value instanceof Error ? value.message : inspect(value);
  throw new AssertionError({ message: `ifError got unwanted exception: ${text}`, actual: value, operator: 'ifError' });
}

function fits(error: unknown, expected: Expected, message: Message): void {
  if (expected === undefined) return;
  const facts = { message, actual: error, expected, operator: 'throws' };
  if (expected instanceof RegExp) return check(expected.test(String(error)), facts);
  if (typeof expected !== 'function') {
    for (const [key, value] of Object.entries(expected instanceof Error ? errorFacts(expected) : expected)) {
      const found: unknown = (error as Record<string, unknown>)[key];
      check(
        value instanceof RegExp && typeof found === 'string' ? value.test(found) : isDeepStrictEqual(found, value),
        facts,
      );
    }
    return;
  }
  const { prototype } = expected as { prototype?: unknown };
  if (prototype !== undefined && error instanceof (expected as unknown as typeof Error)) return;
  if (prototype instanceof Error || (expected as unknown) === Error) return check(false, facts);
  check(Reflect.apply(expected as (error: unknown) => unknown, {}, [error]) === true, facts);
}

function errorFacts(error: Error): Record<string, unknown> {
  return Object.assign<Record<string, unknown>, object, object>({}, error, {
    name: error.name,
    message: error.message,
  });
}

function split(expected: Expected | string, message: Message): [Expected, Message] {
  return typeof expected === 'string' ? [undefined, expected] : [expected, message];
}

export function throws(run: () => unknown, expected?: Expected | string, message?: Message): void {
  if (typeof run !== 'function') throw invalidType('fn', 'function', run);
  const [wanted, text] = split(expected, message);
  let caught: { error: unknown } | undefined;
  try {
    run();
  } catch (error) {
    caught = { error };
  }
  check(caught !== undefined, { message: text ?? 'Missing expected exception.', expected: wanted, operator: 'throws' });
  fits(caught.error, wanted, text);
}
export async function rejects(
  run: Promise<unknown> | (() => Promise<unknown>),
  expected?: Expected | string,
  message?: Message,
): Promise<void> {
  const [wanted, text] = split(expected, message);
  let caught: { error: unknown } | undefined;
  try {
    await (typeof run === 'function' ? run() : run);
  } catch (error) {
    caught = { error };
  }
  check(caught !== undefined, {
    message: text ?? 'Missing expected rejection.',
    expected: wanted,
    operator: 'rejects',
  });
  fits(caught.error, wanted, text);
}
export function doesNotThrow(run: () => unknown, message?: Message): void {
  try {
    run();
  } catch (error) {
    check(false, {
      message: message ?? `Got unwanted exception: ${String(error)}`,
      actual: error,
      operator: 'doesNotThrow',
    });
  }
}
export async function doesNotReject(
  run: Promise<unknown> | (() => Promise<unknown>),
  message?: Message,
): Promise<void> {
  try {
    await (typeof run === 'function' ? run() : run);
  } catch (error) {
    check(false, {
      message: message ?? `Got unwanted rejection: ${String(error)}`,
      actual: error,
      operator: 'doesNotReject',
    });
  }
}

const members = {
  AssertionError,
  ok,
  fail,
  equal,
  notEqual,
  strictEqual,
  notStrictEqual,
  deepEqual,
  notDeepEqual,
  deepStrictEqual,
  notDeepStrictEqual,
  match,
  doesNotMatch,
  ifError,
  throws,
  rejects,
  doesNotThrow,
  doesNotReject,
};
type Assert = typeof members & { (value: unknown, message?: Message): asserts value; strict: Assert };

const strictMembers = {
  equal: strictEqual,
  notEqual: notStrictEqual,
  deepEqual: deepStrictEqual,
  notDeepEqual: notDeepStrictEqual,
};
export const strict: Assert = Object.assign(
  (value: unknown, message?: Message) => ok(value, message),
  members,
  strictMembers,
) as never;
strict.strict = strict;
const assert: Assert = Object.assign((value: unknown, message?: Message) => ok(value, message), members, {
  strict,
}) as never;
export default assert;
