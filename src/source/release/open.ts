import { PluginError } from '../../core/errors.ts';
import { openArchive } from '../archive/open.ts';
import { createForeignReader, type ForeignReader } from '../foreign.ts';
import { openFolder as openRepositoryFolder } from '../git/open.ts';
import { openLazily } from '../lazy.ts';
import { disagrees } from '../locked.ts';
import { assertOwnId, isForeign, isOwnId } from '../module-id.ts';
import { openPath } from '../path/open.ts';
import type { RegistrySpecifier, Specifier } from '../specifier.ts';
import type { LockedSource, ModuleId, Origin, SourceContext } from '../types.ts';
import { download, type DownloadTarget, type ReleaseFile, type ReleaseFolder } from './download.ts';
import type { RegistryPin } from './types.ts';

const ARCHIVE = /\.(?:tgz|tar\.gz|tar)$/i;

type Parse = (text: string) => Specifier;

/** The version that the registries of the config have for a name. ERR_SOURCE_NOT_FOUND where there are none. */
export async function openRelease(spec: RegistrySpecifier, context: SourceContext, parse: Parse): Promise<Origin> {
  if (context.releases === undefined) throw noRegistries(spec);
  const release = await context.releases.find(spec);
  const target = targetOf(parse(release.download), spec.text);
  const label = `${release.name}@${release.version}`;
  const { registry } = release;
  const { origin, covers } = await open({ source: spec.text, target, registry, label }, undefined, context);
  return { ...origin, release: covers === 'bytes' ? release : { ...release, integrity: registry.checksum } };
}

/** What the lock names, at the first read; no index is asked for. */
export function openLockedRelease(locked: LockedSource, found: Specifier, context: SourceContext): Origin {
  const { source, resolved, git, entry, registry } = locked;
  const target = targetOf(found, source);
  const pinned = target.kind !== 'git' || (target.ref === git?.commit && target.folder === git?.folder);
  if (registry === undefined || !pinned) throw disagrees(locked);
  return openLazily({ source, resolved, git, entry }, async () => {
    const { origin } = await open({ source, target, registry, label: source }, entry, context);
    return origin;
  });
}

interface Opening {
  readonly source: string;
  readonly target: DownloadTarget;
  readonly registry: RegistryPin;
  readonly label: string;
}

/** What the checksum was compared with by now, or is to be compared with when all of the plugin was read. */
interface Opened {
  readonly origin: Origin;
  readonly covers: 'bytes' | 'integrity';
}

async function open(opening: Opening, entry: ModuleId | undefined, context: SourceContext): Promise<Opened> {
  const { source, target, registry, label } = opening;
  const foreign = createForeignReader(context);
  try {
    const found = await download(target, { registry, label, foreign, context });
    if (found.kind === 'folder') {
      return { origin: await openFolder(opening, found, entry, foreign, context), covers: 'integrity' };
    }
    if (!isArchive(found)) return { origin: singleFile(source, found, foreign), covers: 'bytes' };
    const { name, resolved, bytes, referrer, git } = found;
    const beside = isOwnId(name) ? { name, signature: () => found.beside(`${name}.sigstore.json`) } : undefined;
    const origin = await openArchive({ source, resolved, bytes, referrer, entry, beside }, context).catch(
      async (error: unknown) => {
        await found.close();
        throw error;
      },
    );
    const close = async (): Promise<void> => {
      await origin.close();
      await found.close();
      await foreign.close();
    };
    return { origin: { ...origin, git, close }, covers: 'bytes' };
  } catch (error) {
    await foreign.close();
    throw error;
  }
}

async function openFolder(
  { source, target, label }: Opening,
  { repository }: ReleaseFolder,
  entry: ModuleId | undefined,
  foreign: ForeignReader,
  context: SourceContext,
): Promise<Origin> {
  if (target.kind === 'git' && repository !== undefined) {
    const { folder } = target;
    return { ...(await openRepositoryFolder({ repository, spec: target, folder, entry, foreign }, context)), source };
  }
  if (target.kind === 'path') {
    await foreign.close();
    return { ...(await openPath(target, context, entry)), source };
  }
  throw new PluginError('ERR_INTERNAL', `Cannot open "${label}": a URL is no folder`);
}

/** One module, alone: what is beside it was not published, but for its signature. */
function singleFile(source: string, file: ReleaseFile, foreign: ForeignReader): Origin {
  const entry = file.name;
  assertOwnId(entry, source);
  return {
    source,
    resolved: file.resolved,
    git: file.git,
    entry,
    base: undefined,
    read: async (id, options = {}) => {
      if (isForeign(id)) return foreign.read(id, options, file.referrer);
      assertOwnId(id, source);
      if (id === entry) return { bytes: file.bytes };
      if (id === `${entry}.sigstore.json`) return { bytes: await file.beside(id) };
      throw new PluginError(
        'ERR_SOURCE_NOT_FOUND',
        `Cannot read "${id}" of "${source}": it was published as one file`,
        {
          hint: 'a plugin of several files is published as an archive',
        },
      );
    },
    list: async () => [entry],
    close: async () => {
      await file.close();
      await foreign.close();
    },
  };
}

function isArchive({ name, bytes }: ReleaseFile): boolean {
  return ARCHIVE.test(name) || (bytes[0] === 0x1f && bytes[1] === 0x8b);
}

function targetOf(spec: Specifier, source: string): DownloadTarget {
  if (spec.kind === 'path' || spec.kind === 'url' || spec.kind === 'git') return spec;
  throw new PluginError('ERR_REGISTRY', `Cannot open "${source}": "${spec.text}" is no download`);
}

function noRegistries({ text, name }: RegistrySpecifier): PluginError {
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "${text}": the config has no registries`, {
    hint: `name one in "registries" of the config (docs/registry.md); for a folder write ./${name}`,
  });
}
