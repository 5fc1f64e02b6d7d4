/** The time of a publication, in UTC to the second: SOURCE_DATE_EPOCH (seconds) where it is set, so that a registry can be made again. */
export function nowOf(env: Readonly<Record<string, string | undefined>>): string {
  const epoch = env['SOURCE_DATE_EPOCH'];
  const now = epoch !== undefined && /^\d{1,11}$/.test(epoch) ? new Date(Number(epoch) * 1_000) : new Date();
  return now.toISOString().replace(/\.\d+Z$/, 'Z');
}
