import type { Verified } from '../lock/types.ts';
import { idOfSource } from '../source/graph/names.ts';

interface RawMap {
  version: 3;
  sources: string[];
  sourcesContent: (string | null)[];
  names: string[];
  mappings: string;
}

/** esbuild's map with module ids for sources, and their text as it was verified; the host's own text is left out. */
export function programMap(map: string, verified: Pick<Verified, 'files' | 'lock'>): string {
  const raw = JSON.parse(map) as RawMap;
  const askedBy = new Map(Object.entries(verified.lock.redirects ?? {}).map(([asked, answered]) => [answered, asked]));
  const sources = raw.sources.map(idOfSource);
  const sourcesContent = sources.map((id) => {
    const file = verified.files.get(id) ?? verified.files.get(askedBy.get(id) ?? '');
    return file === undefined ? null : new TextDecoder().decode(file.bytes);
  });
  return JSON.stringify({ version: 3, sources, sourcesContent, names: raw.names, mappings: raw.mappings });
}
