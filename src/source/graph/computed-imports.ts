import { computedImport, detailsOf, type Place } from './diagnostics.ts';
import type { Lexed } from './lex.ts';

/** Throws ERR_IMPORT_DENIED with the place of the first `import()` of a bundle that the bundler could not follow. */
export function refuseComputedImports(lexed: Lexed, placeAt: (offset: number) => Place | undefined): void {
  const computed = lexed.imports.find((found) => found.type !== 'import-meta');
  if (computed === undefined) return;
  const place = placeAt(computed.importStart);
  throw computedImport(place, place === undefined ? {} : detailsOf(place));
}
