import { changeData } from '../changes.ts';
import type { Session } from '../session.ts';

/** `aitbc plugin remove` */
export async function remove(session: Session, name: string): Promise<number> {
  const loader = await session.loader(await session.config());
  const change = await loader.remove(name);
  session.output.data({ change: changeData(change) });
  session.output.line(`Removed ${name} from config and lock. Its data folder stays.`);
  return 0;
}
