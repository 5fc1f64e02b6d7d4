import { digestOf } from '../../src/core/digest.ts';
import { loaderOfId } from '../../src/source/graph/loaders.ts';
import type { Artifact } from '../../src/source/types.ts';

/** An artifact of the files given as text, as a source would hand it on. */
export function artifactOf(files: Readonly<Record<string, string>>, rest: Partial<Artifact> = {}): Artifact {
  return {
    source: './greeter',
    resolved: 'greeter',
    kind: 'module',
    git: undefined,
    entry: 'mod.ts',
    redirects: {},
    importMap: undefined,
    files: new Map(
      Object.entries(files).map(([id, text]) => {
        const bytes = Buffer.from(text);
        return [id, { bytes, digest: digestOf(bytes), loader: loaderOfId(id) }];
      }),
    ),
    ...rest,
  };
}

export const GREETER = {
  name: 'greeter',
  version: '1.2.0',
  description: 'Greets',
  author: 'Tests',
  license: 'MIT',
} as const;
