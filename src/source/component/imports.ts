/**
 * Reads which interfaces a plugin's `.wasm` imports. Guarantees work linear in the bytes and that nothing is compiled; what it
 * says is for people: the build checks the world by itself. Trusts nothing of the bytes.
 */
import { Cursor, MalformedBinary } from './binary.ts';
import { namesOf } from './module-names.ts';
import { isComponent, sectionsOf } from './sections.ts';

const IMPORTS = 10;

/** Names as they stand, `aitbc:plugin/http@1.0.0`, each once. Throws MalformedBinary. */
export function interfacesOf(bytes: Uint8Array): string[] {
  if (!isComponent(bytes)) return [...new Set(namesOf(bytes).imports.map(({ module }) => module))];
  const names = new Set<string>();
  for (const section of sectionsOf(bytes)) {
    if (section.id !== IMPORTS) continue;
    const cursor = new Cursor(section.bytes);
    cursor.list(() => {
      cursor.byte();
      names.add(cursor.text());
      skipDescription(cursor);
    });
  }
  return [...names];
}

/** What an import has to be: a sort, and an index or a bound. */
function skipDescription(cursor: Cursor): void {
  const sort = cursor.byte();
  if (sort === 0) cursor.byte();
  // A type may be a fresh resource; a value says whether its type is another's.
  if (sort === 3 && cursor.byte() === 1) return;
  if (sort === 2 || sort > 5) throw new MalformedBinary('an import is of a kind that is not supported');
  cursor.u32();
}
