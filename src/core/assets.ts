import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The package's own folder: the nearest one upward with a package.json, from sources and from dist/ alike. */
export const PACKAGE_ROOT: string = (() => {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, 'package.json'))) folder = dirname(folder);
  return folder;
})();

/** A built file of `dist/`: `runtime/main.cjs`, `guest/main.js`, `guest/sdk.js`, `schema/…`. */
export function asset(path: string): string {
  return join(PACKAGE_ROOT, 'dist', path);
}
