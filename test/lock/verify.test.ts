import { describe, expect, it } from 'vitest';
import { digestOf, digestOfJson } from '../../src/core/digest.ts';
import { lockedEntry, lockEntryOf } from '../../src/lock/entry.ts';
import { checksumOf } from '../../src/lock/integrity.ts';
import type { LockEntry } from '../../src/lock/types.ts';
import { verify, type ByteSource } from '../../src/lock/verify.ts';
import { artifactOf, GREETER } from '../support/artifact.ts';

const URL_ID = 'https://esm.example.com/dep.ts';
const manifest = { ...GREETER, permissions: { net: ['api.example.com'] }, commands: [] };
const files: Record<string, string> = {
  'mod.ts': 'import "./util.ts";\nexport default 1;\n',
  'util.ts': `import "${URL_ID}";\n`,
  [URL_ID]: 'export {};\n',
  'plugin.json': JSON.stringify(manifest),
};
const description = { metadata: GREETER, permissions: manifest.permissions, commands: [] };
const entry = lockEntryOf(artifactOf(files), description);

function bytes(changed: Record<string, string | undefined> = {}, ids?: string[]): ByteSource {
  const all: Record<string, string | undefined> = { ...files, ...changed };
  return {
    read: async (id) => (all[id] === undefined ? undefined : Buffer.from(all[id])),
    ...(ids === undefined ? {} : { ids }),
  };
}

describe('verify()', () => {
  it('hands on every module with its loader', async () => {
    const verified = await verify('greeter', entry, bytes({}, Object.keys(files)));
    expect([...verified.files.keys()].sort()).toEqual(Object.keys(files).sort());
    expect(verified.files.get('plugin.json')?.loader).toBe('json');
    expect(verified.lock).toBe(entry);
  });

  it.each(Object.keys(files))('refuses %s when its bytes changed', async (module) => {
    const changed = `${files[module] as string} `;
    await expect(verify('greeter', entry, bytes({ [module]: changed }))).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      exitCode: 3,
      plugin: 'greeter',
      details: { plugin: 'greeter', module, expected: entry.modules[module], actual: digestOf(changed) },
    });
  });

  it('refuses a missing module and one that the lock does not name', async () => {
    await expect(verify('greeter', entry, bytes({ 'util.ts': undefined }))).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      details: { module: 'util.ts', actual: 'missing' },
    });
    await expect(verify('greeter', entry, bytes({}, [...Object.keys(files), 'extra.ts']))).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      details: { module: 'extra.ts', expected: 'not in the lock' },
    });
  });

  it('hints at line endings when they are the only difference', async () => {
    const crlf = { 'mod.ts': (files['mod.ts'] as string).replaceAll('\n', '\r\n') };
    await expect(verify('greeter', entry, bytes(crlf))).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      hint: expect.stringContaining('* -text') as string,
    });
    const locked = lockEntryOf(artifactOf({ ...files, ...crlf }), description);
    await expect(verify('greeter', locked, bytes())).rejects.toMatchObject({
      hint: expect.stringContaining('* -text') as string,
    });
  });

  const other = digestOf('other');
  const edits: [string, (entry: LockEntry) => Partial<Record<keyof LockEntry, unknown>>][] = [
    ['source', () => ({ source: './other' })],
    ['resolved', () => ({ resolved: 'other' })],
    ['kind', () => ({ kind: 'component' })],
    ['integrity', () => ({ integrity: other })],
    ['checksum', () => ({ checksum: other })],
    ['entry', () => ({ entry: 'util.ts' })],
    ['sdk', () => ({ sdk: '2' })],
    ['git', () => ({ git: { commit: '0'.repeat(40), folder: '' } })],
    ['metadata', (e) => ({ metadata: { ...e.metadata, version: '9.9.9' } })],
    ['permissions', () => ({ permissions: {} })],
    ['commands', () => ({ commands: [{ name: 'x', help: '', subcommands: [] }] })],
    ['configSchema', () => ({ configSchema: { type: 'object' } })],
    ['importMap', () => ({ importMap: { imports: {} } })],
    ['redirects', () => ({ redirects: { 'https://a.example/': URL_ID } })],
    ['modules', (e) => ({ modules: { ...e.modules, 'mod.ts': other } })],
    [
      'modules (loader)',
      (e) => ({ modules: { ...e.modules, 'mod.ts': { digest: e.modules['mod.ts'], loader: 'js' } } }),
    ],
  ];
  it.each(edits)('refuses an entry whose %s was edited', async (_, edit) => {
    const edited = { ...entry, ...edit(entry) } as LockEntry;
    await expect(verify('greeter', edited, bytes())).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      details: { module: 'plugins.lock.json' },
    });
  });

  it.each(['metadata', 'permissions', 'commands'] as const)(
    'refuses %s that plugin.json does not say, even with a right checksum',
    async (field) => {
      const values = { metadata: { ...GREETER, version: '2.0.0' }, permissions: {}, commands: [{ name: 'x' }] };
      const edited = { ...entry, [field]: values[field] } as LockEntry;
      await expect(verify('greeter', { ...edited, checksum: checksumOf(edited) }, bytes())).rejects.toMatchObject({
        code: 'ERR_INTEGRITY',
        details: { module: 'plugin.json' },
      });
    },
  );
});

