import { parseDependency } from '../../contract/dependency.ts';
import { refuse } from './refuse.ts';
import type { RegistrySpecifier } from './types.ts';

const NAMED = /^[a-zA-Z][a-zA-Z0-9-]*(?:@[^/\\:]*)?$/;
const QUALIFIED = /^registry:([a-zA-Z0-9][a-zA-Z0-9._-]{0,63})\/([^/]+)$/;

/** `greeter`, `greeter@^1.0.0`, `registry:acme/greeter@^1`; false for `user@host:path` and what has a slash. */
export function looksLikeName(text: string): boolean {
  return NAMED.test(text) || text.startsWith('registry:');
}

export function parseRegistry(text: string): RegistrySpecifier {
  const [, registry, written = ''] = text.startsWith('registry:')
    ? (QUALIFIED.exec(text) ?? [])
    : [text, undefined, text];
  const [name = '', ...rest] = written.split('@');
  const range = rest.join('@').trim().replaceAll(/\s+/g, ' ');
  if (rest.length > 0 && range === '')
    throw refuse(text, 'it has no range after the @', `write ${name}, or ${name}@^1.0.0`);
  const parsed = parseDependency(rest.length === 0 ? name : `${name}@${range}`);
  if (parsed === undefined) {
    const isName = parseDependency(name) !== undefined;
    throw isName
      ? refuse(text, `"${range}" is no range of versions`, `write ${name}@^1.0.0, or ${name} for the newest version`)
      : refuse(text, 'it names no plugin of a registry', 'write name@range, or registry:<registry>/<name>@<range>');
  }
  const plain = parsed.range === '*' ? name : `${name}@${parsed.range}`;
  return {
    kind: 'registry',
    text,
    normal: registry === undefined ? plain : `registry:${registry}/${plain}`,
    name,
    range: parsed.range,
    registry,
  };
}
