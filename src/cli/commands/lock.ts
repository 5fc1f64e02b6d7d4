import { plural } from '../../core/text.ts';
import { PluginError } from '../../core/errors.ts';
import type { LockChange } from '../../loader/types.ts';
import { changeData, changeLines } from '../changes.ts';
import { createConsent } from '../consent.ts';
import { writeGrants } from '../write-grants.ts';
import type { Grants } from '../permission-flags.ts';
import type { Session } from '../session.ts';

export interface LockCommandOptions extends Grants {
  readonly check: boolean;
  readonly rebind: boolean;
}

/** `aitbc plugin lock [names…]`, and `--check`, which writes nothing and exits 4 when it would. */
export async function lock(session: Session, names: readonly string[], options: LockCommandOptions): Promise<number> {
  const { output } = session;
  const config = await session.config();
  const loader = await session.loader(config);
  const consent = createConsent(session, config, { verb: 'lock', names, ...options });
  const changes = await loader.lockAll({
    check: options.check,
    rebind: options.rebind,
    ...(names.length === 0 ? {} : { names }),
    confirm: consent.confirm,
    acceptLessTrust: consent.acceptLessTrust,
    signal: session.signal,
  });
  session.progress.clear();
  const effective = changes.filter(({ kind }) => kind !== 'unchanged');
  if (options.check) return reportCheck(session, changes, effective);
  await writeGrants(config, consent.granted);
  output.data({ changes: changes.map(changeData) });
  output.line(
    effective.length === 0
      ? `The lock is up to date: ${plural(changes.length, 'plugin')}.`
      : `Locked ${effective.map(({ name }) => name).join(', ')}.`,
  );
  return 0;
}

function reportCheck({ output }: Session, changes: readonly LockChange[], effective: readonly LockChange[]): number {
  if (effective.length === 0) {
    output.data({ changes: changes.map(changeData) });
    output.line(`The lock is up to date: ${plural(changes.length, 'plugin')}.`);
    return 0;
  }
  for (const change of effective) for (const line of changeLines(change, output)) output.note(line);
  throw new PluginError(
    'ERR_LOCK_OUTDATED',
    `Cannot use the lock as it is: ${effective.map(({ name, kind }) => `${name} would be ${kind}`).join(', ')}`,
    { hint: 'aitbc plugin lock' },
  );
}
