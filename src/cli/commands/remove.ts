import { changeData } from '../changes.ts';
import type { Session } from '../session.ts';

/** `aitbc plugin remove`; without `--force` not of what an enabled plugin depends on. */
export async function remove(session: Session, name: string, options: { readonly force: boolean }): Promise<number> {
  const loader = await session.loader(await session.config());
  const change = await loader.remove(name, options);
  session.output.data({ change: changeData(change) });
  session.output.line(`Removed ${name} from config and lock. Its data folder stays.`);
  return 0;
}
