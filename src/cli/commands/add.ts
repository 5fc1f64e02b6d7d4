import { mergePermissions } from '../../contract/merge-permissions.ts';
import type { HostConfig } from '../../config/types.ts';
import type { Permissions } from '../../contract/metadata.ts';
import { PluginError } from '../../core/errors.ts';
import type { LockChange } from '../../loader/types.ts';
import { ask, canAsk } from '../ask.ts';
import { changeData, changeLines } from '../changes.ts';
import type { Grants } from '../permission-flags.ts';
import { consentToWider } from '../consent.ts';
import { importNotes } from '../imports.ts';
import { askLessTrust } from '../less-trust.ts';
import { writeGrants } from '../write-grants.ts';
import { grantDigest, isEmpty, notGranted, permissionLines, plainRequests } from '../permissions.ts';
import type { Output } from '../output.ts';
import type { Session } from '../session.ts';
import { fromHere } from '../specifier.ts';

export interface AddCommandOptions extends Grants {
  readonly name: string | undefined;
  readonly replace: boolean;
  readonly dryRun: boolean;
  readonly rebind: boolean;
}

/** `aitbc plugin add`: shows what would be pinned, asks, and writes config and lock. `--yes` grants nothing. */
export async function add(session: Session, specifier: string, options: AddCommandOptions): Promise<number> {
  const { output, progress } = session;
  const config = await session.config({ begin: true });
  const loader = await session.loader(config);
  let granted = new Map<string, Permissions>();
  let wider: ReadonlyMap<string, Permissions> = new Map();
  const confirm = async (changes: readonly LockChange[]): Promise<boolean> => {
    progress.clear();
    for (const [at, change] of changes.entries()) {
      for (const line of changeLines(change, output, at === 0)) output.note(line);
    }
    const decided = await decide(session, specifier, changes, config, options);
    granted = new Map(decided);
    const { consents } = options;
    if (decided !== undefined)
      wider = await consentToWider(session, config, changes.slice(1), { verb: 'add', consents });
    return decided !== undefined;
  };
  const { change, others, brought, written } = await loader.add(fromHere(specifier, config), {
    ...(options.name === undefined ? {} : { name: options.name }),
    replace: options.replace,
    dryRun: options.dryRun,
    rebind: options.rebind,
    confirm,
    acceptLessTrust: askLessTrust(session, options.lessTrust),
    // Read after `confirm`, which may have been given more.
    get grants() {
      return granted.get(MAIN) ?? {};
    },
    grantsOf: (name) => granted.get(name),
    signal: session.signal,
  });
  progress.clear();
  if (written) await writeGrants(config, wider);
  const grants = granted.get(MAIN) ?? options.grants;
  const known = config.plugins.get(change.name);
  const stands = isEmpty(grants) && known?.source === change.after?.source ? known?.permissions : undefined;
  const missing = notGranted(change.after?.permissions ?? {}, stands ?? grants);
  const notes = notesOf(change, stands ?? grants);
  output.data({
    written,
    change: changeData(change),
    granted: grants,
    notGranted: missing,
    notes,
    others: others.map(changeData),
    brought,
  });
  if (options.dryRun) {
    for (const each of [change, ...others]) showDry(each, output);
    output.line('Nothing was written.');
  } else if (!written) output.line('Nothing was written.');
  else {
    const to = `to ${config.file ?? 'the config'} and the lock`;
    output.line(
      `Added ${[change, ...others.filter(({ name }) => brought.includes(name))].map(nameOf).join(', ')} ${to}.`,
    );
    const followed = others.filter(({ name }) => !brought.includes(name));
    if (followed.length > 0) output.line(`Locked ${followed.map(nameOf).join(', ')}, so that all fit together.`);
    tellMissing(change.name, '', missing, output);
    for (const note of notes) output.line(`Note: ${change.name} ${note}.`);
    for (const other of others) {
      const { name, after } = other;
      if (!brought.includes(name)) continue;
      const own = granted.get(name) ?? {};
      tellMissing(name, ` to ${name}`, notGranted(after?.permissions ?? {}, own), output);
      for (const note of notesOf(other, own)) output.line(`Note: ${name} ${note}.`);
    }
  }
  return 0;
}

/** What was decided for the plugin that was asked for, whose name may not be known before it was read. */
const MAIN = '';

function nameOf({ name, after }: LockChange): string {
  return `${name} ${after?.metadata.version ?? ''}`.trimEnd();
}

function notesOf({ imports = [], after }: LockChange, granted: Permissions): string[] {
  return importNotes(imports, after?.permissions ?? {}, granted, after?.metadata.dependencies);
}

