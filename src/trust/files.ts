import type { ModuleId, Origin } from '../source/types.ts';

/** Beside `plugin.json`. */
export const PLUGIN_SIGNATURE: ModuleId = 'plugin.sigstore.json';

/**
 * Where the signature of a plugin is looked for, in this order: beside the archive that it came in (`plugin.tgz.sigstore.json`), named
 * after its entry (`mod.ts.sigstore.json`, at a URL the URL and `.sigstore.json`), then `plugin.sigstore.json` at its root.
 */
export function signatureFiles({ entry, archive }: Pick<Origin, 'entry' | 'archive'>): readonly ModuleId[] {
  return [...(archive === undefined ? [] : [signatureOf(archive)]), signatureOf(entry), PLUGIN_SIGNATURE];
}

export function signatureOf(entry: ModuleId): ModuleId {
  return `${entry}.sigstore.json`;
}
