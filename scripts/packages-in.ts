import { readFileSync } from 'node:fs';
import type { Metafile } from 'esbuild';

/** The npm packages whose code is in a bundle: `name@version`, sorted. */
export function packagesIn(root: string, metafile: Metafile): string[] {
  const found = new Set<string>();
  for (const { inputs } of Object.values(metafile.outputs)) {
    for (const [path, { bytesInOutput }] of Object.entries(inputs)) {
      const folder = /^(.*node_modules\/(?:@[^/]+\/)?[^/]+)\//.exec(path)?.[1];
      if (folder === undefined || bytesInOutput === 0) continue;
      const { name, version } = JSON.parse(readFileSync(`${root}/${folder}/package.json`, 'utf8')) as Record<
        string,
        string
      >;
      found.add(`${name}@${version}`);
    }
  }
  return [...found].sort();
}
