/** Errors across the boundary: what the host refused becomes an Error here; what the plugin threw becomes text here. */
import type { WireFailure, WireThrown } from '../../src/protocol/messages.ts';
import { MAX_ERROR_MESSAGE, MAX_ERROR_STACK } from '../../src/protocol/limits.ts';
import { jsonStringify, objectDefineProperty, primordialError, primordialString, stringSlice } from './primordials.ts';

/** An error of the host or of the bootstrap, with the code the plugin can look at. */
export function hostError(failure: Partial<WireFailure> & { code: string; message: string }): Error {
  const error = new primordialError(failure.message);
  hide(error, 'name', 'PluginError');
  hide(error, 'code', failure.code);
  if (failure.hint !== undefined && failure.hint !== '') hide(error, 'hint', failure.hint);
  if (failure.data !== undefined) hide(error, 'data', failure.data);
  return error;
}

/** What the bootstrap itself refuses, so that the host need not believe the plugin about it. */
export class Refusal extends primordialError {
  readonly #kind: WireThrown['kind'];
  constructor(kind: WireThrown['kind'], message: string) {
    super(message);
    this.#kind = kind;
  }

  /** Undefined for what is none. Asks nothing of what may be a proxy, as `instanceof` would. */
  static kindOf(thrown: unknown): WireThrown['kind'] | undefined {
    return isObject(thrown) && #kind in thrown ? thrown.#kind : undefined;
  }
}

/** Everything of a thrown value that leaves, bounded. Its getters are the plugin's: they may throw, and that is all. */
export function thrownText(thrown: unknown, kind: WireThrown['kind'] = 'threw'): string {
  const wire: WireThrown = {
    kind: Refusal.kindOf(thrown) ?? kind,
    name: read(thrown, 'name', 256),
    message: isObject(thrown) ? read(thrown, 'message', MAX_ERROR_MESSAGE) : show(thrown),
    stack: read(thrown, 'stack', MAX_ERROR_STACK),
    code: read(thrown, 'code', 256),
  };
  return `{"kind":${jsonStringify(wire.kind)},"name":${jsonStringify(wire.name)},"message":${jsonStringify(wire.message)},"stack":${jsonStringify(wire.stack)},"code":${jsonStringify(wire.code)}}`;
}

function read(thrown: unknown, key: string, max: number): string {
  if (!isObject(thrown)) return '';
  try {
    const member = (thrown as Record<string, unknown>)[key];
    return typeof member === 'string' ? stringSlice(member, 0, max) : '';
  } catch {
    return '';
  }
}

/** Of what is no object. */
function show(thrown: unknown): string {
  return stringSlice(primordialString(thrown), 0, MAX_ERROR_MESSAGE);
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** A property of an error that a log does not list. */
export function hide(target: object, key: string, value: unknown): void {
  objectDefineProperty(target, key, { value, writable: true, enumerable: false, configurable: true });
}
