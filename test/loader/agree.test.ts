import { describe, expect, it } from 'vitest';
import { assertAgrees } from '../../src/loader/agree.ts';
import { lockEntryOf } from '../../src/lock/entry.ts';
import type { PluginDescription } from '../../src/protocol/requests.ts';
import { artifactOf, GREETER } from '../support/artifact.ts';
import { caught } from '../support/errors.ts';

const commands = [{ name: 'greet', help: 'Greet', subcommands: [{ name: 'say', help: 'Say it' }] }];
const locked = { metadata: GREETER, permissions: { net: ['a.example'] }, commands, configSchema: { type: 'object' } };
const withManifest = lockEntryOf(artifactOf({ 'mod.ts': '', 'plugin.json': '{}' }), locked);
const without = lockEntryOf(artifactOf({ 'mod.ts': '' }), locked);

const same: PluginDescription = {
  metadata: { ...GREETER, permissions: { net: ['a.example'] } },
  commands,
  configSchema: { type: 'object' },
  methods: [],
  interfaces: ['cli'],
};

describe('assertAgrees()', () => {
  it.each([
    ['beside a manifest', withManifest],
    ['without one', without],
  ])('accepts code that says the same %s', (_, lock) => {
    expect(() => assertAgrees({ name: 'greeter', lock }, same)).not.toThrow();
  });

  it.each<[string, Partial<PluginDescription>]>([
    ['metadata', { metadata: { ...GREETER, version: '6.6.6', permissions: { net: ['a.example'] } } }],
    ['permissions', { metadata: { ...GREETER, permissions: { net: ['evil.example'] } } }],
    ['commands', { commands: [{ name: 'evil', help: '', subcommands: [{ name: 'x', help: '' }] }] }],
  ])('refuses code that says other %s', (field, change) => {
    for (const lock of [withManifest, without]) {
      const error = caught(() => assertAgrees({ name: 'greeter', lock }, { ...same, ...change }));
      expect(error).toMatchObject({ code: 'ERR_METADATA', plugin: 'greeter' });
      expect(error.message).toContain(field);
    }
  });

  it('lets a manifest say more than the code, but not the lock of a plugin without one', () => {
    const less = { ...same, metadata: GREETER, commands: [], configSchema: {} };
    expect(() => assertAgrees({ name: 'greeter', lock: withManifest }, less)).not.toThrow();
    expect(caught(() => assertAgrees({ name: 'greeter', lock: without }, less)).code).toBe('ERR_METADATA');
  });

  it.each<[string, Partial<PluginDescription>]>([
    ['metadata that is none', { metadata: 'evil' }],
    ['commands that are none', { commands: 7 }],
    ['a schema that is a list', { configSchema: [] }],
    ['a schema with a date', { configSchema: { default: new Date(0) } }],
  ])('refuses %s', (_, change) => {
    expect(caught(() => assertAgrees({ name: 'greeter', lock: withManifest }, { ...same, ...change })).code).toBe(
      'ERR_METADATA',
    );
  });
});
