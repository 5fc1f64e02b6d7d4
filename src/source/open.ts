import { isDigest } from '../core/digest.ts';
import { openGit, openLockedGit } from './git/open.ts';
import { disagrees } from './locked.ts';
import { assertOwnId } from './module-id.ts';
import { lazyPackages, type LazyPackages } from './npm/lazy.ts';
import { openPath } from './path/open.ts';
import { parseSpecifier, type Specifier } from './specifier.ts';
import type { LockedSource, Origin, SourceContext } from './types.ts';
import { openLockedUrl, openUrl } from './url/open.ts';

/** Opens a source as it is now: follows redirects, resolves a branch to its commit. Close what it gives. */
export function openOrigin(source: string | Specifier, given: SourceContext): Promise<Origin> {
  return withPackages(lazyPackages(given, undefined), given, async (context, packages) => {
    const spec = typeof source === 'string' ? parse(source, context) : source;
    if (spec.kind === 'path') return openPath(spec, context);
    if (spec.kind === 'url') return openUrl({ source: spec.text, url: spec.url }, context);
    if (spec.kind === 'npm') return (await import('./npm/open.ts')).openNpm(spec, await packages.load(), context);
    if (spec.kind === 'oci') return (await import('./oci/open.ts')).openOci(spec, context);
    if (spec.kind === 'registry') {
      return (await import('./release/open.ts')).openRelease(spec, context, (text) => parse(text, context));
    }
    return openGit(spec, context);
  });
}

/**
 * Opens exactly what a lock entry names: the pinned commit, the resolved URL, the package's version. Nothing is resolved anew, and
 * no answer is kept: bytes are stored by who has compared them with the lock.
 */
export function openLocked(locked: LockedSource, given: SourceContext): Promise<Origin> {
  const { httpCache: _, ...cacheless } = given;
  return withPackages(lazyPackages(cacheless, locked.packages ?? {}), cacheless, async (context, packages) => {
    assertOwnId(locked.entry, locked.source);
    const spec = parse(locked.source, context);
    if (spec.kind === 'path') return openPath(spec, context, locked.entry);
    const target = parse(locked.resolved, context);
    if (spec.kind === 'registry') return (await import('./release/open.ts')).openLockedRelease(locked, target, context);
    if (spec.kind === 'url' && target.kind === 'url') {
      return openLockedUrl({ source: spec.text, url: target.url }, locked.entry, context);
    }
    if (spec.kind === 'git' && target.kind === 'git' && locked.git !== undefined) {
      const { commit, folder } = locked.git;
      const agrees = target.transport === spec.transport && target.ref === commit && target.folder === folder;
      if (agrees) return openLockedGit({ ...spec, url: target.url }, locked.git, locked.entry, context);
    }
    if (spec.kind === 'npm' && target.kind === 'npm' && target.name === spec.name) {
      return (await import('./npm/open.ts')).openLockedNpm(locked, target, await packages.load(), context);
    }
    if (spec.kind === 'oci' && target.kind === 'oci') {
      const agrees = target.host === spec.host && target.repository === spec.repository && isDigest(target.reference);
      if (agrees) return (await import('./oci/open.ts')).openLockedOci(spec, target, locked.entry, context);
    }
    throw disagrees(locked);
  });
}

/** The packages live as long as the origin whose modules import them. */
async function withPackages(
  packages: LazyPackages,
  context: SourceContext,
  open: (context: SourceContext, packages: LazyPackages) => Promise<Origin>,
): Promise<Origin> {
  try {
    const origin = await open({ ...context, packages }, packages);
    const close = async (): Promise<void> => {
      await origin.close();
      await packages.close();
    };
    return { ...origin, packages, published: () => packages.published(), close };
  } catch (error) {
    await packages.close();
    throw error;
  }
}

function parse(text: string, context: SourceContext): Specifier {
  return parseSpecifier(text, { root: context.root, allowInsecure: context.config.allowInsecure });
}
