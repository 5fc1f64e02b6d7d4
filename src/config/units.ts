const SIZES: Readonly<Record<string, number>> = {
  B: 1,
  KB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 1_024,
  MiB: 1_024 ** 2,
  GiB: 1_024 ** 3,
};
const DURATIONS: Readonly<Record<string, number>> = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 };

export const SIZE_PATTERN = '^[0-9]{1,12}(\\.[0-9]{1,3})? ?(B|KB|MB|GB|KiB|MiB|GiB)$';
export const DURATION_PATTERN = '^[0-9]{1,12}(\\.[0-9]{1,3})? ?(ms|s|m|h|d)$';

/** Bytes of `64MiB`, `1.5 GB`, `512B`; undefined for anything else. */
export function parseSize(text: string): number | undefined {
  return parse(text, SIZE_PATTERN, SIZES);
}

/** Milliseconds of `500ms`, `10s`, `2m`, `1h`, `3d`; undefined for anything else. */
export function parseDuration(text: string): number | undefined {
  return parse(text, DURATION_PATTERN, DURATIONS);
}

/** `64MiB`, the largest unit that is exact. */
export function formatSize(bytes: number): string {
  const unit = ['GiB', 'MiB', 'KiB'].find((name) => bytes % (SIZES[name] ?? 1) === 0 && bytes > 0) ?? 'B';
  return `${bytes / (SIZES[unit] ?? 1)}${unit}`;
}

/** `10s`, the largest unit that is exact. */
export function formatDuration(milliseconds: number): string {
  const unit =
    ['d', 'h', 'm', 's'].find((name) => milliseconds % (DURATIONS[name] ?? 1) === 0 && milliseconds > 0) ?? 'ms';
  return `${milliseconds / (DURATIONS[unit] ?? 1)}${unit}`;
}

function parse(text: string, pattern: string, units: Readonly<Record<string, number>>): number | undefined {
  if (!new RegExp(pattern).test(text)) return undefined;
  const [, number = '', unit = ''] = /^([0-9.]+) ?([A-Za-z]+)$/.exec(text) ?? [];
  return Math.round(Number(number) * (units[unit] ?? Number.NaN));
}
