import type { TrustConfig, TrustException } from '../config/types.ts';

/** The exceptions of a plugin, under any of its names, that hold today: until the end of their last day (UTC). */
export function exceptionsOf(
  trust: Pick<TrustConfig, 'exceptions'> | undefined,
  names: readonly string[],
  now: Date,
): readonly TrustException[] {
  const today = now.toISOString().slice(0, 10);
  return (trust?.exceptions ?? []).filter(
    ({ plugin, expires, revoked }) => names.includes(plugin) && today <= expires && revoked === undefined,
  );
}
