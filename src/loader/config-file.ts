import { readFile } from 'node:fs/promises';
import { writeAtomic } from '../core/atomic-file.ts';
import type { HostConfig } from '../config/types.ts';
import type { ConfigText } from '../config/edit.ts';
import { PluginError } from '../core/errors.ts';
import { codeOf, storeError } from '../core/system-error.ts';
import { withFileLock } from '../lock/file-lock.ts';

/**
 * Edits the config as it stands at that moment, alone among all processes, and publishes it whole. A file that is not there
 * is begun. Throws ERR_USAGE for a config that is no file.
 */
export async function editConfig(config: HostConfig, edit: (config: ConfigText) => string): Promise<void> {
  const { file: path } = config;
  if (path === undefined) {
    throw new PluginError('ERR_USAGE', 'Cannot edit the config: it was given as an object', {
      hint: 'Change the object where the application makes it.',
    });
  }
  await withFileLock(path, async ({ file, assertHeld }) => {
    for (;;) {
      const before = await readText(file);
      const after = edit({ text: before ?? '', file: path });
      if (after === before) return;
      await assertHeld();
      if ((await readText(file)) !== before) continue;
      try {
        await writeAtomic(file, after);
      } catch (error) {
        throw storeError('write', path, error);
      }
      return;
    }
  });
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw storeError('read', file, error);
  }
}