function showDry(change: LockChange, output: Output): void {
  for (const line of changeLines(change, output, true)) output.line(line);
  const requested = change.after?.permissions ?? {};
  const digest = grantDigest(change.name, requested);
  if (!isEmpty(requested)) output.line(`Grant ${change.name} all it asks for with --grant=${digest}`);
}

function tellMissing(name: string, to: string, missing: readonly string[], output: Output): void {
  if (missing.length === 0) return;
  output.line(`Not granted${to}, and refused when it tries: ${missing.join(', ')}`);
  output.line(`Grant it under plugins.${name}.permissions in the config.`);
}

/** What is granted, by name; undefined: nothing is to be added. */
async function decide(
  session: Session,
  specifier: string,
  [main, ...others]: readonly LockChange[],
  config: HostConfig,
  options: AddCommandOptions,
): Promise<ReadonlyMap<string, Permissions> | undefined> {
  if (main?.after === undefined) return new Map();
  const changes = [main, ...others];
  const digests: readonly string[] = changes.map((change) => grantDigest(change.name, change.after?.permissions ?? {}));
  const unknown = options.consents.find((consent) => !digests.includes(consent));
  if (unknown !== undefined) throw anotherGrant(specifier, main, unknown, digests);
  const consented = ({ name, after }: LockChange): boolean =>
    options.consents.includes(grantDigest(name, after?.permissions ?? {}));
  const own = consented(main) ? plainRequests(main.after.permissions) : {};
  const given = mergePermissions(options.grants, own);
  const granted = new Map<string, Permissions>([[MAIN, given]]);
  const isDecided = session.globals.yes || !isEmpty(given) || options.consents.length > 0;
  const mayAsk = !session.output.json && canAsk();
  if (!isDecided && !mayAsk) throw needsConsent(specifier, main, others, notGranted(main.after.permissions, given));
  if (!isDecided && !(await ask(addQuestion(main, others), true, session.signal))) return undefined;
  const question = `Grant ${others.length === 0 ? '' : `${main.name} `}what it asks for?`;
  if (
    !isDecided &&
    notGranted(main.after.permissions, given).length > 0 &&
    (await ask(question, false, session.signal))
  ) {
    granted.set(MAIN, mergePermissions(given, plainRequests(main.after.permissions)));
  }
  for (const other of others) {
    const requested = other.after?.permissions ?? {};
    const before = config.plugins.get(other.name)?.permissions;
    if (consented(other)) granted.set(other.name, plainRequests(requested));
    else if (before === undefined && !isDecided && !isEmpty(requested)) {
      const yes = await ask(`Grant ${other.name} what it asks for?`, false, session.signal);
      if (yes) granted.set(other.name, plainRequests(requested));
    }
  }
  return granted;
}

function addQuestion(main: LockChange, others: readonly LockChange[]): string {
  const brought = others.filter(({ before }) => before === undefined);
  const moved = others.filter(({ before }) => before !== undefined);
  const parts = [`Add ${[main, ...brought].map(({ name }) => name).join(', ')}`];
  if (moved.length > 0) parts.push(`lock ${moved.map(nameOf).join(', ')}`);
  return `${parts.join(' and ')}?`;
}

function anotherGrant(
  specifier: string,
  { name }: LockChange,
  expected: string,
  digests: readonly string[],
): PluginError {
  return new PluginError(
    'ERR_PERMISSION_DENIED',
    `Cannot add "${name}": it asks for something else than --grant names`,
    {
      plugin: name,
      details: { expected, actual: digests.join(', ') },
      hint: `see what it asks for now: aitbc plugin add ${specifier} --dry-run`,
    },
  );
}

function needsConsent(
  specifier: string,
  change: LockChange,
  others: readonly LockChange[],
  open: readonly string[],
): PluginError {
  const requested = change.after?.permissions ?? {};
  const ways = [`aitbc plugin add ${specifier} --yes`];
  if (open.length > 0) {
    ways[0] += '   (adds it without any permission)';
    ways.push(`aitbc plugin add ${specifier} --grant=${grantDigest(change.name, requested)}   (grants all of this)`);
    ways.push('or grant single ones with --allow-net, --allow-read, --allow-env and so on');
  }
  return new PluginError('ERR_USAGE', `Cannot add "${change.name}": nobody is here to be asked`, {
    plugin: change.name,
    hint: ways.join('\n'),
    details: {
      ...(open.length > 0 ? { 'asks for': permissionLines(requested).join(', ') } : {}),
      ...(others.length > 0 ? { with: others.map(nameOf).join(', ') } : {}),
    },
  });
}
