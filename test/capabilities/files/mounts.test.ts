import { link, mkdir, readFile, readdir, stat, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parse } from 'yaml';
import { beforeEach, describe, expect, it } from 'vitest';
import { compileGrants } from '../../../src/capabilities/grants.ts';
import type { Permissions } from '../../../src/contract/metadata.ts';
import { refusalOf, rig, tempFolder } from '../harness.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** The permissions that a hint's YAML would set. */
function hinted(hint: string | undefined): Permissions {
  return (parse(hint ?? '') as { plugins: { greeter: { permissions: Permissions } } }).plugins.greeter.permissions;
}

let shared: string;
beforeEach(async () => {
  shared = await tempFolder();
  await mkdir(join(shared, 'sub/deep'), { recursive: true });
  await writeFile(join(shared, 'a.txt'), 'a');
  await writeFile(join(shared, 'sub/b.txt'), 'b');
  await writeFile(join(shared, 'sub/deep/secret.txt'), 'SECRET');
});

const CHANGES = (folder: string) =>
  [
    ['files.write', [`${folder}/a.txt`, bytes('x'), 'w']],
    ['files.write', [`${folder}/new`, bytes('x'), 'wx']],
    ['files.write', [`${folder}/a.txt`, bytes('x'), 'a']],
    ['files.mkdir', [`${folder}/new`, true]],
    ['files.rm', [`${folder}/a.txt`, { recursive: false, force: true }]],
    ['files.rename', [`${folder}/a.txt`, '/data/a']],
    ['files.rename', [`${folder}/a.txt`, `${folder}/b`]],
    ['files.copy', [`${folder}/a.txt`, `${folder}/b`]],
    ['files.truncate', [`${folder}/a.txt`, 0]],
  ] as const;

