import type { HostConfig } from '../config/types.ts';
import { PluginError } from '../core/errors.ts';
import type { LockChange } from '../loader/types.ts';
import { ask, canAsk } from './ask.ts';
import { changeLines } from './changes.ts';
import { oneLine } from './output.ts';
import { grantDigest, notGranted } from './permissions.ts';
import type { Session } from './session.ts';

/**
 * Shows changes of the lock before they are written, and asks about every plugin that wants more than before and more than the
 * config grants. Consent grants it: what was consented to is returned by name, to be written into the config afterwards.
 * @throws ERR_PERMISSION_DENIED where nobody can be asked and no `--grant` names exactly these requests
 */
export function createConsent(
  session: Session,
  config: HostConfig,
  options: { readonly verb: string; readonly consents: readonly string[] },
): { confirm(changes: readonly LockChange[]): Promise<boolean>; readonly granted: ReadonlyMap<string, LockChange> } {
  const granted = new Map<string, LockChange>();
  const confirm = async (changes: readonly LockChange[]): Promise<boolean> => {
    session.progress.clear();
    for (const change of changes) for (const line of changeLines(change, session.output)) session.output.note(line);
    await assertBrought(session, config, changes, options.verb);
    for (const change of await consentToWider(session, config, changes, options)) granted.set(change.name, change);
    return true;
  };
  return { confirm, granted };
}

/** What was consented to: of the changes that want more than before and more than the config grants, all. */
export async function consentToWider(
  session: Session,
  config: HostConfig,
  changes: readonly LockChange[],
  options: { readonly verb: string; readonly consents: readonly string[] },
): Promise<readonly LockChange[]> {
  const wider = changes.filter((change) => isWider(change, config));
  for (const change of wider) {
    const digest = grantDigest(change.name, change.after?.permissions ?? {});
    const question = `Grant ${change.name} what it asks for anew: ${oneLine(change.widened.join(', '), 2_000)}?`;
    const isConsented =
      options.consents.includes(digest) ||
      (!session.output.json && canAsk() && (await ask(question, false, session.signal)));
    if (!isConsented) throw tooWide(change, digest, options.verb);
  }
  return wider;
}

/** Plugins that the config does not have yet are added by `--yes` or by an answer: nothing is granted to them. */
async function assertBrought(
  session: Session,
  config: HostConfig,
  changes: readonly LockChange[],
  verb: string,
): Promise<void> {
  const brought = changes.filter(({ name, after }) => after !== undefined && !config.plugins.has(name));
  if (brought.length === 0 || session.globals.yes) return;
  const names = brought.map(({ name }) => name).join(', ');
  if (!session.output.json && canAsk() && (await ask(`Add ${names}, which others depend on?`, true, session.signal)))
    return;
  throw new PluginError('ERR_USAGE', `Cannot ${verb} the plugins: ${names} would be added, and nobody has agreed`, {
    hint: `aitbc plugin ${verb} --yes   (adds what others depend on, without any permission)`,
    details: { added: names },
  });
}

function isWider({ name, before, after, widened }: LockChange, config: HostConfig): boolean {
  if (!before || !after || widened.length === 0) return false;
  const open = new Set(notGranted(after.permissions, config.plugins.get(name)?.permissions ?? {}));
  return widened.some((line) => open.has(oneLine(line)) || line.endsWith('(no longer denied)'));
}

function tooWide(change: LockChange, digest: string, verb: string): PluginError {
  return new PluginError(
    'ERR_PERMISSION_DENIED',
    `Cannot ${verb} "${change.name}": it asks for more than before: ${change.widened.join(', ')}`,
    {
      plugin: change.name,
      hint: `if you mean to grant that: aitbc plugin ${verb} ${change.name} --grant=${digest}`,
    },
  );
}
