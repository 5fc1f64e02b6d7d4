import { describe, expect, it } from 'vitest';
import { assertNoLessTrust } from '../../src/trust/policy.ts';

const by = (publisher: string, key: string) => ({ signer: `key:${key}`, signature: { publisher } });
const now = new Date('2026-06-15T23:59:00Z');
const exception = (expires: string) => [{ plugin: 'greeter', reason: 'why not', expires }];

describe('assertNoLessTrust()', () => {
  it.each([
    ['nothing was locked', undefined, {}],
    ['it was never signed', {}, {}],
    ['it is signed for the first time', {}, by('acme', 'a')],
    ['the signer is the same', by('acme', 'a'), by('acme', 'a')],
    ['the publisher has another key', by('acme', 'a'), by('acme', 'b')],
    ['the publisher has another name in the config', by('acme', 'a'), by('acme-inc', 'a')],
  ])('lets it pass when %s', (_, before, after) => {
    expect(() => assertNoLessTrust('greeter', before, after, [], now)).not.toThrow();
  });

  it.each([
    ['it is not signed any more', {}],
    ['it is signed by another publisher', by('labs', 'b')],
  ])('refuses when %s', (state, after) => {
    expect(() => assertNoLessTrust('greeter', by('acme', 'a'), after, [], now)).toThrow(
      expect.objectContaining({
        code: 'ERR_POLICY',
        exitCode: 3,
        message: `Cannot trust "greeter": ${state}`,
        hint: expect.stringContaining('expires: "2026-07-15"') as string,
      }),
    );
  });

  it('honours an exception to the end of its last day, and says that it ended', () => {
    const check = (expires: string) => () => assertNoLessTrust('greeter', by('acme', 'a'), {}, exception(expires), now);
    expect(check('2026-06-15')).not.toThrow();
    expect(check('2026-06-14')).toThrow('its exception ended with 2026-06-14');
    expect(() => assertNoLessTrust('other', by('acme', 'a'), {}, exception('2999-01-01'), now)).toThrow('not signed');
  });
});
