import { Cursor, MalformedBinary } from './binary.ts';
import { sectionsOf } from './sections.ts';

export interface ModuleNames {
  readonly imports: readonly { readonly module: string; readonly name: string }[];
  readonly exports: readonly string[];
}

/** Of a core module. Throws MalformedBinary. */
export function namesOf(bytes: Uint8Array): ModuleNames {
  const imports: { module: string; name: string }[] = [];
  const exports: string[] = [];
  for (const section of sectionsOf(bytes)) {
    const cursor = new Cursor(section.bytes);
    if (section.id === 2) {
      cursor.list(() => {
        imports.push({ module: cursor.text(), name: cursor.text() });
        skipImport(cursor);
      });
    } else if (section.id === 7) {
      cursor.list(() => {
        exports.push(cursor.text());
        cursor.byte();
        cursor.u32();
      });
    } else if (section.id > 13) throw new MalformedBinary(`section ${section.id} is unknown`);
  }
  return { imports, exports };
}

function skipImport(cursor: Cursor): void {
  switch (cursor.byte()) {
    case 0:
      cursor.u32();
      return;
    case 1:
      cursor.byte();
      return skipLimits(cursor);
    case 2:
      return skipLimits(cursor);
    case 3:
      cursor.take(2);
      return;
    case 4:
      cursor.byte();
      cursor.u32();
      return;
    default:
      throw new MalformedBinary('an import is of an unknown kind');
  }
}

function skipLimits(cursor: Cursor): void {
  const flags = cursor.byte();
  cursor.unsigned();
  if ((flags & 1) !== 0) cursor.unsigned();
}
