import type { WireState } from '../../../control/operations.ts';
import { oneLine } from '../../output.ts';
import type { Session } from '../../session.ts';
import { pluginIn, stateText } from '../../states.ts';
import { table } from '../../table.ts';
import { withHost } from '../../with-host.ts';

/**
 * `aitbc plugin health [name]`: of one plugin, what its health check answers; of all, their states. Exits with 1 where it is
 * not well: `healthy: false`, `status: "unhealthy"`, or a required plugin that is not active.
 */
export async function health(session: Session, name?: string): Promise<number> {
  const { output } = session;
  const data = await withHost(session, (host) => host.request('health', name === undefined ? {} : { name }));
  output.data(data);
  if (name === undefined) {
    const plugins = data['plugins'] as readonly WireState[];
    const rows = plugins.map((state) => [
      oneLine(state.name, 60),
      stateText(state),
      String(state.restarts),
      oneLine(state.error?.message ?? '', 500),
    ]);
    for (const line of table(['NAME', 'STATE', 'RESTARTS', 'ERROR'], rows, output.columns)) output.line(line);
    return data['ready'] === true ? 0 : 1;
  }
  const said = data['health'] as Readonly<Record<string, unknown>>;
  output.line(`${name} ${stateText(pluginIn(data))}`);
  for (const [key, value] of Object.entries(said)) {
    output.line(`  ${oneLine(key, 60)}: ${oneLine(typeof value === 'string' ? value : JSON.stringify(value))}`);
  }
  return said['healthy'] === false || said['status'] === 'unhealthy' ? 1 : 0;
}
