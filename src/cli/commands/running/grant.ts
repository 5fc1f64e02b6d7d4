import type { Permissions } from '../../../contract/metadata.ts';
import { PluginError } from '../../../core/errors.ts';
import { absolutePaths, changeGrants } from '../../change-grants.ts';
import { isEmpty } from '../../permissions.ts';
import type { Session } from '../../session.ts';

export interface GrantOptions {
  readonly grants: Permissions;
  readonly save: boolean;
}

/** `aitbc plugin grant <name> --allow-…`: at once, in the running host; with `--save` in the config too. */
export async function grant(session: Session, name: string, { grants, save }: GrantOptions): Promise<number> {
  if (isEmpty(grants)) {
    throw new PluginError('ERR_USAGE', `Cannot grant "${name}" anything: nothing was named`, {
      hint: `aitbc plugin grant ${name} --allow-net=api.example.com`,
    });
  }
  const permissions = absolutePaths(grants);
  return changeGrants(session, name, { op: 'grant', args: { name, permissions }, save });
}
