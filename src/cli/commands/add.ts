import { mergePermissions } from '../../contract/merge-permissions.ts';
import type { Permissions } from '../../contract/metadata.ts';
import { PluginError } from '../../core/errors.ts';
import type { LockChange } from '../../loader/types.ts';
import { ask, canAsk } from '../ask.ts';
import { changeData, changeLines } from '../changes.ts';
import type { Grants } from '../permission-flags.ts';
import { grantDigest, isEmpty, notGranted, permissionLines, plainRequests } from '../permissions.ts';
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
  let grants = options.grants;
  const confirm = async ([change]: readonly LockChange[]): Promise<boolean> => {
    progress.clear();
    if (!change?.after) return true;
    for (const line of changeLines(change, output, true)) output.note(line);
    const decided = await decide(session, specifier, change, options);
    grants = decided ?? {};
    return decided !== undefined;
  };
  const { change, written } = await loader.add(fromHere(specifier, config), {
    ...(options.name === undefined ? {} : { name: options.name }),
    replace: options.replace,
    dryRun: options.dryRun,
    rebind: options.rebind,
    confirm,
    // Read after `confirm`, which may have been given more.
    get grants() {
      return grants;
    },
    signal: session.signal,
  });
  progress.clear();
  const requested = change.after?.permissions ?? {};
  const known = config.plugins.get(change.name);
  const stands = isEmpty(grants) && known?.source === change.after?.source ? known?.permissions : undefined;
  const missing = notGranted(requested, stands ?? grants);
  output.data({ written, change: changeData(change), granted: grants, notGranted: missing });
  if (options.dryRun) {
    for (const line of changeLines(change, output, true)) output.line(line);
    if (!isEmpty(requested)) output.line(`Grant all it asks for with --grant=${grantDigest(change.name, requested)}`);
    output.line('Nothing was written.');
  } else if (!written) output.line('Nothing was written.');
  else {
    output.line(
      `Added ${change.name} ${change.after?.metadata.version ?? ''} to ${config.file ?? 'the config'} and the lock.`,
    );
    if (missing.length > 0) {
      output.line(`Not granted, and refused when it tries: ${missing.join(', ')}`);
      output.line(`Grant it under plugins.${change.name}.permissions in the config.`);
    }
  }
  return 0;
}

/** What is granted; undefined: it is not to be added. */
async function decide(
  session: Session,
  specifier: string,
  change: LockChange,
  options: AddCommandOptions,
): Promise<Permissions | undefined> {
  const requested = change.after?.permissions ?? {};
  const digest = grantDigest(change.name, requested);
  for (const consent of options.consents) {
    if (consent !== digest) {
      throw new PluginError(
        'ERR_PERMISSION_DENIED',
        `Cannot add "${change.name}": it asks for something else than --grant names`,
        {
          plugin: change.name,
          details: { expected: consent, actual: digest },
          hint: `see what it asks for now: aitbc plugin add ${specifier} --dry-run`,
        },
      );
    }
  }
  const consented = options.consents.length > 0 ? plainRequests(requested) : {};
  const given = mergePermissions(options.grants, consented);
  const open = notGranted(requested, given);
  const isDecided = session.globals.yes || !isEmpty(given);
  if (isDecided) return given;
  if (session.output.json || !canAsk()) throw needsConsent(specifier, change, open);
  if (!(await ask(`Add ${change.name}?`, true, session.signal))) return undefined;
  if (open.length === 0) return given;
  const all = await ask('Grant what it asks for?', false, session.signal);
  return all ? mergePermissions(given, plainRequests(requested)) : given;
}

function needsConsent(specifier: string, change: LockChange, open: readonly string[]): PluginError {
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
    details: open.length > 0 ? { 'asks for': permissionLines(requested).join(', ') } : {},
  });
}
