import type { PluginManager } from '../manager/manager.ts';
import type { Session } from './session.ts';

/** A manager in which this plugin, and what it depends on, is active. @throws what kept it from starting */
export async function startOne(session: Session, name: string): Promise<PluginManager> {
  const { manager, report } = await session.start([name]);
  const problem = [...report.refused, ...report.failed, ...report.waiting].find((other) => other.name === name);
  if (problem) throw problem.error;
  return manager;
}
