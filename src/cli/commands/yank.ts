import type { KeyObject } from 'node:crypto';
import { relative, resolve } from 'node:path';
import semver from 'semver';
import { isDigest } from '../../core/digest.ts';
import { PluginError } from '../../core/errors.ts';
import type { JsonObject } from '../../core/json.ts';
import { registryFolder, type WrittenFile } from '../../registry/publish/folder.ts';
import { nextRevocations } from '../../registry/publish/revoke.ts';
import { yank as yankIn } from '../../registry/publish/yank.ts';
import type { Revocation } from '../../trust/revocations/list.ts';
import { commitLines } from '../commit-lines.ts';
import { readPrivateKey } from '../private-key.ts';
import { nowOf } from '../publish-time.ts';
import type { Session } from '../session.ts';

export interface YankCommandOptions {
  readonly to?: string;
  readonly reason?: string;
  readonly undo?: boolean;
  readonly revoke?: boolean;
  readonly key?: string;
}

/** `aitbc plugin yank`: not for new locks any more; with `--revoke` not for old ones either. */
export async function yank({ output }: Session, target: string, options: YankCommandOptions): Promise<number> {
  const { name, version } = versionOf(target);
  const { reason, revoke = false, undo = false } = options;
  const to = registryFolder(resolve(folderOf(options.to, target)));
  const key = await keyOf(options, target);
  const now = nowOf(process.env);
  const written: string[] = [];
  const beside = async (entry: JsonObject): Promise<readonly WrittenFile[]> => {
    if (key === undefined) return [];
    const list = await nextRevocations(to, revocationOf(entry, name, version, reason ?? '', now), key, undo);
    if (list === undefined) return [];
    written.push(resolve(to.folder, list.path));
    return [list];
  };
  const { changed } = await yankIn(to, { name, version, reason, undo, now }, beside);
  const files = [...(changed ? [to.index] : []), ...written];
  const done = undo ? 'offered' : revoke ? 'revoked' : 'yanked';
  output.data({ name, version, state: done, changed: files.length > 0, files });
  if (files.length === 0) {
    output.line(`${name} ${version} is ${done} already: nothing was written.`);
    return 0;
  }
  output.line(SAID[done](`${name} ${version}`));
  for (const file of files) output.line(`    written   ${relative('.', file)}`);
  for (const line of await commitLines(
    to.folder,
    files,
    `${undo ? 'Offer' : revoke ? 'Revoke' : 'Yank'} ${name} ${version}`,
  )) {
    output.line(line);
  }
  return 0;
}

const SAID = {
  offered: (what: string) => `${what} is offered again.`,
  yanked: (what: string) => `Yanked ${what}: it is not for new locks; what is locked goes on.`,
  revoked: (what: string) => `Revoked ${what}: who trusts this key for the registry does not start it any more.`,
} as const;

/** The version as it was published; its bytes are named, so that no other name or place lets them through. */
function revocationOf(entry: JsonObject, name: string, version: string, reason: string, date: string): Revocation {
  const { integrity } = entry;
  return {
    name,
    range: version,
    integrity: isDigest(integrity) ? integrity : undefined,
    reason,
    date,
  };
}

function versionOf(target: string): { readonly name: string; readonly version: string } {
  const at = target.lastIndexOf('@');
  const [name, version] = [target.slice(0, Math.max(at, 0)), target.slice(at + 1)];
  if (at > 0 && semver.valid(version) !== null) return { name, version };
  throw new PluginError('ERR_USAGE', `Cannot yank "${target}": it is no version of a plugin`, {
    hint: 'write name@version: greeter@1.2.0',
  });
}

function folderOf(to: string | undefined, target: string): string {
  if (to !== undefined) return to;
  throw new PluginError('ERR_USAGE', `Cannot yank "${target}": no registry is named`, {
    hint: `name its folder: aitbc plugin yank ${target} --to ./registry`,
  });
}

async function keyOf(
  { revoke, key, reason, undo }: YankCommandOptions,
  target: string,
): Promise<KeyObject | undefined> {
  if (revoke !== true) {
    if (key === undefined) return undefined;
    throw new PluginError('ERR_USAGE', `Cannot yank "${target}": a mark in the index is not signed`, {
      hint: 'leave --key out, or add --revoke',
    });
  }
  if (reason === undefined && undo !== true) {
    throw new PluginError('ERR_USAGE', `Cannot revoke "${target}": no reason is given`, {
      hint: 'say why, for those whom it stops: --reason "sends keys to a stranger"',
    });
  }
  return readPrivateKey(key, `plugin yank ${target} --revoke`);
}
