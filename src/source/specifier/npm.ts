import { parseNpmRequest } from '../npm/names.ts';
import { refuse } from './refuse.ts';
import type { NpmSpecifier } from './types.ts';

/** `npm:name@range`, `npm:@scope/name@range/sub`. */
export function parseNpm(text: string): NpmSpecifier {
  const request = parseNpmRequest(text.slice('npm:'.length));
  if (typeof request === 'string') throw refuse(text, request, 'write npm:<name>@<range>, such as npm:greeter@^1');
  const { name, range, subpath } = request;
  return { kind: 'npm', text, normal: `npm:${name}@${range}${subpath.slice(1)}`, name, range, subpath };
}
