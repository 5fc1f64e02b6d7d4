import { describe, expect, test } from 'vitest';
import { grantPermissions, revokeAll, revokePermissions } from '../../src/control/change-permissions.ts';

describe('grantPermissions()', () => {
  test('adds rules once, and drops the denial of one', () => {
    const now = { net: ['a.example', '!b.example'], events: { publish: ['x.*'] } };
    const more = { net: ['a.example', 'b.example'], env: ['MODE'], events: { subscribe: ['y'] } };
    expect(grantPermissions(now, more)).toEqual({
      net: ['a.example', 'b.example'],
      env: ['MODE'],
      events: { publish: ['x.*'], subscribe: ['y'] },
    });
  });
});

describe('revokePermissions()', () => {
  test.each([
    ['removes the only rule', { net: ['a.example'] }, { net: ['a.example'] }, {}],
    [
      'denies what a wider rule grants',
      { net: ['*.example'] },
      { net: ['a.example'] },
      { net: ['*.example', '!a.example'] },
    ],
    ['keeps denials', { net: ['a.example', '!c.example'] }, { net: ['a.example'] }, { net: ['!c.example'] }],
    ['denies a default', {}, { plugins: ['greeter'] }, { plugins: ['!greeter'] }],
    [
      'takes a topic',
      { events: { publish: ['a'], subscribe: ['b'] } },
      { events: { publish: ['a'] } },
      { events: { subscribe: ['b'] } },
    ],
  ])('%s', (_, now, taken, left) => {
    expect(revokePermissions(now, taken)).toEqual(left);
  });
});

test('revokeAll() denies dependencies, which are granted by default', () => {
  expect(revokeAll([])).toEqual({});
  expect(revokeAll(['greeter'])).toEqual({ plugins: ['!greeter'] });
});
