import type { Session } from '../session.ts';

/** `aitbc plugin enable` and `disable` */
export async function setEnabled(session: Session, name: string, enabled: boolean): Promise<number> {
  const loader = await session.loader(await session.config());
  await loader.setEnabled(name, enabled);
  session.output.data({ name, enabled });
  session.output.line(`${enabled ? 'Enabled' : 'Disabled'} ${name}.`);
  const { locked } = await loader.info(name);
  if (enabled && locked !== 'yes') session.output.note(`It is not in the lock yet: aitbc plugin lock ${name}`);
  return 0;
}
