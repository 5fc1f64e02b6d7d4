import { homedir } from 'node:os';
import { isAbsolute, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { refuse } from './refuse.ts';
import type { PathSpecifier, SpecifierContext } from './types.ts';

const FORM = /^(?:\.{1,2}(?:\/|$)|\/|~(?:\/|$)|file:)/i;

export function looksLikePath(text: string): boolean {
  return FORM.test(text) || isAbsolute(text);
}

/** `./dir`, `../dir`, `/abs/file.ts`, `~/x` and `file:` URLs. It need not exist. */
export function parsePath(text: string, context: SpecifierContext): PathSpecifier {
  const written = text.toLowerCase().startsWith('file:') ? fromFileUrl(text) : text;
  const home = context.home ?? homedir();
  const fromHome = written === '~' || written.startsWith('~/');
  const path = fromHome ? resolve(home, `.${written.slice(1)}`) : resolve(context.root, written);
  const inside = relative(context.root, path);
  const normal =
    inside !== '..' && !inside.startsWith(`..${sep}`) && !isAbsolute(inside)
      ? slashes(`./${inside}`)
      : fromHome
        ? slashes(`~/${relative(home, path)}`)
        : isAbsolute(written)
          ? slashes(path)
          : slashes(inside);
  return { kind: 'path', text, normal: normal === './' ? '.' : normal, path };
}

function slashes(path: string): string {
  return sep === '/' ? path : path.replaceAll(sep, '/');
}

function fromFileUrl(text: string): string {
  try {
    const url = new URL(text);
    if (url.search !== '' || url.hash !== '') throw refuse(text, 'a file: URL has no query and no fragment');
    return fileURLToPath(url);
  } catch (error) {
    // TypeError: not a local path; URIError: escapes that are no UTF-8.
    if (!(error instanceof TypeError || error instanceof URIError)) throw error;
    throw refuse(text, 'it is not a file: URL of this machine', 'write file:///absolute/path, or the path alone');
  }
}
