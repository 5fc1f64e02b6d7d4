import { changeData, changeLines } from '../changes.ts';
import { createConsent } from '../consent.ts';
import type { Grants } from '../permission-flags.ts';
import type { Session } from '../session.ts';
import { writeGrants } from '../write-grants.ts';

export interface RollbackCommandOptions extends Grants {
  readonly to: string | undefined;
  readonly dryRun: boolean;
}

/** `aitbc plugin rollback <name>`: locks again what was locked before; what that asks for beyond the config needs consent. */
export async function rollback(session: Session, name: string, options: RollbackCommandOptions): Promise<number> {
  const { output } = session;
  const config = await session.config();
  const loader = await session.loader(config);
  const consent = createConsent(session, config, { verb: 'rollback', names: [name], ...options });
  const change = await loader.rollback(name, {
    ...(options.to === undefined ? {} : { to: options.to }),
    dryRun: options.dryRun,
    confirm: consent.confirm,
    acceptLessTrust: consent.acceptLessTrust,
    signal: session.signal,
  });
  session.progress.clear();
  if (!options.dryRun) await writeGrants(config, consent.granted);
  output.data({ written: !options.dryRun, change: changeData(change) });
  if (options.dryRun) {
    for (const line of changeLines(change, output)) output.line(line);
    output.line('Nothing was written.');
  } else output.line(`Rolled back ${name} to ${change.after?.metadata.version ?? ''}.`);
  return 0;
}
