import { PluginError } from '../core/errors.ts';
import { openGit, openLockedGit } from './git/open.ts';
import { assertOwnId } from './module-id.ts';
import { openPath } from './path/open.ts';
import { parseSpecifier, type Specifier } from './specifier.ts';
import type { LockedSource, Origin, SourceContext } from './types.ts';
import { openLockedUrl, openUrl } from './url/open.ts';

/** Opens a source as it is now: follows redirects, resolves a branch to its commit. Close what it gives. */
export async function openOrigin(source: string | Specifier, context: SourceContext): Promise<Origin> {
  const spec = typeof source === 'string' ? parse(source, context) : source;
  if (spec.kind === 'path') return openPath(spec, context);
  if (spec.kind === 'url') return openUrl({ source: spec.text, url: spec.url }, context);
  return openGit(spec, context);
}

/**
 * Opens exactly what a lock entry names: the pinned commit, the resolved URL. Nothing is resolved anew, and no answer is kept:
 * bytes are stored by who has compared them with the lock.
 */
export async function openLocked(locked: LockedSource, given: SourceContext): Promise<Origin> {
  const { httpCache: _, ...context } = given;
  assertOwnId(locked.entry, locked.source);
  const spec = parse(locked.source, context);
  if (spec.kind === 'path') return openPath(spec, context, locked.entry);
  const target = parse(locked.resolved, context);
  if (spec.kind === 'url' && target.kind === 'url') {
    return openLockedUrl({ source: spec.text, url: target.url }, locked.entry, context);
  }
  if (spec.kind === 'git' && target.kind === 'git' && locked.git !== undefined) {
    const { commit, folder } = locked.git;
    const agrees = target.transport === spec.transport && target.ref === commit && target.folder === folder;
    if (agrees) return openLockedGit({ ...spec, url: target.url }, locked.git, locked.entry, context);
  }
  throw disagrees(locked);
}

function parse(text: string, context: SourceContext): Specifier {
  return parseSpecifier(text, { root: context.root, allowInsecure: context.config.allowInsecure });
}

function disagrees(locked: LockedSource): PluginError {
  return new PluginError(
    'ERR_LOCK_OUTDATED',
    `Cannot open "${locked.source}": the lockfile resolves it to "${locked.resolved}", which is not the same kind of source`,
    { hint: 'run `aitbc plugin lock`' },
  );
}
