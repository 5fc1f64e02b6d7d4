import { Script } from 'node:vm';
import { PluginError } from '../core/errors.ts';
import { scriptName, wrapScript } from '../protocol/script.ts';
import { buildError } from '../source/graph/diagnostics.ts';
import { lineOf } from '../source/graph/places.ts';
import { mapPosition } from './sourcemap.ts';

/**
 * Throws ERR_BUILD for a script that V8 does not parse: esbuild lets a few early errors through. It is compiled here and
 * never run.
 */
export function checkScript(script: string, sourceMap: string, name: string): void {
  const filename = scriptName(name);
  try {
    void new Script(wrapScript(script), { filename });
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    if (error instanceof RangeError) {
      throw new PluginError('ERR_BUILD', `Cannot compile "${name}": it is nested too deeply`, { cause: error });
    }
    // V8 puts place, line and a caret before the message: `plugin:name:12\n  x = await h();\n      ^^^^^`.
    const [, line, , carets] = /^[^\n]*:(\d+)\n([^\n]*)\n( *)\^/.exec(error.stack ?? '') ?? [];
    const position =
      line === undefined ? undefined : mapPosition({ sourceMap }, Number(line), (carets?.length ?? 0) + 1);
    const place = position === undefined ? undefined : { ...position, text: textAt(sourceMap, position) };
    throw buildError(name, [{ state: error.message, place }]);
  }
}

function textAt(sourceMap: string, position: { file: string; line: number }): string {
  const { sources, sourcesContent } = JSON.parse(sourceMap) as { sources: string[]; sourcesContent: (string | null)[] };
  return lineOf(sourcesContent[sources.indexOf(position.file)] ?? '', position.line);
}
