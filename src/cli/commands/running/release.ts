import { isPluginError } from '../../../core/errors.ts';
import { dataDirOf } from '../../data-dir.ts';
import { pluginIn, stateText } from '../../states.ts';
import type { Session } from '../../session.ts';
import { withHost } from '../../with-host.ts';

/** `aitbc plugin release <name>`: out of quarantine, and started. Where no host runs, the next one starts it. */
export async function releasePlugin(session: Session, name: string): Promise<number> {
  const { output } = session;
  try {
    const data = await withHost(session, (host) => host.request('release', { name }));
    output.data(data);
    output.line(`Released and started ${name}: ${stateText(pluginIn(data))}`);
  } catch (error) {
    if (!isPluginError(error, 'ERR_NO_HOST') || !(await releaseRecord(session, name))) throw error;
    output.data({ released: name });
    output.line(`Released ${name}. No host runs; the next one starts it.`);
  }
  return 0;
}

async function releaseRecord(session: Session, name: string): Promise<boolean> {
  const { openQuarantine, quarantineFile } = await import('../../../manager/quarantine.ts');
  const quarantine = openQuarantine(quarantineFile(await dataDirOf(session)), session.logger);
  const released = await quarantine.remove(name);
  await quarantine.settled();
  return released;
}
