import type { HostConfig } from '../config/types.ts';
import { PluginError } from '../core/errors.ts';
import type { Permissions } from '../contract/metadata.ts';
import type { AcceptLessTrust, Confirm, LockChange } from '../loader/types.ts';
import { ask, canAsk } from './ask.ts';
import { changeLines } from './changes.ts';
import { askLessTrust } from './less-trust.ts';
import { oneLine } from './output.ts';
import type { Grants } from './permission-flags.ts';
import { grantDigest, isEmpty, notGranted, plainRequests } from './permissions.ts';
import type { Session } from './session.ts';

interface Given extends Grants {
  readonly verb: string;
  /** What the command names; `--allow-…` grants to the one. */
  readonly names: readonly string[];
}

interface Consent {
  readonly confirm: Confirm;
  readonly acceptLessTrust: AcceptLessTrust;
  /** By name, for `writeGrants`. */
  readonly granted: ReadonlyMap<string, Permissions>;
}

/**
 * Shows changes of the lock before they are written, and asks about every plugin that wants more than before and more than the
 * config grants. Consent grants it: what was consented to is returned by name, to be written into the config afterwards. Single
 * grants of the command line are a decision about the plugin that it names: the rest of what it asks for is not granted.
 * @throws ERR_PERMISSION_DENIED where nobody can be asked and no `--grant` names exactly these requests
 */
export function createConsent(session: Session, config: HostConfig, options: Given): Consent {
  const { verb, names, grants } = options;
  const [only] = names;
  const isSingle = !isEmpty(grants);
  if (isSingle && (only === undefined || names.length > 1)) throw whose(verb);
  const granted = new Map<string, Permissions>();
  const confirm = async (changes: readonly LockChange[]): Promise<boolean> => {
    session.progress.clear();
    for (const change of changes) for (const line of changeLines(change, session.output)) session.output.note(line);
    await assertBrought(session, config, changes, options.verb);
    const decided = isSingle ? changes.find(({ name, after }) => name === only && after !== undefined) : undefined;
    if (decided !== undefined) granted.set(decided.name, grants);
    const open = changes.filter((change) => change !== decided);
    for (const [name, all] of await consentToWider(session, config, open, options)) granted.set(name, all);
    return true;
  };
  return { confirm, granted, acceptLessTrust: askLessTrust(session, options.lessTrust) };
}

/** What was consented to, by name: of the changes that want more than before and more than the config grants, all. */
export async function consentToWider(
  session: Session,
  config: HostConfig,
  changes: readonly LockChange[],
  options: { readonly verb: string; readonly consents: readonly string[] },
): Promise<ReadonlyMap<string, Permissions>> {
  const wider = changes.filter((change) => isWider(change, config));
  for (const change of wider) {
    const digest = grantDigest(change.name, change.after?.permissions ?? {});
    const question = `Grant ${change.name} what it asks for anew: ${oneLine(change.widened.join(', '), 2_000)}${besides(change, config)}?`;
    const isConsented =
      options.consents.includes(digest) ||
      (!session.output.json && canAsk() && (await ask(question, false, session.signal)));
    if (!isConsented) throw tooWide(change, digest, options.verb);
  }
  return new Map(wider.map(({ name, after }) => [name, plainRequests(after?.permissions ?? {})]));
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

/** What it asked for before and never got: an answer grants that, too. */
function besides({ name, after, widened }: LockChange, config: HostConfig): string {
  const isNew = new Set(widened.map((line) => oneLine(line)));
  const open = notGranted(after?.permissions ?? {}, config.plugins.get(name)?.permissions ?? {});
  const old = open.filter((line) => !isNew.has(line));
  return old.length === 0 ? '' : `; and what it was not granted before: ${oneLine(old.join(', '), 2_000)}`;
}

function whose(verb: string): PluginError {
  return new PluginError('ERR_USAGE', `Cannot ${verb} the plugins: --allow-… does not say which of them it is for`, {
    hint: `name the one that it is granted to: aitbc plugin ${verb} <name> --allow-net=…`,
  });
}

function tooWide(change: LockChange, digest: string, verb: string): PluginError {
  return new PluginError(
    'ERR_PERMISSION_DENIED',
    `Cannot ${verb} "${change.name}": it asks for more than before: ${change.widened.join(', ')}`,
    {
      plugin: change.name,
      hint: [
        `if you mean to grant that: aitbc plugin ${verb} ${change.name} --grant=${digest}`,
        'or grant single ones of it with --allow-net, --allow-read, --allow-env and so on',
      ].join('\n'),
    },
  );
}
