import { describe, expect, it } from 'vitest';
import { refusalOf, rig } from '../harness.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe('files', () => {
  it('keeps what a plugin writes in /data', async () => {
    const { ask } = await rig();
    await ask('files.mkdir', ['/data/a/b', true]);
    await ask('files.write', ['/data/a/b/c.txt', bytes('one'), 'w']);
    await ask('files.write', ['/data/a/b/c.txt', bytes(' two'), 'a']);
    expect((await ask('files.read', ['/data/a/b/c.txt'])).value).toEqual(bytes('one two'));
    expect((await ask('files.readdir', ['/data/a'])).value).toEqual([{ name: 'b', kind: 'folder' }]);
    expect((await ask('files.stat', ['/data/a/b/c.txt', true])).value).toMatchObject({ kind: 'file', size: 7 });
    await ask('files.rename', ['/data/a/b/c.txt', '/tmp/d.txt']);
    await ask('files.copy', ['/tmp/d.txt', '/data/e.txt']);
    await ask('files.truncate', ['/data/e.txt', 3]);
    expect((await ask('files.read', ['/data/e.txt'])).value).toEqual(bytes('one'));
    await ask('files.rm', ['/data/a', { recursive: true, force: false }]);
    expect((await refusalOf(ask('files.stat', ['/data/a', true]))).details['code']).toBe('ENOENT');
  });
});
