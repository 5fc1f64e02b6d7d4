import { permissionsIn, setPermissions } from '../config/edit.ts';
import { mergePermissions } from '../contract/merge-permissions.ts';
import type { HostConfig } from '../config/types.ts';
import { editConfig } from '../loader/config-file.ts';
import type { LockChange } from '../loader/types.ts';
import { plainRequests } from './permissions.ts';

/** Adds to the config what was consented to. What stands there stays as written, `${…}` included. */
export async function writeGrants(config: HostConfig, granted: ReadonlyMap<string, LockChange>): Promise<void> {
  for (const [name, { after }] of granted) {
    const requests = plainRequests(after?.permissions ?? {});
    await editConfig(config, (text) =>
      setPermissions(text, name, mergePermissions(permissionsIn(text, name), requests)),
    );
  }
}
