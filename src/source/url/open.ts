import { PluginError } from '../../core/errors.ts';
import { meansAbsent } from '../absent.ts';
import { openArchive, type ArchiveNeighbour } from '../archive/open.ts';
import { createForeignReader, offline, sourceFile } from '../foreign.ts';
import type { ForeignReader } from '../foreign.ts';
import type { HttpFile } from '../http/types.ts';
import { openLazily } from '../lazy.ts';
import { assertOwnId, isForeign, isOwnId } from '../module-id.ts';
import type { ModuleId, Origin, SourceContext } from '../types.ts';

const ARCHIVE = /\.(?:tgz|tar\.gz|tar)$/i;

export interface UrlSource {
  readonly source: string;
  /** The URL to ask: the operator's, or the one the lock names. */
  readonly url: string;
}

/** A module at a URL, or an archive; asks the server at once, and follows it to where the source really is. */
export async function openUrl(named: UrlSource, context: SourceContext): Promise<Origin> {
  const foreign = createForeignReader(context);
  try {
    const file = await fetchSource(named.url, foreign, context);
    if (!isArchive(file)) return moduleOrigin(named.source, file.finalUrl, entryName(file), foreign, file);
    const archive = { source: named.source, resolved: file.finalUrl, bytes: file.bytes, referrer: file.finalUrl };
    const beside = besideArchive(named.url, file.finalUrl);
    const origin = await openArchive({ ...archive, entry: undefined, beside }, context);
    await foreign.close();
    return origin;
  } catch (error) {
    await foreign.close();
    throw error;
  }
}

/** What a lock entry names. Asks nothing before the first read. */
export function openLockedUrl(named: UrlSource, entry: ModuleId, context: SourceContext): Origin {
  const foreign = createForeignReader(context);
  const { pathname } = new URL(named.url);
  // A module's entry is the last part of its URL; any other lies in an archive.
  if (!ARCHIVE.test(pathname) && pathname.endsWith(`/${entry}`)) {
    return moduleOrigin(named.source, named.url, entry, foreign, undefined);
  }
  return openLazily({ source: named.source, resolved: named.url, git: undefined, entry }, async () => {
    const { bytes, finalUrl } = await foreign.fetch(named.url, 'archive', {});
    await foreign.close();
    const archive = { source: named.source, resolved: named.url, bytes, referrer: finalUrl, entry };
    return openArchive({ ...archive, beside: besideArchive(named.source, named.url) }, context);
  });
}

/**
 * What lies beside the archive that answered, and else beside the address that was asked for: a release page sends archives to
 * a server that has nothing else.
 */
function besideArchive(asked: string, answered: string): ArchiveNeighbour | undefined {
  const name = nameOf(asked);
  if (!isOwnId(name)) return undefined;
  const places = [...new Set([answered, asked].map(signatureUrl))];
  return {
    name,
    async signature(foreign) {
      for (const [index, url] of places.entries()) {
        try {
          const referrer = index === 0 ? answered : undefined;
          return (await foreign.fetch(url, 'module', {}, `${name}.sigstore.json`, referrer)).bytes;
        } catch (error) {
          if (index === places.length - 1 || !meansAbsent(error)) throw error;
        }
      }
      throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot read "${name}.sigstore.json": it is not there`);
    },
  };
}

function signatureUrl(archive: string): string {
  const url = new URL(archive);
  url.pathname += '.sigstore.json';
  url.search = '';
  url.hash = '';
  return url.href;
}

function nameOf(url: string): string {
  return new URL(url).pathname.split('/').at(-1) ?? '';
}

function moduleOrigin(
  source: string,
  resolved: string,
  entry: ModuleId,
  foreign: ForeignReader,
  first: HttpFile | undefined,
): Origin {
  const base = new URL('.', resolved).href;
  let fetched = first;
  return {
    source,
    resolved,
    git: undefined,
    entry,
    base,
    read: async (id, options = {}) => {
      if (isForeign(id)) return foreign.read(id, options, resolved);
      assertOwnId(id, source);
      // The entry came with the answer that opened the source; it is asked for anew when it is read again.
      const known = id === entry ? fetched : undefined;
      if (known !== undefined) {
        fetched = undefined;
        return sourceFile(resolved, known);
      }
      const url = id === entry ? resolved : new URL(id, base).href;
      // What is beside the entry is as near as the entry was.
      return sourceFile(url, await foreign.fetch(url, 'module', options, id, id === entry ? undefined : resolved));
    },
    close: () => foreign.close(),
  };
}

async function fetchSource(url: string, foreign: ForeignReader, context: SourceContext): Promise<HttpFile> {
  if (context.offline) throw offline(url);
  return foreign.fetch(url, ARCHIVE.test(new URL(url).pathname) ? 'archive' : 'module', {});
}

/** By what it is called or by what it is: no module begins with gzip's magic. */
function isArchive(file: HttpFile): boolean {
  return ARCHIVE.test(new URL(file.finalUrl).pathname) || (file.bytes[0] === 0x1f && file.bytes[1] === 0x8b);
}

function entryName(file: HttpFile): ModuleId {
  const name = nameOf(file.finalUrl);
  if (isOwnId(name)) return name;
  throw new PluginError('ERR_SOURCE_FETCH', `Cannot open "${file.finalUrl}": the address that answered names no file`, {
    hint: 'name the module itself: https://host/path/mod.ts',
    details: { redirects: file.redirects.length },
  });
}
