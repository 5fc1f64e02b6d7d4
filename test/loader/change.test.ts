import { describe, expect, it } from 'vitest';
import type { RequestedPermissions } from '../../src/contract/metadata.ts';
import { changeOf } from '../../src/loader/change.ts';
import { lockEntryOf } from '../../src/lock/entry.ts';
import { artifactOf, GREETER } from '../support/artifact.ts';

const entry = (permissions: RequestedPermissions, files: Record<string, string> = { 'mod.ts': 'a' }) =>
  lockEntryOf(artifactOf(files), { metadata: GREETER, permissions, commands: [] });

describe('changeOf()', () => {
  it.each<[string, RequestedPermissions, RequestedPermissions, string[]]>([
    ['nothing', { net: ['a.example'] }, { net: ['a.example'] }, []],
    ['nothing when one goes', { net: ['a.example', 'b.example'] }, { net: ['b.example'] }, []],
    ['nothing when the reason changes', { net: [{ value: 'a', reason: 'x' }] }, { net: ['a'] }, []],
    ['a host', {}, { net: ['a.example'] }, ['net: a.example']],
    ['a wider pattern', { net: ['a.example'] }, { net: ['*.example'] }, ['net: *.example']],
    [
      'topics',
      { events: { publish: ['a'] } },
      { events: { publish: ['a'], subscribe: ['#'] } },
      ['events.subscribe: #'],
    ],
    ['a denial that went', { net: ['*', '!a.example'] }, { net: ['*'] }, ['net: !a.example (no longer denied)']],
    ['nothing when a denial comes', { net: ['*'] }, { net: ['*', '!a.example'] }, []],
  ])('names as widened %s', (_, before, after, widened) => {
    expect(changeOf('greeter', entry(before), entry(after)).widened).toEqual(widened);
  });

  it('names all that a new plugin asks for', () => {
    const change = changeOf('greeter', undefined, entry({ env: ['HOME'], read: ['/x'] }));
    expect(change).toMatchObject({ kind: 'added', widened: ['env: HOME', 'read: /x'], modules: { added: ['mod.ts'] } });
  });

  it('names modules that came, went and changed', () => {
    const before = entry({}, { 'mod.ts': 'a', 'old.ts': 'x', 'same.ts': 's' });
    const after = entry({}, { 'mod.ts': 'b', 'new.ts': 'x', 'same.ts': 's' });
    expect(changeOf('greeter', before, after)).toMatchObject({
      kind: 'changed',
      modules: { added: ['new.ts'], removed: ['old.ts'], changed: ['mod.ts'] },
    });
    expect(changeOf('greeter', before, before).kind).toBe('unchanged');
    expect(changeOf('greeter', before, undefined).kind).toBe('removed');
  });
});
