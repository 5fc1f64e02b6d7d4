import { pluginIn, stateText } from '../../states.ts';
import type { Session } from '../../session.ts';
import { withHost } from '../../with-host.ts';

/** `aitbc plugin release <name>` in the running host. */
export async function releasePlugin(session: Session, name: string): Promise<number> {
  const data = await withHost(session, (host) => host.request('release', { name }));
  session.output.data(data);
  session.output.line(`Released and started ${name}: ${stateText(pluginIn(data))}`);
  return 0;
}
