/**
 * Guarantees that no name of a core module can be anything but a name in the JavaScript of the bindings, where jco puts it
 * between quotes as it is. Trusts that names of the component level are checked by wasm-tools: they are words with hyphens.
 */
import { MalformedBinary } from '../../../source/component/binary.ts';
import { namesOf } from '../../../source/component/module-names.ts';

/** What would end or continue a string, a template or a line; and what is no text of a name. */
const UNSAFE = /['"`\\\p{Cc}\p{Cf}\u2028\u2029]/u;
/** Compilers' mangled names of generic functions are long. */
const LONGEST = 4_096;
/** Would be the prototype of an object, not a member. */
const FORBIDDEN = '__proto__';

/** Throws MalformedBinary. */
export function checkName(name: string): void {
  if (name.length > LONGEST) throw new MalformedBinary(`a core module has a name of ${name.length} characters`);
  if (name !== FORBIDDEN && !UNSAFE.test(name)) return;
  throw new MalformedBinary(
    `a core module has the name ${JSON.stringify(name.slice(0, 80))}, which the host does not take`,
  );
}

/** All imports and exports. Throws MalformedBinary. */
export function checkModuleNames(module: Uint8Array): void {
  const { imports, exports } = namesOf(module);
  for (const { module: from, name } of imports) {
    checkName(from);
    checkName(name);
  }
  for (const name of exports) checkName(name);
}
