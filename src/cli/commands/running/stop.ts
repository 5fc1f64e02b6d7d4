import { pluginIn, stateText } from '../../states.ts';
import type { Session } from '../../session.ts';
import { withHost } from '../../with-host.ts';

/** `aitbc plugin stop <name> [--hold]` in the running host. */
export async function stopPlugin(session: Session, name: string, hold: boolean): Promise<number> {
  const data = await withHost(session, (host) => host.request('stop', { name, hold }));
  session.output.data(data);
  session.output.line(`Stopped ${name}: ${stateText(pluginIn(data))}`);
  return 0;
}
