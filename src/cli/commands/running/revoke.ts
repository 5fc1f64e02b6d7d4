import type { Permissions } from '../../../contract/metadata.ts';
import { PluginError } from '../../../core/errors.ts';
import { absolutePaths, changeGrants } from '../../change-grants.ts';
import { isEmpty } from '../../permissions.ts';
import type { Session } from '../../session.ts';

export interface RevokeOptions {
  readonly denied: Permissions;
  readonly all: boolean;
  readonly save: boolean;
}

/** `aitbc plugin revoke <name> --deny-… | --all`: at once, and what it has under way of it is cut. */
export async function revoke(session: Session, name: string, { denied, all, save }: RevokeOptions): Promise<number> {
  if (isEmpty(denied) === !all) {
    throw new PluginError('ERR_USAGE', `Cannot revoke: name what "${name}" may no longer do, or --all`, {
      hint: `aitbc plugin revoke ${name} --deny-net=api.example.com\naitbc plugin revoke ${name} --all`,
    });
  }
  const args = all ? { name, all } : { name, permissions: absolutePaths(denied) };
  return changeGrants(session, name, { op: 'revoke', args, save });
}