describe('integrityOf()', () => {
  it('is the digest of the canonical JSON of entry, modules, redirects, import map and SDK', () => {
    const artifact = artifactOf(
      { 'mod.ts': 'a', 'Z/é".txt': 'b', 'https://a.example/x': 'c' },
      {
        redirects: { 'https://a.example/x': 'https://a.example/y' },
        importMap: { imports: { b: './b.ts', a: './a.ts' } },
      },
    );
    const modules = Object.fromEntries([...artifact.files].map(([id, { digest, loader }]) => [id, { digest, loader }]));
    const { redirects, importMap = {} } = artifact;
    const { integrity } = lockEntryOf(artifact, description);
    expect(integrity).toBe(digestOfJson({ entry: 'mod.ts', sdk: '1', modules, redirects, importMap }));
  });
});

describe('lockEntryOf()', () => {
  it('gives an integrity that does not depend on the place', () => {
    const moved = lockEntryOf(
      artifactOf(files, { source: 'https://a.example/', resolved: 'https://b.example/' }),
      description,
    );
    expect(moved.integrity).toBe(entry.integrity);
    expect(moved.checksum).not.toBe(entry.checksum);
  });

  it.each<[string, Parameters<typeof artifactOf>, string?]>([
    ['the entry', [files, { entry: 'util.ts' }]],
    ['a module', [{ ...files, 'mod.ts': '' }]],
    ['a redirect', [files, { redirects: { 'https://a.example/': URL_ID } }]],
    ['the import map', [files, { importMap: { imports: { a: './b.ts' } } }]],
    ['the SDK version', [files], '2'],
  ])('gives another integrity for another %s', (_, [changed, rest], sdk) => {
    expect(lockEntryOf(artifactOf(changed, rest), description, sdk).integrity).not.toBe(entry.integrity);
  });
});

describe('lockedEntry()', () => {
  it('tells what is not locked from what is locked for another source', () => {
    expect(lockedEntry({ greeter: entry }, 'greeter', './greeter')).toBe(entry);
    expect(() => lockedEntry({}, 'greeter', './greeter')).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_LOCKED', exitCode: 4 }),
    );
    expect(() => lockedEntry({}, 'constructor', undefined)).toThrow(
      expect.objectContaining({ code: 'ERR_NOT_LOCKED' }),
    );
    expect(() => lockedEntry({ greeter: entry }, 'greeter', './other')).toThrow(
      expect.objectContaining({
        code: 'ERR_LOCK_OUTDATED',
        exitCode: 4,
        details: { config: './other', lock: './greeter' },
      }),
    );
    expect(() => lockedEntry({ greeter: { ...entry, sdk: '9' } }, 'greeter', undefined)).toThrow(
      expect.objectContaining({ code: 'ERR_LOCK_OUTDATED' }),
    );
  });
});
