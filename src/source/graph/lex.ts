import { type Export, type Import, parse } from 'es-module-lexer';
import { messageOf, PluginError } from '../../core/errors.ts';

export interface Lexed {
  readonly imports: readonly Import[];
  readonly exports: readonly Export[];
}

/** Import and export syntax of what esbuild printed: what strings and comments hold is none. */
export function lex(code: string): Lexed {
  try {
    const [imports, exports] = parse(code);
    return { imports, exports };
  } catch (cause) {
    throw new PluginError('ERR_BUILD', 'Cannot compile the source: it is too large or nested too deeply', {
      cause,
      details: { lexer: messageOf(cause) },
    });
  }
}
