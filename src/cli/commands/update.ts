import { changeData, changeLines } from '../changes.ts';
import { createConsent } from '../consent.ts';
import { grantDigest, isEmpty } from '../permissions.ts';
import type { Grants } from '../permission-flags.ts';
import type { Session } from '../session.ts';
import { writeGrants } from '../write-grants.ts';

export interface UpdateCommandOptions extends Grants {
  readonly dryRun: boolean;
  readonly rebind: boolean;
}

/** `aitbc plugin update [names…]`: shows what changes; wider permissions need consent. */
export async function update(
  session: Session,
  names: readonly string[],
  options: UpdateCommandOptions,
): Promise<number> {
  const { output } = session;
  const config = await session.config();
  const loader = await session.loader(config);
  const consent = createConsent(session, config, { verb: 'update', names, ...options });
  const changes = await loader.update(names.length === 0 ? undefined : names, {
    dryRun: options.dryRun,
    rebind: options.rebind,
    confirm: consent.confirm,
    acceptLessTrust: consent.acceptLessTrust,
    signal: session.signal,
  });
  session.progress.clear();
  if (!options.dryRun) await writeGrants(config, consent.granted);
  output.data({ written: !options.dryRun, changes: changes.map(changeData) });
  const effective = changes.filter(({ kind }) => kind !== 'unchanged');
  if (effective.length === 0) {
    output.line('Nothing has changed.');
    return 0;
  }
  if (!options.dryRun) {
    output.line(`Updated ${effective.map(({ name }) => name).join(', ')}.`);
    return 0;
  }
  for (const change of effective) {
    for (const line of changeLines(change, output)) output.line(line);
    const requested = change.after?.permissions ?? {};
    if (change.widened.length > 0 && !isEmpty(requested)) {
      output.line(`    ${'consent'.padEnd(9)} --grant=${grantDigest(change.name, requested)}`);
    }
  }
  output.line('Nothing was written.');
  return 0;
}
