import { describe, expect, it } from 'vitest';
import { lessTrust, refusedLessTrust } from '../../src/trust/policy.ts';

const by = (publisher: string, key: string) => ({ signer: `key:${key}`, signature: { publisher } });
const now = new Date('2026-06-15T23:59:00Z');
const exception = (expires: string) => [{ plugin: 'greeter', reason: 'why not', expires }];

describe('lessTrust()', () => {
  it.each([
    ['nothing was locked', undefined, {}],
    ['it was never signed', {}, {}],
    ['it is signed for the first time', {}, by('acme', 'a')],
    ['the signer is the same', by('acme', 'a'), by('acme', 'a')],
    ['the publisher has another key', by('acme', 'a'), by('acme', 'b')],
    ['the publisher has another name in the config', by('acme', 'a'), by('acme-inc', 'a')],
  ])('lets it pass when %s', (_, before, after) => {
    expect(lessTrust('greeter', before, after, [], now)).toBeUndefined();
  });

  it.each([
    ['it is not signed any more', {}],
    ['it is signed by another publisher', by('labs', 'b')],
  ])('tells when %s', (state, after) => {
    expect(lessTrust('greeter', by('acme', 'a'), after, [], now)).toMatchObject({ state, before: 'acme (key:a)' });
  });

  it('honours an exception to the end of its last day, and says that it ended', () => {
    const check = (expires: string) => lessTrust('greeter', by('acme', 'a'), {}, exception(expires), now)?.state;
    expect(check('2026-06-15')).toBeUndefined();
    expect(check('2026-06-14')).toContain('its exception ended with 2026-06-14');
    expect(lessTrust('other', by('acme', 'a'), {}, exception('2999-01-01'), now)?.state).toContain('not signed');
  });
});

describe('refusedLessTrust()', () => {
  it('says what was, what is, and how to accept it', () => {
    const less = { state: 'it is not signed any more', before: 'acme (key:a)', after: 'not signed' };
    expect(refusedLessTrust('greeter', less, now)).toMatchObject({
      code: 'ERR_POLICY',
      exitCode: 3,
      message: 'Cannot trust "greeter": it is not signed any more',
      details: { expected: 'acme (key:a)', actual: 'not signed' },
      hint: expect.stringMatching(/--allow-less-trust="<why>"[^]+expires: "2026-07-15"/) as string,
    });
  });
});
