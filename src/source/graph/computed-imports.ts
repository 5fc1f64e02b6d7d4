import { type Import, type Export, parse } from 'es-module-lexer';
import { messageOf, PluginError } from '../../core/errors.ts';
import { computedImport, detailsOf, type Place } from './diagnostics.ts';

export interface Lexed {
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
}

/** Import and export syntax of a bundle: what strings and comments hold is none. */
export function lex(code: string): Lexed {
  try {
    const [imports, exports] = parse(code);
    return { imports, exports };
  } catch (cause) {
    throw new PluginError('ERR_BUILD', `Cannot compile the source: it is too large or nested too deeply`, {
      cause,
      details: { lexer: messageOf(cause) },
    });
  }
}

/** Throws ERR_IMPORT_DENIED with the place of the first `import()` that the bundler could not follow. */
export function refuseComputedImports(lexed: Lexed, placeAt: (offset: number) => Place | undefined): void {
  const computed = lexed.imports.find((found) => found.type !== 'import-meta');
  if (computed === undefined) return;
  const place = placeAt(computed.importStart);
  throw computedImport(place, place === undefined ? {} : detailsOf(place));
}
