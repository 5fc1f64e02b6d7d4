import { spawn } from 'node:child_process';
import { mkdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { lstat, mkdir, mkdtemp, readdir, readFile, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { EMPTY_LOCK, readLock } from '../../src/lock/read.ts';
import { lockEntryOf } from '../../src/lock/entry.ts';
import { updateLock } from '../../src/lock/update.ts';
import { artifactOf, GREETER } from '../support/artifact.ts';
import { run } from '../support/run.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'plugins.lock.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const WRITER = new URL('../support/lock-writer.ts', import.meta.url).pathname;
const entry = lockEntryOf(artifactOf({ 'mod.ts': 'x' }), { metadata: GREETER, permissions: {}, commands: [] });
const add = (name: string) => (lock: typeof EMPTY_LOCK) => ({ ...lock, plugins: { ...lock.plugins, [name]: entry } });

describe('updateLock()', () => {
  it('loses nothing when processes add at the same time', async () => {
    const runs = await Promise.all(
      ['a', 'b', 'c', 'd'].map((prefix) => run(process.execPath, [WRITER, path, prefix, '10'])),
    );
    expect(runs.map(({ status, stderr }) => [status, stderr])).toEqual(runs.map(() => [0, '']));
    expect(Object.keys((await readLock(path)).plugins)).toHaveLength(40);
    expect(await readdir(folder)).toEqual(['plugins.lock.json']);
  });

  it('loses nothing when one process adds many at the same time', async () => {
    await Promise.all(Array.from({ length: 20 }, (_, index) => updateLock(path, add(`p${index}`))));
    expect(Object.keys((await readLock(path)).plugins)).toHaveLength(20);
  });

  it('leaves a valid lock with all that was confirmed when its process is killed at any moment', async () => {
    const confirmed = new Set<string>();
    const end = Date.now() + 4_000;
    for (let round = 0; round < 12 && Date.now() < end; round += 1) {
      // The lock of the one that was killed is stale at once: what is tested here is the file.
      await rm(`${path}.lock`, { recursive: true, force: true });
      const child = spawn(process.execPath, [WRITER, path, `r${round}`, '1000'], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      let started: () => void = () => {};
      const first = new Promise<void>((resolve) => (started = resolve));
      let text = '';
      child.stdout.on('data', (chunk: Buffer) => {
        text += chunk.toString();
        started();
      });
      await first;
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 60));
      child.kill('SIGKILL');
      await new Promise((resolve) => child.once('close', resolve));
      for (const name of text.split('\n').slice(0, -1)) confirmed.add(name);
      const names = Object.keys((await readLock(path)).plugins);
      expect([...confirmed].filter((name) => !names.includes(name))).toEqual([]);
    }
    expect(confirmed.size).toBeGreaterThan(3);
  });

  it('takes over the file lock of a killed process', async () => {
    await mkdir(`${path}.lock`);
    const old = new Date(Date.now() - 6_000);
    await utimes(`${path}.lock`, old, old);
    await updateLock(path, add('x'));
    expect(Object.keys((await readLock(path)).plugins)).toEqual(['x']);
    expect(await readdir(folder)).toEqual(['plugins.lock.json']);
  });

  it('writes nothing over what another process wrote while this one was asleep', async () => {
    let stolen = false;
    await updateLock(path, (lock) => {
      if (!stolen) {
        stolen = true;
        // What a process that took a stale lock over does meanwhile.
        const other = JSON.stringify({ lockfileVersion: 1, plugins: { other: entry } });
        writeFileSync(path, other);
      }
      return add('mine')(lock);
    });
    expect(Object.keys((await readLock(path)).plugins).sort()).toEqual(['mine', 'other']);
  });

  it('refuses to write when its file lock was taken over', async () => {
    await updateLock(path, add('first'));
    const before = await readFile(path, 'utf8');
    await expect(
      updateLock(path, (lock) => {
        rmdirSync(`${path}.lock`);
        mkdirSync(`${path}.lock`);
        return add('late')(lock);
      }),
    ).rejects.toMatchObject({ code: 'ERR_STORE', retryable: true });
    expect(await readFile(path, 'utf8')).toBe(before);
    expect(await readdir(folder)).toContain('plugins.lock.json.lock');
  });

  it('writes through a link and keeps it', async () => {
    const real = join(folder, 'real.json');
    await writeFile(real, JSON.stringify(EMPTY_LOCK));
    await symlink(real, path);
    await updateLock(path, add('x'));
    expect(await readFile(real, 'utf8')).toBe(await readFile(path, 'utf8'));
    expect((await readdir(folder)).sort()).toEqual(['plugins.lock.json', 'real.json']);
    expect((await lstat(path)).isSymbolicLink()).toBe(true);
  });

  it('does not write what did not change', async () => {
    await updateLock(path, add('x'));
    const old = new Date(1_000_000);
    await utimes(path, old, old);
    await updateLock(path, add('x'));
    expect((await lstat(path)).mtimeMs).toBe(old.getTime());
  });

  it('refuses to write over a lock it cannot read', async () => {
    await writeFile(path, '<<<<<<< HEAD\n');
    await expect(updateLock(path, add('x'))).rejects.toMatchObject({ code: 'ERR_LOCK_INVALID' });
    expect(await readFile(path, 'utf8')).toBe('<<<<<<< HEAD\n');
    expect(await readdir(folder)).toEqual(['plugins.lock.json']);
  });

  it('says at once that a folder is not there', async () => {
    await expect(updateLock(join(folder, 'no', 'lock.json'), add('x'))).rejects.toMatchObject({ code: 'ERR_STORE' });
  });
});
