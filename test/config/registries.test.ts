import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { rejected } from '../support/errors.ts';

const load = (registries: unknown) =>
  loadConfig({ object: { plugins: {}, registries }, cwd: '/srv/app', env: { HOME: '/home/ada' } });

describe('registries in the config', () => {
  it('are a list in order, of addresses or names and addresses', async () => {
    const { registries } = await load([
      'https://plugins.example.com:8443/index.json',
      { name: 'acme', url: 'git+https://git.example.com/acme/plugins.git#main:registry' },
      './registry',
      '/srv/shared/index.json',
      'git+ssh://git@host/team/list.git',
      { url: 'https://tuf.example.com/index.json', tuf: { root: './root.json' } },
    ]);
    expect(registries).toEqual([
      { name: 'plugins.example.com', url: 'https://plugins.example.com:8443/index.json' },
      { name: 'acme', url: 'git+https://git.example.com/acme/plugins.git#main:registry' },
      { name: 'registry', url: './registry' },
      { name: 'shared', url: '/srv/shared/index.json' },
      { name: 'list', url: 'git+ssh://git@host/team/list.git' },
      { name: 'tuf.example.com', url: 'https://tuf.example.com/index.json', tuf: { root: '/srv/app/root.json' } },
    ]);
    expect((await loadConfig({ object: { plugins: {} }, cwd: '/srv/app', env: {} })).registries).toBeUndefined();
  });

  const wrong: readonly (readonly [string, unknown, RegExp])[] = [
    ['a text in place of the list', './registry', /must be a list/],
    ['a number', [7], /registries\[0\] must be/],
    ['an empty address', [''], /registries\[0\]/],
    ['no address', [{ name: 'acme' }], /registries\[0\]\.url is missing/],
    ['an unknown key', [{ url: './x', token: 'y' }], /registries\[0\]\.token is not a known key/],
    ['a name with a slash', [{ name: 'a/b', url: './x' }], /registries\[0\]\.name/],
    ['a variable', ['https://${HOST}/index.json'], /must be written out/],
    ['an address that gives no name', ['.'], /registries\[0\] needs a name/],
    ['one name twice', ['./a/reg', './b/reg'], /registries\[1\] has the name of registries\[0\]: "reg"/],
    [
      'one name in two cases',
      ['./reg', { name: 'REG', url: './b' }],
      /registries\[1\] has the name of registries\[0\]/,
    ],
    ['TUF without a root', [{ url: './x', tuf: {} }], /root is missing/],
  ];
  it.each(wrong)('refuses %s', async (_, registries, message) => {
    const error = await rejected(load(registries));
    expect(error.code).toBe('ERR_CONFIG_INVALID');
    expect(error.message).toMatch(message);
  });
});
