import { stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { codeOf } from '../core/system-error.ts';

/** What to type where the folder lies in a git repository's work tree; nothing elsewhere. Nothing is committed or pushed here. */
export async function commitLines(folder: string, files: readonly string[], message: string): Promise<string[]> {
  const root = await workTreeOf(folder);
  if (root === undefined || files.length === 0) return [];
  const git = `    git -C ${quoted(relative('.', root) || '.')}`;
  const paths = files.map((file) => quoted(relative(root, file))).join(' ');
  return ['Ready to push:', `${git} add ${paths}`, `${git} commit -m ${quoted(message)}`];
}

async function workTreeOf(folder: string): Promise<string | undefined> {
  for (let at = folder; ; at = dirname(at)) {
    try {
      // A file in linked work trees.
      await stat(join(at, '.git'));
      return at;
    } catch (error) {
      if (codeOf(error) !== 'ENOENT' && codeOf(error) !== 'ENOTDIR') throw error;
    }
    if (dirname(at) === at) return undefined;
  }
}

function quoted(text: string): string {
  return /^[\w./+@=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
