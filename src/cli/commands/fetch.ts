import { plural } from '../../core/text.ts';
import { errorData, errorLines } from '../report-error.ts';
import type { Session } from '../session.ts';

/** `aitbc plugin fetch`: afterwards a start needs no network. Exits with the first refusal's status. */
export async function fetchPlugins(session: Session): Promise<number> {
  const { output, progress } = session;
  const loader = await session.loader(await session.config());
  const { ready, refused, phases } = await loader.fetchAll({ signal: session.signal });
  progress.clear();
  const [first] = refused.values();
  if (output.json) {
    output.document({
      ok: first === undefined,
      data: { ready: [...ready.keys()], phases },
      ...(first === undefined ? {} : { error: errorData(first), refused: [...refused.values()].map(errorData) }),
    });
  }
  for (const name of ready.keys()) output.line(`${output.style('green', 'ready')} ${name}`);
  if (!output.json)
    for (const error of refused.values()) for (const line of errorLines(error, output)) output.error(line);
  output.line(`${plural(ready.size, 'plugin')} ready${refused.size > 0 ? `, ${refused.size} refused` : ''}.`);
  return first?.exitCode ?? 0;
}
