import { text } from './idl.ts';
import { defineProperty } from './primordials.ts';

const CODES: Readonly<Record<string, number>> = {
  IndexSizeError: 1,
  HierarchyRequestError: 3,
  WrongDocumentError: 4,
  InvalidCharacterError: 5,
  NoModificationAllowedError: 7,
  NotFoundError: 8,
  NotSupportedError: 9,
  InUseAttributeError: 10,
  InvalidStateError: 11,
  SyntaxError: 12,
  InvalidModificationError: 13,
  NamespaceError: 14,
  InvalidAccessError: 15,
  TypeMismatchError: 17,
  SecurityError: 18,
  NetworkError: 19,
  AbortError: 20,
  URLMismatchError: 21,
  QuotaExceededError: 22,
  TimeoutError: 23,
  InvalidNodeTypeError: 24,
  DataCloneError: 25,
};

export class DOMException extends Error {
  readonly #name: string;

  constructor(message: unknown = '', options: unknown = 'Error') {
    if (typeof options === 'object' && options !== null) {
      const { name = 'Error', cause } = options as { name?: unknown; cause?: unknown };
      super(text(message), 'cause' in options ? { cause } : undefined);
      this.#name = text(name);
    } else {
      super(text(message));
      this.#name = text(options);
    }
  }

  static is(value: unknown): value is DOMException {
    return typeof value === 'object' && value !== null && #name in value;
  }

  get code(): number {
    return Object.hasOwn(CODES, this.#name) ? (CODES[this.#name] ?? 0) : 0;
  }

  static nameOf(exception: DOMException): string {
    return exception.#name;
  }
}

/** Kept off the public class: `is` and `nameOf` are for the modules here. */
export const isDOMException = DOMException.is;
export const domExceptionName = DOMException.nameOf;
Reflect.deleteProperty(DOMException, 'is');
Reflect.deleteProperty(DOMException, 'nameOf');

defineProperty(DOMException.prototype, 'name', {
  get(this: DOMException) {
    return domExceptionName(this);
  },
  enumerable: true,
  configurable: true,
});
defineProperty(DOMException.prototype, Symbol.toStringTag, { value: 'DOMException', configurable: true });
for (const name of Reflect.ownKeys(CODES) as string[]) {
  const legacy = legacyName(name);
  for (const target of [DOMException, DOMException.prototype]) {
    defineProperty(target, legacy, { value: CODES[name], enumerable: true });
  }
}

function legacyName(name: string): string {
  if (name === 'TypeMismatchError') return 'TYPE_MISMATCH_ERR';
  if (name === 'URLMismatchError') return 'URL_MISMATCH_ERR';
  if (name === 'InUseAttributeError') return 'INUSE_ATTRIBUTE_ERR';
  return (
    name
      .replace(/Error$/, '')
      .replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_')
      .toUpperCase() + '_ERR'
  );
}
