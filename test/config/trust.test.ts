import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { rejected } from '../support/errors.ts';

const KEY = 'MCowBQYDK2VwAyEAuZFzFje6eFu8wxr72Z5o+QxpCr/VyKm/R67uIDHVKQs=';
const load = (trust: object, plugins: object = {}) =>
  loadConfig({ object: { plugins, trust }, cwd: '/srv/app', env: { HOME: '/home/ada' } });

describe('trust in the config', () => {
  it('knows who is trusted, for what, and what must be signed', async () => {
    const identity = { issuer: 'https://token.example', subject: 'release@acme.example' };
    const config = await load(
      {
        publishers: { acme: { keys: [KEY, './acme.pub', '~/b.pub'], identities: [identity] } },
        namespaces: { 'acme-*': ['acme'], '*': ['acme'] },
        require: 'signed',
        sources: { './': 'none' },
        trusted_root: './root.json',
        exceptions: [{ plugin: 'x', reason: 'moved', expires: '2026-02-28' }],
      },
      { x: { enabled: true, source: './x', require: 'none' } },
    );
    expect(config.trust).toEqual({
      publishers: new Map([
        [
          'acme',
          { keys: [{ text: KEY }, { file: '/srv/app/acme.pub' }, { file: '/home/ada/b.pub' }], identities: [identity] },
        ],
      ]),
      namespaces: new Map([
        ['acme-*', ['acme']],
        ['*', ['acme']],
      ]),
      require: 'signed',
      sources: new Map([['./', 'none']]),
      trustedRoot: '/srv/app/root.json',
      exceptions: [{ plugin: 'x', reason: 'moved', expires: '2026-02-28' }],
    });
    expect(config.plugins.get('x')?.require).toBe('none');
  });

  it('is not there where the config does not say it', async () => {
    const config = await loadConfig({ object: { plugins: { x: { enabled: true } } }, cwd: '/srv', env: {} });
    expect(config).not.toHaveProperty('trust');
    expect(config.plugins.get('x')).not.toHaveProperty('require');
    expect((await load({})).trust?.require).toBe('none');
  });

  const known = { publishers: { acme: { keys: [KEY] } } };
  it.each<[what: string, trust: object, message: string]>([
    ['a misspelt key', { publisher: {} }, 'did you mean "publishers"?'],
    ['a misspelt requirement', { require: 'sign' }, 'trust.require'],
    ['an unknown publisher', { ...known, namespaces: { 'x-*': ['acne'] } }, 'did you mean "acme"?'],
    ['a namespace that is no name', { ...known, namespaces: { '*-x': ['acme'] } }, 'trust.namespaces'],
    ['a namespace of nobody', { ...known, namespaces: { 'x-*': [] } }, 'trust.namespaces'],
    ['a publisher without a key', { publishers: { acme: {} } }, 'must have keys, identities or both'],
    [
      'identities without a root',
      { publishers: { acme: { identities: [{ issuer: 'https://a.example', subject: 'x' }] } } },
      'trust.trusted_root',
    ],
    [
      'an identity without an issuer',
      { trusted_root: 'x', publishers: { acme: { identities: [{ subject: 'x' }] } } },
      'issuer',
    ],
    [
      'an issuer that is no URL',
      { trusted_root: 'x', publishers: { acme: { identities: [{ issuer: 'x', subject: 'x' }] } } },
      'issuer',
    ],
    [
      'an age without a unit',
      { minimum_age: '3' },
      'trust.minimum_age must be a duration with its unit, like 3d: a release must',
    ],
    ['a key from the environment', { publishers: { acme: { keys: ['${KEY}'] } } }, 'must be written out'],
    ['an exception without a reason', { exceptions: [{ plugin: 'x', expires: '2026-01-01' }] }, 'reason'],
    ['an exception without an end', { exceptions: [{ plugin: 'x', reason: 'y' }] }, 'expires'],
    [
      'a day that is none',
      { exceptions: [{ plugin: 'x', reason: 'y', expires: '2026-02-30' }] },
      'must be a day of the calendar',
    ],
  ])('refuses %s', async (_, trust, message) => {
    const error = await rejected(load(trust));
    expect(error.code).toBe('ERR_CONFIG_INVALID');
    expect(error.message).toContain(message);
  });
});
