/**
 * Merges locks of two branches, entry by entry. Guarantees that every entry of the result is whole, as one of the branches has
 * it, and that what both changed differently becomes a conflict that no run accepts. Trusts nothing: a lock that cannot
 * be read makes all of it a conflict.
 */
import { isPluginError } from '../core/errors.ts';
import { assertOneDigestPerUrl } from './conflicts.ts';
import { isSameEntry } from './integrity.ts';
import { formatEntry, formatLock } from './format.ts';
import { EMPTY_LOCK, parseLock } from './read.ts';
import type { LockEntry, LockFile } from './types.ts';

export interface LockMerge {
  /** What to write: a lock, or one with conflict markers. */
  readonly text: string;
  /** Why a person has to decide; empty: it is merged. */
  readonly conflicts: readonly string[];
}

interface Sides {
  readonly ours: LockEntry | undefined;
  readonly theirs: LockEntry | undefined;
}

/** Of the texts of the common ancestor and both branches; an empty text is a lock that was not there. */
export function mergeLocks(base: string, ours: string, theirs: string, path: string): LockMerge {
  let locks: readonly [LockFile, LockFile, LockFile];
  try {
    locks = [readSide(base, path), readSide(ours, path), readSide(theirs, path)];
  } catch (error) {
    if (!isPluginError(error, 'ERR_LOCK_INVALID')) throw error;
    return { text: marked(ours, theirs), conflicts: [error.message] };
  }
  const [before, mine, other] = locks;
  const names = new Set([...Object.keys(mine.plugins), ...Object.keys(other.plugins)]);
  const merged = new Map<string, LockEntry>();
  const open = new Map<string, Sides>();
  for (const name of names) {
    const [was, our, their] = [own(before, name), own(mine, name), own(other, name)];
    if (isSameEntry(our, their) || isSameEntry(was, their)) keep(merged, name, our);
    else if (isSameEntry(was, our)) keep(merged, name, their);
    else open.set(name, { ours: our, theirs: their });
  }
  return open.size > 0 ? conflicting(merged, open) : whole(merged, ours, theirs, path);
}

/** A URL that the branches locked with different content is no lock either. */
function whole(merged: ReadonlyMap<string, LockEntry>, ours: string, theirs: string, path: string): LockMerge {
  const lock: LockFile = { lockfileVersion: 1, plugins: Object.fromEntries(merged) };
  try {
    assertOneDigestPerUrl(lock, path);
  } catch (error) {
    if (!isPluginError(error, 'ERR_INTEGRITY')) throw error;
    return { text: marked(ours, theirs), conflicts: [error.message] };
  }
  return { text: formatLock(lock), conflicts: [] };
}

function conflicting(merged: ReadonlyMap<string, LockEntry>, open: ReadonlyMap<string, Sides>): LockMerge {
  const names = [...merged.keys(), ...open.keys()].sort();
  const blocks = names.map((name, index) => {
    const comma = index < names.length - 1 ? ',' : '';
    const show = (entry: LockEntry | undefined): string =>
      entry === undefined ? '' : `    ${JSON.stringify(name)}: ${formatEntry(entry)}${comma}\n`;
    const sides = open.get(name);
    return sides === undefined ? show(merged.get(name)) : marked(show(sides.ours), show(sides.theirs));
  });
  return {
    text: `{\n  "lockfileVersion": 1,\n  "plugins": {\n${blocks.join('')}  }\n}\n`,
    conflicts: [...open].map(([name, { ours, theirs }]) => explain(name, ours, theirs)),
  };
}

function explain(name: string, ours: LockEntry | undefined, theirs: LockEntry | undefined): string {
  if (ours === undefined) return `${name}: removed here, changed there`;
  if (theirs === undefined) return `${name}: changed here, removed there`;
  const [here, there] = [ours.metadata.version, theirs.metadata.version];
  return `${name}: ${here} here, ${here === there ? 'other bytes of it' : there} there`;
}

/** As git marks a conflict: no JSON, whatever stands in it. */
function marked(ours: string, theirs: string): string {
  return `<<<<<<< ours\n${ended(ours)}=======\n${ended(theirs)}>>>>>>> theirs\n`;
}

function ended(text: string): string {
  return text === '' || text.endsWith('\n') ? text : `${text}\n`;
}

function readSide(text: string, path: string): LockFile {
  return text.trim() === '' ? EMPTY_LOCK : parseLock(text, path);
}

function own({ plugins }: LockFile, name: string): LockEntry | undefined {
  return Object.hasOwn(plugins, name) ? plugins[name] : undefined;
}

function keep(merged: Map<string, LockEntry>, name: string, entry: LockEntry | undefined): void {
  if (entry !== undefined) merged.set(name, entry);
}
