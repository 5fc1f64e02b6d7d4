import type { FileStat } from '../../protocol/requests.ts';

/** `/plugin`: the plugin's own modules and assets, as they were verified, in memory and read-only. */
export interface OwnFiles {
  /** `path` is relative to `/plugin`; the empty one is its root. */
  bytes(path: string): Uint8Array | undefined;
  stat(path: string): FileStat | undefined;
  list(path: string): { name: string; kind: FileStat['kind'] }[] | undefined;
}

/** `files`: by module id; foreign modules, whose id is a URL, have no place in the tree. */
export function createOwnFiles(files: ReadonlyMap<string, Uint8Array>): OwnFiles {
  const folders = new Map<string, Map<string, FileStat['kind']>>([['', new Map()]]);
  const known = new Map<string, Uint8Array>();
  for (const [id, bytes] of files) {
    const names = id.split('/');
    if (id.includes('://') || names.some((name) => name === '' || name === '.' || name === '..')) continue;
    known.set(id, bytes);
    for (const [depth, name] of names.entries()) {
      const parent = names.slice(0, depth).join('/');
      const entries = folders.get(parent) ?? new Map<string, FileStat['kind']>();
      entries.set(name, depth === names.length - 1 ? 'file' : 'folder');
      folders.set(parent, entries);
    }
  }
  return {
    bytes: (path) => known.get(path),
    stat(path) {
      const bytes = known.get(path);
      if (bytes !== undefined) return { kind: 'file', size: bytes.byteLength, mtimeMs: 0 };
      return folders.has(path) ? { kind: 'folder', size: 0, mtimeMs: 0 } : undefined;
    },
    list(path) {
      const entries = folders.get(path);
      return entries === undefined ? undefined : [...entries].map(([name, kind]) => ({ name, kind }));
    },
  };
}
