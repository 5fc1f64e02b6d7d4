const UNITS = [
  ['day', 86_400_000],
  ['hour', 3_600_000],
  ['minute', 60_000],
] as const;

/** `3 hours`, in the largest unit that is full; `less than a minute`. */
export function ageText(from: Date, now: Date): string {
  const age = now.getTime() - from.getTime();
  for (const [unit, length] of UNITS) {
    const count = Math.floor(age / length);
    if (count >= 1) return `${count} ${unit}${count === 1 ? '' : 's'}`;
  }
  return 'less than a minute';
}
