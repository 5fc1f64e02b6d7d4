import { expect, test } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { rejected } from '../support/errors.ts';

const load = (vulnerabilities: object) =>
  loadConfig({ object: { plugins: {}, trust: { vulnerabilities } }, cwd: '/srv/app', env: { HOME: '/home/ada' } });

test('trust.vulnerabilities blocks nothing unless it says so, and takes a week for new', async () => {
  expect((await load({})).trust?.vulnerabilities).toEqual({
    block: undefined,
    unchecked: 'warn',
    api: undefined,
    database: [],
    maxAge: 168 * 3_600_000,
    ignore: [],
  });
});

test('trust.vulnerabilities has absolute paths, base units, and every ignore with its reason and end', async () => {
  const ignore = { id: 'CVE-2021-23337', plugin: 'greeter', reason: 'not reached', expires: '2026-12-31' };
  const config = await load({
    block: 'high',
    unchecked: 'refuse',
    api: 'https://api.osv.dev/',
    database: ['./osv', '~/all.zip', 'https://osv.example/all.zip'],
    max_age: '24h',
    ignore: [ignore],
  });
  expect(config.trust?.vulnerabilities).toEqual({
    block: 'high',
    unchecked: 'refuse',
    api: 'https://api.osv.dev',
    database: ['/srv/app/osv', '/home/ada/all.zip', 'https://osv.example/all.zip'],
    maxAge: 86_400_000,
    ignore: [ignore],
  });
});

test.each([
  ['an unknown severity', { block: 'moderate' }, 'block'],
  ['an ignore without a reason', { ignore: [{ id: 'A', expires: '2026-12-31' }] }, 'reason'],
  ['an ignore without an end', { ignore: [{ id: 'A', reason: 'x' }] }, 'expires'],
  [
    'an end that is no day',
    { ignore: [{ id: 'A', reason: 'x', expires: '2026-02-30' }] },
    'must be a day of the calendar',
  ],
  ['an API with a password', { api: 'https://me:secret@osv.example' }, 'must be a URL without user'],
  ['an age without a unit', { max_age: '7' }, 'max_age'],
  ['an age without a limit', { max_age: '999999h' }, 'from 1h to 3650d'],
  ['a variable', { api: 'https://${HOST}' }, 'cannot hold ${…}'],
])('trust.vulnerabilities refuses %s', async (_, value, says) => {
  const error = await rejected(load(value));
  expect(error).toMatchObject({ code: 'ERR_CONFIG_INVALID' });
  expect(`${error.message} ${JSON.stringify(error.details)}`).toContain(says);
});
