import { permissionsIn, setPermissions } from '../config/edit.ts';
import { mergePermissions } from '../contract/merge-permissions.ts';
import type { HostConfig } from '../config/types.ts';
import type { Permissions } from '../contract/metadata.ts';
import { editConfig } from '../loader/config-file.ts';

/** Adds to the config what was consented to. What stands there stays as written, `${…}` included. */
export async function writeGrants(config: HostConfig, granted: ReadonlyMap<string, Permissions>): Promise<void> {
  for (const [name, permissions] of granted) {
    await editConfig(config, (text) =>
      setPermissions(text, name, mergePermissions(permissionsIn(text, name), permissions)),
    );
  }
}
