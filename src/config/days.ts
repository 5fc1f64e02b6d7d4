/** Whether a text of the form `2026-12-31` is a day of the calendar. */
export function isDay(text: string): boolean {
  const day = new Date(`${text}T00:00:00Z`);
  return !Number.isNaN(day.getTime()) && day.toISOString().startsWith(text);
}

export function notADay(text: string): string {
  return `must be a day of the calendar, not ${text}`;
}