describe('permissions.read', () => {
  it('mounts a folder at its own path, read-only', async () => {
    const it = await rig({ read: [shared] });
    expect((await it.ask('files.read', [`${shared}/sub/b.txt`])).value).toEqual(bytes('b'));
    expect((await it.ask('files.readdir', [shared])).value).toEqual([
      { name: 'a.txt', kind: 'file' },
      { name: 'sub', kind: 'folder' },
    ]);
    await it.ask('files.copy', [`${shared}/a.txt`, '/data/a']);
    for (const [op, args] of CHANGES(shared)) {
      const error = await refusalOf(it.ask(op, args));
      expect(error).toMatchObject({ code: 'ERR_PERMISSION_DENIED', details: { permission: 'write' } });
    }
    expect(await readdir(shared)).toEqual(['a.txt', 'sub']);
    expect(it.audited[0]).toMatchObject({ capability: 'read', value: `${shared}/sub/b.txt`, rule: shared });
  });

  it('mounts a single file', async () => {
    const file = join(shared, 'a.txt');
    const { ask } = await rig({ read: [file] });
    expect((await ask('files.read', [file])).value).toEqual(bytes('a'));
    expect((await ask('files.stat', [file, true])).value).toMatchObject({ kind: 'file', size: 1 });
    expect((await refusalOf(ask('files.read', [`${file}/x`]))).details['code']).toBe('ENOTDIR');
    expect((await refusalOf(ask('files.readdir', [shared]))).code).toBe('ERR_PERMISSION_DENIED');
    expect((await refusalOf(ask('files.read', [`${shared}/sub/b.txt`]))).code).toBe('ERR_PERMISSION_DENIED');
  });

  it('follows the link that a mount itself is, and none below it', async () => {
    const links = await tempFolder();
    await symlink(shared, join(links, 'mount'));
    await symlink(join(shared, 'sub'), join(shared, 'link'));
    const { ask } = await rig({ read: [join(links, 'mount')] });
    expect((await ask('files.read', [`${links}/mount/a.txt`])).value).toEqual(bytes('a'));
    expect((await refusalOf(ask('files.read', [`${links}/mount/link/b.txt`]))).details['code']).toBe('ELOOP');
    expect((await refusalOf(ask('files.read', [`${shared}/a.txt`]))).code).toBe('ERR_PERMISSION_DENIED');
  });

  it('hides what a denial names, in listings too', async () => {
    const { ask } = await rig({ read: [shared, `!${shared}/sub/deep`] });
    expect((await ask('files.readdir', [`${shared}/sub`])).value).toEqual([{ name: 'b.txt', kind: 'file' }]);
    for (const path of [
      `${shared}/sub/deep`,
      `${shared}/sub/deep/secret.txt`,
      `${shared}/sub/../sub/deep/secret.txt`,
    ]) {
      const error = await refusalOf(ask('files.read', [path]));
      expect(error.message).toContain(`the rule "!${shared}/sub/deep" denies`);
      expect(hinted(error.hint)).toEqual({ read: [shared] });
    }
  });

  it.each([
    ['a file', 'a.txt'],
    ['a folder of the host', ''],
  ])('refuses %s, with the lines that would grant it', async (_what, name) => {
    const path = join(shared, name).replace(/\/$/, '');
    const it = await rig({ read: ['/usr/share/x'] });
    const error = await refusalOf(it.ask('files.stat', [path, true]));
    expect(error.message).toBe(`Cannot stat "${path}": "greeter" has no read permission for ${path}`);
    expect(hinted(error.hint)).toEqual({ read: ['/usr/share/x', path] });
    it.broker.setGrants(compileGrants(hinted(error.hint), { name: 'greeter' }));
    await it.ask('files.stat', [path, true]);
  });

  it("reaches none of the host's own folders, whatever mount is around them", async () => {
    const hidden = join(shared, 'sub/deep');
    await symlink(hidden, join(shared, 'alias'));
    const { ask } = await rig({ write: [shared, join(shared, 'alias')] }, { hidden: [hidden] });
    for (const path of [`${hidden}/secret.txt`, `${shared}/alias/secret.txt`]) {
      expect((await refusalOf(ask('files.read', [path]))).details['code']).toBe('EACCES');
    }
    expect((await refusalOf(ask('files.readdir', [hidden]))).details['code']).toBe('EACCES');
    expect(
      (await refusalOf(ask('files.rm', [shared + '/sub', { recursive: true, force: true }]))).details['code'],
    ).toBe('EACCES');
    expect((await refusalOf(ask('files.rename', [hidden, `${shared}/visible`]))).details['code']).toBe('EACCES');
    expect((await refusalOf(ask('files.rename', [`${shared}/sub`, `${shared}/visible`]))).details['code']).toBe(
      'EACCES',
    );
    expect(await readFile(join(hidden, 'secret.txt'), 'utf8')).toBe('SECRET');
  });
});

it.each(['w', 'a'] as const)('a hidden file is neither read, written (%s), moved nor removed', async (how) => {
  const config = join(shared, 'sub/plugins.yaml');
  await writeFile(config, 'plugins: {}');
  const { ask } = await rig({ write: [shared] }, { hidden: [config] });
  for (const [op, args] of [
    ['files.read', [config]],
    ['files.write', [config, bytes('x'), how]],
    ['files.truncate', [config, 0]],
    ['files.copy', [config, '/data/x']],
    ['files.copy', [`${shared}/a.txt`, config]],
    ['files.rename', [`${shared}/a.txt`, config]],
    ['files.rename', [config, `${shared}/x`]],
    ['files.rename', [`${shared}/sub`, `${shared}/x`]],
    ['files.rm', [config, { recursive: false, force: true }]],
    ['files.rm', [`${shared}/sub`, { recursive: true, force: true }]],
  ] as const) {
    expect((await refusalOf(ask(op, args))).details['code']).toBe('EACCES');
  }
  expect(await readFile(config, 'utf8')).toBe('plugins: {}');
  await ask('files.write', [`${shared}/sub/b.txt`, bytes('x'), how]);
});

