import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOOL, toolNamed, workshop, type Workshop } from './support.ts';

/** Processes whose parent is this one, by the kernel's own list. */
async function childrenOf(pid: number | undefined): Promise<number[]> {
  const text = await readFile(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8');
  return text.split(' ').filter(Boolean).map(Number);
}

/** Those that still run: a zombie that nobody has waited for has no command line. */
async function alive(pids: readonly number[]): Promise<number[]> {
  const lines = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return pids.filter((_, index) => lines[index] !== '');
}

const SLOW = `
import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({
  metadata: { name: 'slow', version: '1.0.0', description: '', author: 'a', license: 'MIT' },
  stop: () => new Promise((resolve) => setTimeout(resolve, 8000)),
});
`;

describe('aitbc start', () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await workshop({ 'tool.js': TOOL, 'other.js': toolNamed('other') });
    await shop.aitbc(['plugin', 'add', './tool.js', '--yes', '--allow-net=api.example.com']);
    await shop.aitbc(['plugin', 'add', './other.js', '--yes']);
  });
  afterAll(() => shop.remove());

  test.each(['SIGINT', 'SIGTERM'] as const)(
    'shows what runs, stays up until %s, stops everything and exits 0',
    async (signal) => {
      const host = shop.spawn(['start']);
      await host.says('Ctrl-C stops.');
      expect(host.stdout()).toContain('2 of 2 plugins running');
      expect(host.stdout()).toMatch(/^tool +1\.0\.0 +active +\.\/tool\.js +net api\.example\.com$/m);
      expect(host.stdout()).toMatch(/^other +1\.0\.0 +active +\.\/other\.js +-$/m);
      const children = await childrenOf(host.child.pid);
      expect(children.length).toBeGreaterThan(0);
      // To the whole process group, as a terminal does it.
      process.kill(-(host.child.pid ?? 0), signal);
      expect(await host.ended()).toEqual({ status: 0, signal: null });
      expect(host.stderr()).toContain(`${signal}: stopping 2 plugins`);
      expect(host.stderr()).not.toContain('error');
      expect(await alive(children)).toEqual([]);
    },
  );

  test('--json streams one document a line', async () => {
    const host = shop.spawn(['start', '--json']);
    await host.says('"type":"started"');
    host.child.kill('SIGINT');
    expect((await host.ended()).status).toBe(0);
    const lines = host
      .stdout()
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.every(({ schema }) => schema === 1)).toBe(true);
    expect(lines[0]).toMatchObject({
      type: 'started',
      ok: true,
      plugins: [{ name: 'tool', status: 'active' }, { name: 'other' }],
    });
    expect(lines.map(({ type }) => type)).toEqual(expect.arrayContaining(['stopping', 'status', 'stopped']));
    expect(lines.at(-1)).toMatchObject({ type: 'stopped' });
  });

  test('starts the others when one is refused, and says why; with --frozen it starts none', async () => {
    await using own = await workshop({ 'tool.js': TOOL, 'other.js': toolNamed('other') });
    await own.aitbc(['plugin', 'add', './tool.js', '--yes']);
    await own.aitbc(['plugin', 'add', './other.js', '--yes']);
    await own.write({ 'other.js': `${toolNamed('other')}// tampered` });
    const host = own.spawn(['start']);
    await host.says('Ctrl-C stops.');
    expect(host.stdout()).toContain('1 of 2 plugins running');
    await host.says('error[ERR_INTEGRITY]');
    expect(host.stderr().match(/does not match plugins\.lock\.json/g)).toHaveLength(1);
    host.child.kill('SIGTERM');
    expect((await host.ended()).status).toBe(0);
    const frozen = await own.aitbc(['start', '--frozen']);
    expect(frozen.status).toBe(3);
    expect(frozen.stderr).toContain('error[ERR_INTEGRITY]');
  });

  test('exits with the refusal when nothing can start', async () => {
    const config = 'plugins:\n  tool: { enabled: true, source: ./tool.js }\n';
    await using own = await workshop({ 'tool.js': TOOL, 'plugins.yaml': config });
    const { status, stderr } = await own.aitbc(['start']);
    expect(status).toBe(4);
    expect(stderr).toContain('error[ERR_NOT_LOCKED]');
    expect(stderr).toContain('aitbc plugin lock');
  });

  test('ends at once on a second signal, and leaves no process', async () => {
    await using own = await workshop({ 'slow.js': SLOW });
    await own.aitbc(['plugin', 'add', './slow.js', '--yes']);
    const host = own.spawn(['start']);
    await host.says('Ctrl-C stops.');
    const children = await childrenOf(host.child.pid);
    host.child.kill('SIGINT');
    await host.says('again to end at once');
    host.child.kill('SIGINT');
    expect((await host.ended()).status).toBe(130);
    await expect.poll(() => alive(children)).toEqual([]);
  });
});
