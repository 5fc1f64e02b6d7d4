/**
 * Finds `import("./a/" + x)` and `require(`./${x}`)` before the bundler sees them. Guarantees that esbuild never expands
 * such a pattern: it would list folders of the host's disk, from `../../` as well. Trusts esbuild's print of one module,
 * which reads no file.
 */
import type * as Esbuild from 'esbuild';
import type { Loader } from '../types.ts';
import { lex } from './lex.ts';
import { createPlaces } from './places.ts';
import type { Place } from './diagnostics.ts';

/** True for a source that may hold one: most hold none, and are not read twice. */
export function mayImportPatterns(text: string): boolean {
  return /\bimport\s*[/(]|require|\\u/.test(text);
}

/** The place of the first; undefined where there is none, or where the source does not compile (the bundler says why). */
export async function findPatternImport(
  esbuild: typeof Esbuild,
  id: string,
  text: string,
  loader: Loader,
): Promise<Place | undefined> {
  const printed = await print(esbuild, id, text, loader);
  if (printed === undefined) return undefined;
  const { code, map } = printed;
  const placeAt = createPlaces(code, map);
  const at = (offset: number): Place => ({ line: 1, column: 1, text: '', ...placeAt(offset), file: id });
  for (const found of lex(code).imports) {
    if (found.type === 'dynamic' && (found.specifier === undefined || found.glob)) {
      if (isPattern(code.slice(found.start, found.end))) return at(found.importStart);
    }
    if (found.type === 'import-meta') {
      const call = /^(?:\?\.)?\(/.exec(code.slice(found.end, found.end + 3))?.[0];
      if (call === undefined) continue;
      const rest = code.slice(found.end + call.length);
      if (isPattern(rest) && !LITERAL.test(rest)) return at(found.importStart);
    }
  }
  return undefined;
}

/** One module as plain JavaScript, where each free `require` is written `import.meta`, which the lexer finds. */
async function print(
  esbuild: typeof Esbuild,
  id: string,
  text: string,
  loader: Loader,
): Promise<Esbuild.TransformResult | undefined> {
  try {
    return await esbuild.transform(text, {
      loader: loader as Esbuild.Loader,
      sourcefile: id,
      target: 'node24',
      platform: 'neutral',
      charset: 'utf8',
      legalComments: 'none',
      sourcemap: 'external',
      define: { require: 'import.meta' },
      supported: { 'import-meta': true },
      tsconfigRaw: {},
      logLevel: 'silent',
    });
  } catch (error) {
    if (error instanceof Error && 'errors' in error) return undefined;
    throw error;
  }
}

const SPACE = /^(?:\s|\/\*[^]*?\*\/|\/\/[^\n]*\n)*/;
const LITERAL =
  /^(?:\s|\/\*[^]*?\*\/)*(?:"(?:[^"\\]|\\[^])*"|'(?:[^'\\]|\\[^])*'|`(?:[^`\\$]|\\[^]|\$(?!\{))*`)\s*[,)]/;

/** esbuild takes for a pattern what begins with a relative path in quotes. */
function isPattern(argument: string): boolean {
  return /^["'`]\./.test(argument.replace(SPACE, ''));
}
