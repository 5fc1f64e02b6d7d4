import { pluginIn, stateText } from '../../states.ts';
import type { Session } from '../../session.ts';
import { withHost } from '../../with-host.ts';

/** `aitbc plugin start <name>` in the running host. */
export async function startPlugin(session: Session, name: string): Promise<number> {
  const data = await withHost(session, (host) => host.request('start', { name }));
  session.output.data(data);
  session.output.line(`Started ${name}: ${stateText(pluginIn(data))}`);
  return 0;
}
