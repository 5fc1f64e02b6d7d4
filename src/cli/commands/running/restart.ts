import { pluginIn, stateText } from '../../states.ts';
import type { Session } from '../../session.ts';
import { withHost } from '../../with-host.ts';

/** `aitbc plugin restart <name>` in the running host. */
export async function restartPlugin(session: Session, name: string): Promise<number> {
  const data = await withHost(session, (host) => host.request('restart', { name }));
  session.output.data(data);
  session.output.line(`Restarted ${name}: ${stateText(pluginIn(data))}`);
  return 0;
}
