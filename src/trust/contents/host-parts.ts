import { readFile } from 'node:fs/promises';
import { asset, PACKAGE_ROOT } from '../../core/assets.ts';
import { PluginError } from '../../core/errors.ts';
import { join } from 'node:path';

/** What the host puts into programs: by `@aitbc/plugins/sdk` and `node:<name>`, the `name@version` of npm packages in it. */
export interface HostParts {
  readonly own: { readonly name: string; readonly version: string };
  readonly packages: ReadonlyMap<string, readonly string[]>;
}

let parts: Promise<HostParts> | undefined;

/** Written beside the bundles when this package was built. */
export function hostParts(): Promise<HostParts> {
  return (parts ??= read());
}

async function read(): Promise<HostParts> {
  const file = asset('guest/contents.json');
  try {
    const [manifest, contents] = await Promise.all([
      readFile(join(PACKAGE_ROOT, 'package.json'), 'utf8'),
      readFile(file, 'utf8'),
    ]);
    const { name, version } = JSON.parse(manifest) as HostParts['own'];
    return {
      own: { name, version },
      packages: new Map(Object.entries(JSON.parse(contents) as Record<string, string[]>)),
    };
  } catch (cause) {
    throw new PluginError('ERR_INTERNAL', `Cannot say what the host puts into plugins: ${file} is missing`, {
      cause,
      hint: 'Install @aitbc/plugins again; in a checkout, run: npm run build',
    });
  }
}
