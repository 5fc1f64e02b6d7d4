/**
 * Guarantees that an own module's id names something below the plugin's root, on any platform, before it reaches a file
 * system, an archive, a tree or a server. Trusts nobody: ids come from import statements and manifests.
 */
import { PluginError } from '../core/errors.ts';
import type { ModuleId } from './types.ts';

export function isForeign(id: ModuleId): boolean {
  return /^[a-z][a-z0-9+.-]*:/i.test(id);
}

/** True for `a/b.ts`; false for `../a`, `/a`, `a//b`, `a\b`, `./a`, `C:a`, '' and what has control characters. */
export function isOwnId(id: ModuleId): boolean {
  if (id === '' || id.length > 1_024 || isForeign(id) || /[\u0000-\u001f\u007f\\]/.test(id)) return false;
  return id.split('/').every((segment) => segment !== '' && segment !== '.' && segment !== '..');
}

export function assertOwnId(id: ModuleId, source: string): void {
  if (isOwnId(id)) return;
  throw new PluginError(
    'ERR_IMPORT_DENIED',
    `Cannot read "${id}" of "${source}": it leads out of the plugin's folder`,
    {
      hint: 'a plugin reaches the files of its own folder and below, and absolute URLs',
    },
  );
}
