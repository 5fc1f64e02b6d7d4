/** Makes the plugin object of what the script exports, and says which of its methods may be called from outside. */
import { CONTRACT_MEMBERS, LANGUAGE_MEMBERS } from '../../src/protocol/members.ts';
import { context } from './context.ts';
import { Refusal } from './failure.ts';
import {
  append,
  objectDefineProperty,
  objectGetOwnPropertyDescriptor,
  objectGetOwnPropertyNames,
  objectGetPrototypeOf,
  objectHasOwn,
  primordialSet,
  reflectApply,
  reflectConstruct,
  setHas,
  stringStartsWith,
  uncurry,
} from './primordials.ts';

export type PluginObject = { [member: string]: unknown };
type AnyFunction = (...args: never[]) => unknown;

/** The host calls the contract's members by operations of their own. */
const CONTRACT = new primordialSet<string>([...CONTRACT_MEMBERS, ...LANGUAGE_MEMBERS]);

const objectPrototype = Object.prototype;
const sourceOf = uncurry(Function.prototype.toString);

/** Throws Refusal `metadata` for exports that are no plugin, and what the plugin's constructor throws. */
export async function instantiate(exported: unknown): Promise<PluginObject> {
  const main = isObject(exported) && 'default' in exported ? exported.default : exported;
  if (typeof main === 'function') {
    const made: unknown = isClass(main as AnyFunction)
      ? reflectConstruct(main, [context])
      : await reflectApply(main as AnyFunction, undefined, [context] as never);
    if (isObject(made)) return made;
    throw new Refusal('metadata', 'the function it exports as default returned no plugin object');
  }
  if (!isObject(main)) {
    throw new Refusal('metadata', 'it exports no plugin: the default export is a class, an object or a function');
  }
  if (!('context' in main)) {
    objectDefineProperty(main, 'context', { value: context, enumerable: false, writable: true, configurable: true });
  }
  return main;
}

function isClass(main: AnyFunction): boolean {
  if (stringStartsWith(sourceOf(main), 'class')) return true;
  const prototype: unknown = main.prototype;
  return isObject(prototype) && typeof prototype['initialize'] === 'function';
}

/** A public method: a function that the object or its classes define; never an accessor, `_name` or the contract's own. */
export function findMethod(plugin: PluginObject, name: string): AnyFunction | undefined {
  if (!isPublic(name)) return undefined;
  for (let holder: object | null = plugin; holder !== null; holder = objectGetPrototypeOf(holder) as object | null) {
    if (holder === objectPrototype) return undefined;
    if (!objectHasOwn(holder, name)) continue;
    const value: unknown = objectGetOwnPropertyDescriptor(holder, name)?.value;
    return typeof value === 'function' ? (value as AnyFunction) : undefined;
  }
  return undefined;
}

export function publicMethods(plugin: PluginObject): string[] {
  const names: string[] = [];
  const seen = new primordialSet<string>();
  for (let holder: object | null = plugin; holder !== null; holder = objectGetPrototypeOf(holder) as object | null) {
    if (holder === objectPrototype) break;
    const own = objectGetOwnPropertyNames(holder);
    for (let index = 0; index < own.length; index += 1) {
      const name = own[index] as string;
      if (setHas(seen, name)) continue;
      seen.add(name);
      if (findMethod(plugin, name) !== undefined) append(names, name);
    }
  }
  return names;
}

function isPublic(name: string): boolean {
  return !stringStartsWith(name, '_') && !setHas(CONTRACT, name);
}

function isObject(value: unknown): value is PluginObject {
  return typeof value === 'object' && value !== null;
}
