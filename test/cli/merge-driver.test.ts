import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { lockEntryOf } from '../../src/lock/entry.ts';
import { formatLock } from '../../src/lock/format.ts';
import { readLock } from '../../src/lock/read.ts';
import type { LockEntry } from '../../src/lock/types.ts';
import { isWhole } from '../../src/lock/verify.ts';
import { artifactOf, GREETER } from '../support/artifact.ts';
import { createRepository, type TestRepository } from '../support/git-server.ts';
import { temporaryFolder } from '../support/temp.ts';
import { AITBC, workshop } from './support.ts';

type Plugins = Readonly<Record<string, LockEntry>>;
const LOCK = 'plugins.lock.json';
const entry = (version: string, more: Readonly<Record<string, string>> = {}): LockEntry =>
  lockEntryOf(artifactOf({ 'mod.ts': `export default ${JSON.stringify(version)}`, ...more }), {
    metadata: { ...GREETER, version },
    permissions: {},
    commands: [],
  });
const text = (plugins: Plugins): string => formatLock({ lockfileVersion: 1, plugins });
const [one, two, three] = [entry('1.0.0'), entry('2.0.0'), entry('3.0.0')];
const MANY = Object.fromEntries(['b', 'd', 'f', 'h'].map((name) => [name, one]));

/** A repository where `main` and `other` went different ways. */
async function parted(
  folder: string,
  options: { readonly driver: boolean; readonly attributes?: string; readonly eol?: string },
  [base, ours, theirs]: readonly [string, string, string],
): Promise<TestRepository> {
  const repository = await createRepository(folder);
  const { git, commit } = repository;
  const attributes = options.attributes ?? `${LOCK} merge=aitbc-lock\n`;
  // Where git gives files other line ends, it does so after the merge.
  const as = (lock: string): string => (options.eol === 'crlf' ? lock.replaceAll('\n', '\r\n') : lock);
  if (options.driver) {
    await git('config', 'merge.aitbc-lock.driver', `"${process.execPath}" "${AITBC}" plugin merge-driver %O %A %B %P`);
  }
  await commit({ '.gitattributes': attributes, ...(base === '' ? {} : { [LOCK]: as(base) }) });
  await git('checkout', '-q', '-b', 'other');
  await commit({ [LOCK]: as(theirs) });
  await git('checkout', '-q', 'main');
  await commit({ [LOCK]: as(ours) });
  return repository;
}

const merge = async ({ git }: TestRepository, ...options: string[]): Promise<string> =>
  git('merge', '-q', '--no-edit', ...options, 'other').then(
    () => 'merged',
    (error: Error & { stdout?: string; stderr?: string }) => `${error.stdout ?? ''}${error.stderr ?? ''}`,
  );

describe('git with aitbc plugin merge-driver', () => {
  test('merges what both added side by side, where its own merge finds a conflict', async () => {
    await using folder = await temporaryFolder();
    const sides = [text({}), text({ a: one }), text({ b: two })] as const;
    const plain = await parted(join(folder.path, 'plain'), { driver: false }, sides);
    expect(await merge(plain)).toContain('CONFLICT');
    const driven = await parted(join(folder.path, 'driven'), { driver: true }, sides);
    expect(await merge(driven)).toBe('merged');
    expect(await readFile(join(driven.path, LOCK), 'utf8')).toBe(text({ a: one, b: two }));
    expect(await driven.git('status', '--porcelain')).toBe('');
  });

  test('merges a lock that neither had before, with CRLF', async () => {
    await using folder = await temporaryFolder();
    const sides = ['', text({ a: one }), text({ b: two })] as const;
    const driven = await parted(folder.path, { driver: true, eol: 'crlf' }, sides);
    expect(await merge(driven)).toBe('merged');
    expect(await readFile(join(driven.path, LOCK), 'utf8')).toBe(text({ a: one, b: two }));
  });

  test.each<[string, Plugins, Plugins, string]>([
    ['both updated', { a: two }, { a: three }, 'a: 2.0.0 here, 3.0.0 there'],
    ['one removed and one updated', {}, { a: two }, 'a: removed here, changed there'],
  ])('leaves a conflict of what %s, which every command refuses with its line', async (_, ours, theirs, says) => {
    await using folder = await temporaryFolder();
    const sides = [text({ a: one }), text(ours), text({ ...theirs, z: one })] as const;
    const driven = await parted(folder.path, { driver: true }, sides);
    const said = await merge(driven);
    expect(said).toContain(says);
    expect(said).toContain('CONFLICT');
    expect(await driven.git('status', '--porcelain')).toContain(`UU ${LOCK}`);
    const lock = await readFile(join(driven.path, LOCK), 'utf8');

    await using shop = await workshop({
      [LOCK]: lock,
      'plugins.yaml': 'plugins:\n  a:\n    enabled: true\n    source: ./greeter\n',
    });
    const line = lock.split('\n').indexOf('<<<<<<< ours') + 1;
    for (const words of [['start'], ['plugin', 'call', 'a', 'x'], ['plugin', 'lock']]) {
      const refused = await shop.aitbc(words);
      expect(refused.status).toBe(2);
      expect(refused.stderr).toContain('error[ERR_LOCK_INVALID]');
      expect(refused.stderr).toContain(`a merge conflict at line ${line}`);
    }
  });

  test('that is not installed leaves the lock of this branch, in conflict', async () => {
    await using folder = await temporaryFolder();
    const sides = [text({ a: one }), text({ a: two }), text({ a: three })] as const;
    const repository = await parted(folder.path, { driver: false }, sides);
    await repository.git('config', 'merge.aitbc-lock.driver', 'no-such-aitbc plugin merge-driver %O %A %B %P');
    expect(await merge(repository)).toContain('CONFLICT');
    expect(await readFile(join(repository.path, LOCK), 'utf8')).toBe(text({ a: two }));
    expect(await repository.git('status', '--porcelain')).toContain(`UU ${LOCK}`);
  });

  test('says how it is installed', async () => {
    await using shop = await workshop();
    const { status, stdout } = await shop.aitbc(['plugin', 'merge-driver']);
    expect(status).toBe(0);
    expect(stdout).toContain('plugins.lock.json merge=aitbc-lock\n');
    expect(stdout).toContain('git config merge.aitbc-lock.driver "aitbc plugin merge-driver %O %A %B %P"\n');
    expect((await shop.aitbc(['plugin', 'merge-driver', 'x'])).status).toBe(2);
  });
});

