import { PluginError } from '../../core/errors.ts';
import type { RemoteRef } from './types.ts';

/** The commit that a ref names: a full commit id is itself; none is the default branch. Annotated tags are peeled. */
export function resolveRef(source: string, refs: readonly RemoteRef[], wanted: string | undefined): string {
  if (wanted !== undefined && /^[0-9a-f]{40}$/.test(wanted)) return wanted;
  const commitOf = (ref: RemoteRef): string => checkOid(source, ref.peeled ?? ref.oid);
  const named = (name: string): RemoteRef | undefined => refs.find((ref) => ref.name === name);
  if (wanted === undefined) {
    const head = named('HEAD') ?? named('refs/heads/main') ?? named('refs/heads/master');
    if (head !== undefined) return commitOf(head);
    throw notFound(
      source,
      refs.length === 0 ? 'the repository has no commits' : 'the repository has no default branch',
      refs,
    );
  }
  const exact = wanted.startsWith('refs/') ? named(wanted) : undefined;
  if (exact !== undefined) return commitOf(exact);
  const branch = named(`refs/heads/${wanted}`);
  const tag = named(`refs/tags/${wanted}`);
  if (branch !== undefined && tag !== undefined && commitOf(branch) !== commitOf(tag)) {
    throw new PluginError(
      'ERR_SPECIFIER',
      `Cannot open "${source}": "${wanted}" is both a branch and a tag, and they differ`,
      {
        hint: `write #refs/heads/${wanted} or #refs/tags/${wanted}`,
      },
    );
  }
  const found = tag ?? branch;
  if (found !== undefined) return commitOf(found);
  if (/^[0-9a-f]{4,39}$/i.test(wanted)) {
    throw notFound(
      source,
      `no branch or tag is called "${wanted}", and a commit is named by all of its 40 digits`,
      refs,
    );
  }
  throw notFound(source, `the repository has no branch or tag "${wanted}"`, refs);
}

function checkOid(source: string, oid: string): string {
  if (/^[0-9a-f]{40}$/.test(oid)) return oid;
  throw new PluginError('ERR_SOURCE_FETCH', `Cannot open "${source}": its objects are not named by SHA-1`, {
    hint: 'repositories with --object-format=sha256 are not supported',
  });
}

function notFound(source: string, state: string, refs: readonly RemoteRef[]): PluginError {
  const names = refs
    .map((ref) => ref.name)
    .filter((name) => /^refs\/(?:heads|tags)\//.test(name))
    .map((name) => name.replace(/^refs\/(?:heads|tags)\//, ''));
  const shown = names.slice(0, 10).join(', ');
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot open "${source}": ${state}`, {
    hint:
      names.length === 0
        ? 'push a branch first'
        : `there are: ${shown}${names.length > 10 ? `, and ${names.length - 10} more` : ''}`,
  });
}
