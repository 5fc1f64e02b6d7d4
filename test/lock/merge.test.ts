import { describe, expect, test } from 'vitest';
import { lockEntryOf } from '../../src/lock/entry.ts';
import { formatLock } from '../../src/lock/format.ts';
import { mergeLocks } from '../../src/lock/merge.ts';
import { parseLock } from '../../src/lock/read.ts';
import type { LockEntry } from '../../src/lock/types.ts';
import { isWhole } from '../../src/lock/verify.ts';
import { artifactOf, GREETER } from '../support/artifact.ts';
import { caught } from '../support/errors.ts';

const entry = (version: string, files: Readonly<Record<string, string>> = {}): LockEntry =>
  lockEntryOf(artifactOf({ 'mod.ts': `export default ${JSON.stringify(version)}`, ...files }), {
    metadata: { ...GREETER, version },
    permissions: {},
    commands: [],
  });
const text = (plugins: Readonly<Record<string, LockEntry>>): string => formatLock({ lockfileVersion: 1, plugins });
const merge = (base: string, ours: string, theirs: string) => mergeLocks(base, ours, theirs, 'plugins.lock.json');
const [one, two, three] = [entry('1.0.0'), entry('2.0.0'), entry('3.0.0')];

describe('mergeLocks()', () => {
  type Plugins = Readonly<Record<string, LockEntry>>;
  const merged: readonly (readonly [what: string, base: Plugins, ours: Plugins, theirs: Plugins, result: Plugins])[] = [
    ['both add', {}, { a: one }, { b: two }, { a: one, b: two }],
    ['both add the same', { a: one }, { a: one, b: two }, { a: one, b: two }, { a: one, b: two }],
    ['one adds, one removes', { a: one }, {}, { a: one, b: two }, { b: two }],
    ['one updates, one adds', { a: one }, { a: two }, { a: one, b: three }, { a: two, b: three }],
    ['both remove', { a: one, b: one }, { b: one }, { b: one }, { b: one }],
    ['each updates its own', { a: one, b: one }, { a: two, b: one }, { a: one, b: three }, { a: two, b: three }],
  ];
  test.each(merged)('merges what %s', (_, base, ours, theirs, result) => {
    expect(merge(text(base), text(ours), text(theirs))).toEqual({ text: text(result), conflicts: [] });
    expect(merge(text(base), text(theirs), text(ours)).text).toBe(text(result));
    for (const each of Object.values(parseLock(text(result), 'lock').plugins)) expect(isWhole(each)).toBe(true);
  });

  const conflicts: readonly (readonly [what: string, base: Plugins, ours: Plugins, theirs: Plugins, says: string])[] = [
    ['both update differently', { a: one }, { a: two }, { a: three }, 'a: 2.0.0 here, 3.0.0 there'],
    ['one removes and one updates', { a: one }, {}, { a: two }, 'a: removed here, changed there'],
    ['one updates and one removes', { a: one }, { a: two }, {}, 'a: changed here, removed there'],
    ['both add differently', {}, { a: one }, { a: entry('1.0.0', { 'b.ts': '1' }) }, 'a: 1.0.0 here, other bytes'],
  ];
  test.each(conflicts)('leaves what %s to people, in a text that no run accepts', (_, base, ours, theirs, says) => {
    const more = { m: one, z: one };
    const result = merge(text({ ...base, ...more }), text({ ...ours, ...more }), text({ ...theirs, ...more, z: two }));
    expect(result.conflicts).toEqual([expect.stringContaining(says)]);
    const error = caught(() => parseLock(result.text, 'plugins.lock.json'));
    expect(error).toMatchObject({ code: 'ERR_LOCK_INVALID', details: { line: 4 } });
    expect(error.message).toContain('a merge conflict at line 4');
    // Resolved by hand it is a lock again, whichever side is taken: what is no conflict is merged.
    const take = (side: 1 | 2): string =>
      result.text.replace(/^<{7} ours\n([^]*?)={7}\n([^]*?)>{7} theirs\n/m, side === 1 ? '$1' : '$2');
    expect(take(1)).toBe(text({ ...ours, m: one, z: two }));
    expect(take(2)).toBe(text({ ...theirs, m: one, z: two }));
  });

  test('leaves all of it to people where one side is no lock', () => {
    for (const broken of [
      '{',
      '<<<<<<< x\n',
      text({ a: one }).replace('"lockfileVersion": 1', '"lockfileVersion": 2'),
    ]) {
      const result = merge(text({}), text({ a: one }), broken);
      expect(result.conflicts).toHaveLength(1);
      expect(caught(() => parseLock(result.text, 'x')).code).toBe('ERR_LOCK_INVALID');
    }
  });

  test('leaves all of it to people where one URL has two digests', () => {
    const url = 'https://esm.example.com/x.ts';
    const result = merge(
      text({}),
      text({ a: entry('1.0.0', { [url]: 'a' }) }),
      text({ b: entry('1.0.0', { [url]: 'b' }) }),
    );
    expect(result.conflicts).toEqual([expect.stringContaining('two digests')]);
    expect(caught(() => parseLock(result.text, 'x')).code).toBe('ERR_LOCK_INVALID');
  });

  test('takes CRLF, a lock that was not there, and writes LF', () => {
    const crlf = (lock: string): string => lock.replaceAll('\n', '\r\n');
    const result = merge(crlf(text({ a: one })), crlf(text({ a: two })), crlf(text({ a: one, b: three })));
    expect(result).toEqual({ text: text({ a: two, b: three }), conflicts: [] });
    expect(merge('', text({ a: one }), text({ b: two })).text).toBe(text({ a: one, b: two }));
  });
});
