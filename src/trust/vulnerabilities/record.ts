/**
 * One record of OSV, cut down to what matching needs. Guarantees a plain, bounded shape; what cannot be understood for a package stays
 * there as a fault, so that it is reported and not passed over. Trusts nobody: records come from archives and servers.
 */
import { parse as parseVersion } from 'semver';
import { messageOf } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { Rating } from './severity-order.ts';
import { rate } from './severity.ts';

/** What one record says of one package. */
export interface Advisory {
  readonly id: string;
  readonly aliases: readonly string[];
  /** RFC 3339. */
  readonly modified: string;
  readonly summary: string;
  readonly ecosystem: string;
  readonly package: string;
  readonly rating: Rating;
  /** Exact versions. */
  readonly versions: readonly string[];
  readonly ranges: readonly Range[];
  /** Why it cannot be said which versions it is about; undefined: it can. */
  readonly fault?: string;
}

/** Events in the order of their versions. */
export interface Range {
  readonly events: readonly RangeEvent[];
  /** Versions from which on the range says nothing; none: it has no end. */
  readonly limits: readonly string[];
}

export interface RangeEvent {
  readonly kind: 'introduced' | 'fixed' | 'last_affected';
  readonly version: string;
}

export interface OsvRecord {
  readonly id: string;
  readonly modified: string;
  /** For it says nothing any more: it has no advisories. */
  readonly withdrawn: boolean;
  readonly advisories: readonly Advisory[];
}

/** Ecosystems whose versions are compared as semver. */
export const SEMVER_ECOSYSTEMS: ReadonlySet<string> = new Set(['npm', 'crates.io']);

const MAX_LIST = 20_000;
const MAX_EVENTS = 10_000;

type Fields = Readonly<Record<string, unknown>>;

/** Throws an Error that says what is wrong with a record of which not even the packages can be told. */
export function readRecord(value: unknown): OsvRecord {
  if (!isObject(value)) throw new Error('it is no object');
  const id = text(value['id'], 'its id', 128);
  if (!/^[A-Za-z0-9][\w.:+-]*$/.test(id)) throw new Error(`its id is "${printable(id, { max: 64 })}"`);
  const modified = instant(value['modified'], 'its modified');
  if (value['withdrawn'] !== undefined && value['withdrawn'] !== null) {
    instant(value['withdrawn'], 'its withdrawn');
    return { id, modified, withdrawn: true, advisories: [] };
  }
  const summary = printable(typeof value['summary'] === 'string' ? value['summary'] : '', { max: 300 });
  const aliases = strings(value['aliases'], 'its aliases').filter((alias) => alias !== id);
  const affected = list(value['affected'], 'its affected');
  const advisories = affected.flatMap((item): Advisory[] => {
    if (!isObject(item)) throw new Error('one of its affected is no object');
    if (item['package'] === undefined || item['package'] === null) return [];
    if (!isObject(item['package'])) throw new Error('one of its packages is no object');
    // `Debian:11`: the release belongs to the ecosystem, and is none of ours.
    const ecosystem = text(item['package']['ecosystem'], 'an ecosystem', 256);
    const name = text(item['package']['name'], 'the name of a package', 1_024);
    const rated = rate(value, item);
    // Malware is published without a score.
    const rating: Rating = rated.severity === 'unknown' && id.startsWith('MAL-') ? { severity: 'critical' } : rated;
    const common = { id, aliases, modified, summary, ecosystem, package: name, rating };
    return [{ ...common, ...rangesOf(item) }];
  });
  return { id, modified, withdrawn: false, advisories };
}

function rangesOf(item: Fields): Pick<Advisory, 'versions' | 'ranges' | 'fault'> {
  let versions: readonly string[] = [];
  try {
    versions = strings(item['versions'], 'its versions');
    const ranges = list(item['ranges'], 'its ranges').flatMap((range) => readRange(range));
    if (versions.length === 0 && ranges.length === 0) throw new Error('it names no versions');
    return { versions, ranges };
  } catch (error) {
    return { versions, ranges: [], fault: printable(messageOf(error), { max: 200 }) };
  }
}

function readRange(value: unknown): Range[] {
  if (!isObject(value)) throw new Error('one of its ranges is no object');
  const { type } = value;
  // Of commits, not of releases.
  if (type === 'GIT') return [];
  if (type !== 'SEMVER' && type !== 'ECOSYSTEM')
    throw new Error(`it has a range of the type ${String(type).slice(0, 64)}`);
  const events: RangeEvent[] = [];
  const limits: string[] = [];
  const given = list(value['events'], 'the events of a range');
  if (given.length > MAX_EVENTS) throw new Error(`a range has ${given.length} events`);
  for (const event of given) {
    const [entry, ...more] = isObject(event) ? Object.entries(event) : [];
    if (entry === undefined || more.length > 0) throw new Error('an event of a range is not one event');
    const [kind, at] = entry;
    const version = text(at, 'the version of an event', 256);
    if (kind === 'limit') {
      if (version !== '*') assertVersion(version);
      limits.push(version);
    } else if (kind === 'introduced' || kind === 'fixed' || kind === 'last_affected') {
      if (version !== '0' || kind !== 'introduced') assertVersion(version);
      events.push({ kind, version });
    } else throw new Error(`it has an event called ${printable(kind, { max: 64 })}`);
  }
  if (!events.some(({ kind }) => kind === 'introduced')) throw new Error('a range begins nowhere');
  return [{ events, limits }];
}

function assertVersion(version: string): void {
  if (parseVersion(version) === null) throw new Error(`${printable(version, { max: 64 })} is no semantic version`);
}

function list(value: unknown, what: string): readonly unknown[] {
  if (value === undefined || value === null) return [];
  if (!Array.isArray(value)) throw new Error(`${what} is no list`);
  if (value.length > MAX_LIST) throw new Error(`${what} has ${value.length} entries`);
  return value;
}

function strings(value: unknown, what: string): string[] {
  return list(value, what).map((item) => text(item, what, 256));
}

function text(value: unknown, what: string, max: number): string {
  if (typeof value !== 'string' || value === '') throw new Error(`${what} is no text`);
  if (value.length > max) throw new Error(`${what} has ${value.length} characters`);
  return value;
}

function instant(value: unknown, what: string): string {
  const written = text(value, what, 64);
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z$/.test(written) || Number.isNaN(Date.parse(written))) {
    throw new Error(`${what} is no time`);
  }
  return written;
}

function isObject(value: unknown): value is Fields {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