describe('git alone', () => {
  const files = (more: string): Readonly<Record<string, string>> =>
    Object.fromEntries(
      ['a', 'b', 'c', 'd', 'e', 'f', 'g'].map((name) => [`${name}.ts`, name === more ? 'new' : 'old']),
    );
  const updates: readonly (readonly [what: string, sides: readonly [Plugins, Plugins, Plugins]])[] = [
    ['add', [{}, { a: one }, { b: two }]],
    ['add the same name', [MANY, { ...MANY, c: two }, { ...MANY, c: three }]],
    [
      'update one entry in different lines',
      [{ a: entry('1.0.0', files('')) }, { a: entry('1.0.0', files('a')) }, { a: entry('1.0.0', files('g')) }],
    ],
    ['update different entries', [MANY, { ...MANY, b: two }, { ...MANY, h: three }]],
    ['update and remove', [MANY, { ...MANY, d: two }, { b: one, f: one, h: one }]],
  ];
  const ways: readonly (readonly [way: string, attributes: string, options: readonly string[]])[] = [
    ['merge', '', []],
    ['merge -X ours', '', ['-X', 'ours']],
    ['merge -X theirs', '', ['-X', 'theirs']],
    ['merge=union', `${LOCK} merge=union\n`, []],
  ];

  test.each(ways)('never makes a lock of mixed content that is accepted: %s', async (_, attributes, options) => {
    for (const [, [base, ours, theirs]] of updates) {
      await using folder = await temporaryFolder();
      const sides = [text(base), text(ours), text(theirs)] as const;
      const repository = await parted(folder.path, { driver: false, attributes }, sides);
      await merge(repository, ...options);
      const lock = await readLock(join(repository.path, LOCK)).catch((error: { code?: string }) => error.code);
      if (lock === 'ERR_LOCK_INVALID') continue;
      if (typeof lock !== 'object') throw new Error(`refused otherwise: ${lock}`);
      const known = [base, ours, theirs].flatMap((side) =>
        Object.entries(side).map(([name, { checksum }]) => `${name} ${checksum}`),
      );
      const accepted = Object.entries(lock.plugins).filter(([, each]) => isWhole(each));
      // What its own sums let pass is an entry as one of the branches has it, under its own name.
      expect(known).toEqual(expect.arrayContaining(accepted.map(([name, { checksum }]) => `${name} ${checksum}`)));
    }
  });

  test('merges two lines of one entry by -X ours into one that its checksum refuses', async () => {
    await using folder = await temporaryFolder();
    const [, sides] = updates[2]!;
    const [base, ours, theirs] = sides.map(text) as [string, string, string];
    const repository = await parted(folder.path, { driver: false, attributes: '' }, [base, ours, theirs]);
    expect(await merge(repository, '-X', 'ours')).toBe('merged');
    const merged = await readFile(join(repository.path, LOCK), 'utf8');
    expect([ours, theirs]).not.toContain(merged);
    await using shop = await workshop({ [LOCK]: merged });
    await writeFile(join(shop.path, 'plugins.yaml'), 'plugins:\n  a:\n    enabled: true\n    source: ./greeter\n');
    const refused = await shop.aitbc(['plugin', 'call', 'a', 'x']);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('error[ERR_INTEGRITY]');
  });
});
