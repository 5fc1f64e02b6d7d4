import { resolve } from 'node:path';
import { setPermissions } from '../config/edit.ts';
import { home } from '../config/paths.ts';
import type { Permissions } from '../contract/metadata.ts';
import type { ControlRequests } from '../control/protocol.ts';
import { editConfig } from '../loader/config-file.ts';
import { permissionLines } from './permissions.ts';
import { savedPermissions } from './saved-permissions.ts';
import type { Session } from './session.ts';
import { pluginIn } from './states.ts';
import { withHost } from './with-host.ts';

type Change =
  | { readonly op: 'grant'; readonly args: ControlRequests['grant']; readonly save: boolean }
  | { readonly op: 'revoke'; readonly args: ControlRequests['revoke']; readonly save: boolean };

/** Asks the running host, and writes what holds then into the config where that is wanted. */
export async function changeGrants(session: Session, name: string, change: Change): Promise<number> {
  const { output } = session;
  const data = await withHost(session, (host) =>
    change.op === 'grant' ? host.request('grant', change.args) : host.request('revoke', change.args),
  );
  const { permissions } = pluginIn(data);
  if (change.save) {
    const config = await session.config();
    await editConfig(config, (text) => setPermissions(text, name, savedPermissions(text, name, config, permissions)));
  }
  output.data({ ...data, saved: change.save });
  const lines = permissionLines(permissions);
  output.line(lines.length === 0 ? `${name} may do nothing now.` : `${name} may now:`);
  for (const line of lines) output.line(`  ${line}`);
  if (data['restarted'] === true) output.line('It was restarted: variables are handed over at its start.');
  if (!change.save) output.note('The config is as it was: with --save it is written there too.');
  return 0;
}

/** Paths of the command line start from the current folder. */
export function absolutePaths(permissions: Permissions): Permissions {
  const absolute = (rule: string): string => {
    const [mark, path] = rule.startsWith('!') ? ['!', rule.slice(1)] : ['', rule];
    return mark + (path === '~' || path.startsWith('~/') ? home(process.env) + path.slice(1) : resolve(path));
  };
  const { read, write, ...rest } = permissions;
  return {
    ...rest,
    ...(read ? { read: read.map(absolute) } : {}),
    ...(write ? { write: write.map(absolute) } : {}),
  };
}