describe('permissions.write', () => {
  it('mounts a folder read-write, outside of the quota', async () => {
    const it = await rig({ write: [shared] }, { limits: { storage: 10, files: 1 } });
    await it.ask('files.write', [`${shared}/new`, new Uint8Array(1_000), 'w']);
    await it.ask('files.mkdir', [`${shared}/x/y`, true]);
    await it.ask('files.rename', [`${shared}/new`, `${shared}/x/y/z`]);
    expect((await it.ask('files.stat', [`${shared}/x/y/z`, true])).value).toMatchObject({ size: 1_000 });
    await it.ask('files.rm', [`${shared}/x`, { recursive: true, force: false }]);
    expect(await it.broker.storage()).toEqual({ bytes: 0, files: 0 });
    expect((await refusalOf(it.ask('files.rm', [shared, { recursive: true, force: true }]))).details['code']).toBe(
      'EBUSY',
    );
    expect((await refusalOf(it.ask('files.rename', [`${shared}/a.txt`, '/data/a']))).details['code']).toBe('EXDEV');
  });

  it('keeps the mode of a file it replaces', async () => {
    const { ask } = await rig({ write: [shared] });
    await writeFile(join(shared, 'run.sh'), 'x', { mode: 0o750 });
    await ask('files.write', [`${shared}/run.sh`, bytes('y'), 'w']);
    expect((await stat(join(shared, 'run.sh'))).mode & 0o777).toBe(0o750);
  });

  it.each([
    ['denied for writing', { write: true, read: false }],
    ['denied for reading', { write: false, read: true }],
  ])('changes nothing %s, and moves or removes no folder around it', async (_what, where) => {
    const denial = `!${shared}/sub/deep`;
    const permissions: Permissions = {
      write: where.write ? [shared, denial] : [shared],
      ...(where.read ? { read: [denial] } : {}),
    };
    const { ask } = await rig(permissions);
    for (const [op, args] of [
      ['files.write', [`${shared}/sub/deep/secret.txt`, bytes('x'), 'w']],
      ['files.rm', [`${shared}/sub/deep`, { recursive: true, force: true }]],
      ['files.rm', [`${shared}/sub`, { recursive: true, force: true }]],
      ['files.rename', [`${shared}/sub`, `${shared}/moved`]],
      ['files.rename', [`${shared}/sub/deep`, `${shared}/moved`]],
    ] as const) {
      expect((await refusalOf(ask(op, args))).code).toBe('ERR_PERMISSION_DENIED');
    }
    const reading = ask('files.read', [`${shared}/sub/deep/secret.txt`]).then(
      () => 'read',
      (error: { code?: string }) => error.code,
    );
    expect(await reading).toBe(where.read ? 'ERR_PERMISSION_DENIED' : 'read');
    await ask('files.write', [`${shared}/sub/b.txt`, bytes('x'), 'w']);
  });

  it('is hinted with both lists where a denial of reading stands in the way', async () => {
    const it = await rig({ read: [`!${shared}/sub`], write: [shared, `!${shared}/sub/b.txt`] });
    const error = await refusalOf(it.ask('files.write', [`${shared}/sub/b.txt`, bytes('x'), 'w']));
    expect(hinted(error.hint)).toEqual({ read: [], write: [shared] });
    it.broker.setGrants(compileGrants(hinted(error.hint), { name: 'greeter' }));
    await it.ask('files.write', [`${shared}/sub/b.txt`, bytes('x'), 'w']);
  });

  it('does not change a file in place that has a second name', async () => {
    const other = join(await tempFolder(), 'other');
    await link(join(shared, 'a.txt'), other);
    const { ask } = await rig({ write: [shared] });
    expect((await refusalOf(ask('files.write', [`${shared}/a.txt`, bytes('x'), 'a']))).details['code']).toBe('EMLINK');
    await ask('files.write', [`${shared}/a.txt`, bytes('x'), 'w']);
    expect(await readFile(other, 'utf8')).toBe('a');
  });
});

it('setGrants() with fewer mounts ends the access', async () => {
  const it = await rig({ read: [shared] });
  await it.ask('files.read', [`${shared}/a.txt`]);
  it.broker.setGrants(compileGrants({}, { name: 'greeter' }));
  expect((await refusalOf(it.ask('files.read', [`${shared}/a.txt`]))).code).toBe('ERR_PERMISSION_DENIED');
});
