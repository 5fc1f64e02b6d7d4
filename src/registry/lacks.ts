import type { RegistryConfig } from '../config/types.ts';
import type { RegistryIndex } from './types.ts';

/** What a registry cannot notice about its own index: `freeze`, an old copy that is served for ever; `rollback`, an old one after a newer. */
export type Lack = 'freeze' | 'rollback';

/** Nothing with TUF, or in a folder of this machine. A plain index that counts its changes cannot go back behind what this machine has seen. */
export function lacksOf(
  { url, tuf }: RegistryConfig,
  index: Pick<RegistryIndex, 'serial'> | undefined,
): readonly Lack[] {
  const isRemote = /^(?:https?:|git\+|github:)/i.test(url);
  if (tuf !== undefined || !isRemote) return [];
  return index?.serial === undefined ? ['freeze', 'rollback'] : ['freeze'];
}

export function lacksText(lacks: readonly Lack[]): string {
  if (lacks.length === 0) return '';
  return lacks.includes('rollback')
    ? 'a plain index: nobody notices when an old copy of it is served'
    : 'a plain index: an older one than this machine has seen is refused; that it is old, nobody notices';
}
