/** An error as Node's own modules make them: with a stable `code`. */
export function nodeError<E extends Error>(
  Kind: new (message: string) => E,
  code: string,
  message: string,
): E & { code: string } {
  const error = new Kind(message) as E & { code: string };
  Object.defineProperty(error, 'name', { value: error.name, configurable: true, writable: true });
  error.code = code;
  return error;
}

export function invalidType(name: string, expected: string, actual: unknown): TypeError & { code: string } {
  const received = actual === null || actual === undefined ? String(actual) : `type ${typeof actual}`;
  return nodeError(
    TypeError,
    'ERR_INVALID_ARG_TYPE',
    `The "${name}" argument must be of type ${expected}. Received ${received}`,
  );
}

export function abortError(reason?: unknown): Error & { code: string } {
  const error = nodeError(Error, 'ABORT_ERR', 'The operation was aborted');
  error.name = 'AbortError';
  if (reason !== undefined) error.cause = reason;
  return error;
}
