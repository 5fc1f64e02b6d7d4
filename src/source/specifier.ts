import { sep } from 'node:path';
import { parseGit } from './specifier/git.ts';
import { misspelt } from './specifier/misspelt.ts';
import { parseNpm } from './specifier/npm.ts';
import { parseOci } from './specifier/oci.ts';
import { looksLikeName, parseRegistry } from './specifier/registry.ts';
import { looksLikePath, parsePath } from './specifier/path.ts';
import { refuse } from './specifier/refuse.ts';
import type { Specifier, SpecifierContext } from './specifier/types.ts';
import { parseUrl } from './specifier/url.ts';

export type {
  GitSpecifier,
  NpmSpecifier,
  OciSpecifier,
  PathSpecifier,
  RegistrySpecifier,
  Specifier,
  SpecifierContext,
  UrlSpecifier,
} from './specifier/types.ts';

const MAX_LENGTH = 4_096;

/** Reads a source as the config spells it (docs/sources.md). Throws ERR_SPECIFIER with what was probably meant. */
export function parseSpecifier(input: string, context: SpecifierContext): Specifier {
  const text = input.trim();
  if (text === '') throw refuse(text, 'it is empty');
  if (text.length > MAX_LENGTH) throw refuse(text.slice(0, 64), `it is longer than ${MAX_LENGTH} characters`);
  if (/[\u0000-\u001f\u007f]/.test(text)) throw refuse(text, 'it has a control character');
  const spec = parseForm(text, context);
  if (spec.normal !== spec.normal.trim() || /[\u0000-\u001f\u007f]/.test(spec.normal)) {
    throw refuse(text, 'a name in it begins or ends with a blank, or has a control character');
  }
  return spec;
}

function parseForm(text: string, context: SpecifierContext): Specifier {
  if (sep === '/' && /^[.~/].*\\/.test(text)) throw misspelt(text);
  if (looksLikePath(text)) return parsePath(text, context);
  if (/^https?:\/\//i.test(text)) return parseUrl(text, context);
  if (/^git\+|^github:/i.test(text)) return parseGit(text, context);
  if (text.startsWith('npm:')) return parseNpm(text);
  if (/^oci:/i.test(text)) return parseOci(text, context);
  if (looksLikeName(text)) return parseRegistry(text);
  throw misspelt(text);
}

/** Whether two specifiers name the same thing, however they are written. */
export function sameSource(a: Specifier, b: Specifier): boolean {
  if (a.kind === 'path' && b.kind === 'path') return a.path === b.path;
  return a.kind === b.kind && a.normal === b.normal;
}
