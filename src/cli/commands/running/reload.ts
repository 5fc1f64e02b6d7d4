import type { WireError } from '../../../control/errors.ts';
import { readError } from '../../../control/errors.ts';
import { errorLines } from '../../report-error.ts';
import type { Session } from '../../session.ts';
import { withHost } from '../../with-host.ts';

/** `aitbc reload` and `aitbc plugin reload <name>`: exits with the status of the first plugin that did not start. */
export async function reload(session: Session, name?: string): Promise<number> {
  const { output } = session;
  const data = await withHost(session, (host) => host.request('reload', name === undefined ? {} : { name }));
  output.data(data);
  const lists = (['added', 'removed', 'changed', 'regranted'] as const).map(
    (key) => [key, (data[key] ?? []) as readonly string[]] as const,
  );
  for (const [word, names] of lists) if (names.length > 0) output.line(`${word.padEnd(9)} ${names.join(', ')}`);
  if (lists.every(([, names]) => names.length === 0)) output.line('Nothing has changed.');
  const failed = (data['failed'] ?? []) as readonly { readonly name: string; readonly error: WireError }[];
  const errors = failed.map(({ error }) => readError(error));
  if (!output.json) for (const error of errors) for (const line of errorLines(error, output)) output.error(line);
  return errors[0]?.exitCode ?? 0;
}
