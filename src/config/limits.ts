import { formatDuration, formatSize, parseDuration, parseSize } from './units.ts';
import type { FetchConfig, Limits } from './types.ts';

/** One number of the config: its key, unit, default and range (base units: bytes, milliseconds, counts). */
export interface Quantity {
  readonly key: string;
  readonly kind: 'size' | 'duration' | 'count';
  readonly default: number;
  readonly min: number;
  readonly max: number;
  readonly help: string;
}

const KiB = 1_024;
const MiB = 1_024 ** 2;
const GiB = 1_024 ** 3;
const HOUR = 3_600_000;

/** `limits`: every limit there is. docs/config.md and the schema say what stands here. */
export const LIMITS: Readonly<Record<keyof Limits, Quantity>> = {
  memory: size('memory', 64 * MiB, 8 * MiB, 8 * GiB, 'Heap, array buffers and WebAssembly memory together'),
  cpu: duration('cpu', 500, 1, HOUR, 'CPU time of one call'),
  timeout: duration('timeout', 10_000, 1, 24 * HOUR, 'Wall time of one call'),
  startTimeout: duration('start_timeout', 10_000, 1, HOUR, 'Wall time of initialize, and of start'),
  stopTimeout: duration('stop_timeout', 10_000, 1, HOUR, 'Wall time of draining and stop together, and of cleanup'),
  storage: size('storage', 100 * MiB, 0, 1_024 * GiB, 'Bytes of /data and /tmp together'),
  files: count('files', 10_000, 0, 10_000_000, 'Files and folders in /data and /tmp together'),
  concurrency: count('concurrency', 64, 1, 100_000, 'Calls that run at the same time; more wait'),
  message: size('message', 4 * MiB, 4 * KiB, 16 * MiB, 'One message to or from the plugin'),
  logRate: count('log_rate', 200, 0, 1_000_000, 'Log lines a second'),
  eventRate: count('event_rate', 1_000, 0, 1_000_000, 'Published events a second'),
  timers: count('timers', 1_000, 0, 1_000_000, 'Timers at the same time'),
  netConcurrency: count('net_concurrency', 32, 0, 10_000, 'Outgoing requests at the same time'),
  netRate: count('net_rate', 600, 0, 10_000_000, 'Outgoing requests a minute'),
  netBytes: size('net_bytes', 64 * MiB, 0, 64 * GiB, 'Body of one request or response'),
};

type FetchQuantity = Exclude<keyof FetchConfig, 'allowInsecure' | 'ca' | 'tokens'>;

/** `fetch`: what downloading a plugin may take. */
export const FETCH_LIMITS: Readonly<Record<FetchQuantity, Quantity>> = {
  maxModuleBytes: size('max_module', 16 * MiB, KiB, 4 * GiB, 'One module'),
  maxArchiveBytes: size('max_archive', 64 * MiB, KiB, 16 * GiB, 'One archive or repository, unpacked'),
  maxModules: count('max_modules', 5_000, 1, 1_000_000, 'Modules of one plugin'),
  timeout: duration('timeout', 120_000, 1, 24 * HOUR, 'One request'),
  idleTimeout: duration('idle_timeout', 20_000, 1, HOUR, 'Silence of a server before a request is given up'),
  retries: count('retries', 3, 0, 20, 'Further tries after a network error'),
};

/** `trust.vulnerabilities.max_age` */
export const MAX_AGE: Quantity = duration('max_age', 168 * HOUR, HOUR, 87_600 * HOUR, 'Age of the local database');

/** The value in base units, or what was expected instead. */
export function readQuantity(quantity: Quantity, value: unknown): number | string {
  const expected = describe(quantity);
  let number: number | undefined;
  if (quantity.kind === 'count') number = Number.isInteger(value) ? (value as number) : undefined;
  else if (typeof value === 'string') number = quantity.kind === 'size' ? parseSize(value) : parseDuration(value);
  if (number === undefined) return `must be ${expected}`;
  if (number < quantity.min || number > quantity.max) {
    return `must be ${expected} from ${format(quantity, quantity.min)} to ${format(quantity, quantity.max)}`;
  }
  return number;
}

/** Every default of a table, with what `values` says instead; unknown keys and wrong values are reported, not used. */
export function readQuantities<K extends string>(
  table: Readonly<Record<K, Quantity>>,
  values: Readonly<Record<string, unknown>>,
  report: (key: string, message: string) => void,
  defaults?: Readonly<Record<K, number>>,
): Record<K, number> {
  const out = {} as Record<K, number>;
  for (const name of Object.keys(table) as K[]) {
    const quantity = table[name];
    out[name] = defaults?.[name] ?? quantity.default;
    if (!Object.hasOwn(values, quantity.key)) continue;
    const read = readQuantity(quantity, values[quantity.key]);
    if (typeof read === 'number') out[name] = read;
    else report(quantity.key, read);
  }
  return out;
}

export const DEFAULT_LIMITS: Limits = readQuantities(LIMITS, {}, () => {});

/** What the config says, or its default, of the limit with this key: `500ms`. Undefined for a key that is none. */
export function spellLimit(limits: Limits, key: string): string | undefined {
  const name = (Object.keys(LIMITS) as (keyof Limits)[]).find((each) => LIMITS[each].key === key);
  return name === undefined ? undefined : format(LIMITS[name], limits[name]);
}

/** In the config's own spelling: `64MiB`, `500ms`, `64`. */
export function format(quantity: Quantity, value: number): string {
  if (quantity.kind === 'size') return formatSize(value);
  return quantity.kind === 'duration' ? formatDuration(value) : String(value);
}

export function describe(quantity: Quantity): string {
  if (quantity.kind === 'size') return 'a size with its unit, like 64MiB or 512KB';
  return quantity.kind === 'duration' ? 'a duration with its unit, like 500ms or 10s' : 'a whole number';
}

function size(key: string, preset: number, min: number, max: number, help: string): Quantity {
  return { key, kind: 'size', default: preset, min, max, help };
}
function duration(key: string, preset: number, min: number, max: number, help: string): Quantity {
  return { key, kind: 'duration', default: preset, min, max, help };
}
function count(key: string, preset: number, min: number, max: number, help: string): Quantity {
  return { key, kind: 'count', default: preset, min, max, help };
}
