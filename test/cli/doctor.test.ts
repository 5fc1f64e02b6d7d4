import { chmod } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { lookAtNode, lookAtPlatform } from '../../src/cli/doctor.ts';
import { TOOL, workshop, type Workshop } from './support.ts';

interface Finding {
  readonly what: string;
  readonly state: string;
  readonly found: string;
}

async function findings(
  shop: Workshop,
  env: Record<string, string> = {},
): Promise<{ status: number | null; all: Finding[] }> {
  const { stdout, status } = await shop.aitbc(['plugin', 'doctor', '--json'], { env });
  return { status, all: (JSON.parse(stdout) as { data: { findings: Finding[] } }).data.findings };
}

test('plugin doctor says what protects this machine, and that all is well', async () => {
  await using shop = await workshop({ 'tool.js': TOOL });
  await shop.aitbc(['plugin', 'add', './tool.js', '--yes']);
  const { status, all } = await findings(shop);
  expect(status).toBe(0);
  const state = (what: string): string | undefined => all.find((each) => each.what === what)?.state;
  for (const what of ['runtime process', 'config', 'data folder', 'cache folder', 'lock and cache']) {
    expect([what, state(what)]).toEqual([what, 'ok']);
  }
  expect(all.map(({ what }) => what)).toEqual(expect.arrayContaining(['Node.js', 'platform', 'bubblewrap', 'prlimit']));
  const text = await shop.aitbc(['plugin', 'doctor']);
  expect(text.stdout).toMatch(/^ok +runtime process +starts, drops every permission/m);
});

test('plugin doctor names what is missing, what that means, and exits with 1 where plugins cannot run', async () => {
  await using shop = await workshop({ 'tool.js': TOOL });
  await shop.aitbc(['plugin', 'add', './tool.js', '--yes']);
  // Nothing of a PATH: neither bubblewrap nor prlimit.
  const bare = await findings(shop, { PATH: '/nonexistent' });
  expect(bare.status).toBe(0);
  expect(bare.all.find(({ what }) => what === 'bubblewrap')).toMatchObject({
    state: 'warning',
    found: 'not installed',
  });
  await shop.write({ 'plugins.yaml': 'hardening: on\nplugins: {}\n' });
  const on = await findings(shop, { PATH: '/nonexistent' });
  expect(on.status).toBe(1);
  expect(on.all.find(({ what }) => what === 'bubblewrap')).toMatchObject({ state: 'failure' });
  await shop.write({
    'plugins.yaml': 'plugins:\n  tool: { enabled: true, source: ./tool.js }\n',
    'tool.js': `${TOOL}//`,
  });
  await chmod(join(shop.path, '.aitbc'), 0o777).catch(() => undefined);
  const wrong = await findings(shop);
  expect(wrong.status).toBe(1);
  expect(wrong.all.find(({ what }) => what === 'plugin tool')).toMatchObject({ state: 'failure' });
  await shop.write({ 'plugins.yaml': 'plugins: [1]\n' });
  expect((await findings(shop)).all.find(({ what }) => what === 'config')).toMatchObject({ state: 'failure' });
});

test('hardening: on runs nothing without bubblewrap', async () => {
  await using shop = await workshop({ 'tool.js': TOOL });
  await shop.aitbc(['plugin', 'add', './tool.js', '--yes']);
  await shop.write({ 'plugins.yaml': 'hardening: on\nplugins:\n  tool: { enabled: true, source: ./tool.js }\n' });
  const { status, stderr } = await shop.aitbc(['plugin', 'call', 'tool', 'greet', '["x"]'], {
    env: { PATH: '/nonexistent' },
  });
  expect(status).toBe(1);
  expect(stderr).toContain('error[ERR_STATE]');
  expect(stderr).toContain('apt install bubblewrap');
});

test('lookAtNode() and lookAtPlatform() warn of what is not tested', () => {
  expect(lookAtNode('26.1.0').state).toBe('ok');
  expect(lookAtNode('25.0.0').state).toBe('warning');
  expect(lookAtPlatform('linux').state).toBe('ok');
  expect(lookAtPlatform('darwin').state).toBe('warning');
});
