import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { TOOL, workshop, type Workshop } from './support.ts';

const json = (text: string): Record<string, unknown> => JSON.parse(text) as Record<string, unknown>;

describe('aitbc plugin', () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await workshop({ 'tool/mod.js': TOOL, 'sub/empty.txt': '' });
  });
  afterAll(() => shop.remove());
  const config = (): Promise<string> => readFile(join(shop.path, 'plugins.yaml'), 'utf8');

  test('add asks before it writes; where nobody can answer it says what to pass, and writes nothing', async () => {
    const { status, stderr } = await shop.aitbc(['plugin', 'add', './tool/mod.js']);
    expect(status).toBe(2);
    expect(stderr).toContain('+ tool 1.0.0');
    expect(stderr).toMatch(/asks for {2}.*api\.example\.com \(rates\)|env: TOOL_MODE/);
    expect(stderr).toContain('aitbc plugin add ./tool/mod.js --yes');
    await expect(config()).rejects.toThrow('ENOENT');
    const { stdout } = await shop.aitbc(['plugin', 'add', './tool/mod.js', '--json']);
    expect(json(stdout)).toMatchObject({ ok: false, error: { code: 'ERR_USAGE' } });
  });

  test('add --dry-run shows it and the consent it needs, and writes nothing', async () => {
    const { status, stdout } = await shop.aitbc(['plugin', 'add', './tool/mod.js', '--dry-run']);
    expect(status).toBe(0);
    expect(stdout).toMatch(/--grant=sha256:[0-9a-f]{64}/);
    expect(stdout).toContain('Nothing was written.');
    await expect(config()).rejects.toThrow('ENOENT');
  });

  test('add --grant takes the consent for these requests, and for no others', async () => {
    await using other = await workshop({ 'tool.js': TOOL });
    const dry = json((await other.aitbc(['plugin', 'add', './tool.js', '--dry-run', '--json'])).stdout);
    const { grant } = (dry['data'] as { change: { grant: string } }).change;
    const wrong = await other.aitbc(['plugin', 'add', './tool.js', `--grant=sha256:${'0'.repeat(64)}`]);
    expect(wrong.status).toBe(3);
    expect(wrong.stderr).toContain('ERR_PERMISSION_DENIED');
    const { status, stdout } = await other.aitbc(['plugin', 'add', './tool.js', `--grant=${grant}`]);
    expect(status).toBe(0);
    expect(stdout).not.toContain('Not granted');
    const text = await readFile(join(other.path, 'plugins.yaml'), 'utf8');
    expect(text).toContain('- api.example.com');
    expect(text).toContain('- TOOL_MODE');
  });

  test('add --yes grants nothing; --allow-env grants that alone; paths are relative to the current folder', async () => {
    const { status, stdout } = await shop.aitbc(['plugin', 'add', '../tool/mod.js', '--yes', '--allow-env=TOOL_MODE'], {
      cwd: join(shop.path, 'sub'),
      env: { AITBC_CONFIG: join(shop.path, 'plugins.yaml') },
    });
    expect(status).toBe(0);
    expect(stdout).toContain('Added tool 1.0.0');
    expect(stdout).toContain('Not granted, and refused when it tries: net: api.example.com');
    expect(await config()).toBe(
      'plugins:\n  tool:\n    enabled: true\n    source: ./tool/mod.js\n    permissions:\n      env:\n        - TOOL_MODE\n',
    );
    expect(json(await readFile(join(shop.path, 'plugins.lock.json'), 'utf8'))).toMatchObject({ lockfileVersion: 1 });
  });

  test('list and info read config and lock', async () => {
    const { stdout } = await shop.aitbc(['plugin', 'list']);
    expect(stdout).toMatch(
      /^NAME +VERSION +ENABLED +LOCK +SIGNER +SOURCE +ABOUT\ntool +1\.0\.0 +enabled +locked +- +\.\/tool\/mod\.js +A tool\n$/,
    );
    const listed = json((await shop.aitbc(['plugin', 'list', '--json'])).stdout);
    expect(listed).toMatchObject({ schema: 1, ok: true, data: { plugins: [{ name: 'tool', locked: 'yes' }] } });
    const info = (await shop.aitbc(['plugin', 'info', 'tool'])).stdout;
    expect(info).toContain('net: api.example.com (rates)');
    expect(info).toContain('tool echo | upper');
    expect((await shop.aitbc(['plugin', 'info', 'toll'])).status).toBe(2);
  });

  test('disable and enable write one word of the config, and keep what stands around it', async () => {
    const before = `# mine\n${await config()}`;
    await shop.write({ 'plugins.yaml': before });
    expect((await shop.aitbc(['plugin', 'disable', 'tool'])).stdout).toBe('Disabled tool.\n');
    expect(await config()).toBe(before.replace('enabled: true', 'enabled: false'));
    expect((await shop.aitbc(['tool', 'done'])).status).toBe(2);
    expect((await shop.aitbc(['plugin', 'enable', 'tool'])).stdout).toBe('Enabled tool.\n');
    expect(await config()).toBe(before);
    expect((await shop.aitbc(['plugin', 'enable', 'toool'])).status).toBe(2);
  });

  test('lock --check exits 4 when the source has changed; nothing runs until it is locked', async () => {
    expect((await shop.aitbc(['plugin', 'lock', '--check'])).status).toBe(0);
    await shop.write({ 'tool/mod.js': `${TOOL}// changed\n` });
    const check = await shop.aitbc(['plugin', 'lock', '--check']);
    expect(check.status).toBe(4);
    expect(check.stderr).toContain('tool would be changed');
    const refused = await shop.aitbc(['tool', 'done']);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('error[ERR_INTEGRITY]');
    const frozen = await shop.aitbc(['plugin', 'lock'], { env: { CI: 'true' } });
    expect(frozen.status).toBe(2);
    expect((await shop.aitbc(['plugin', 'lock'])).stdout).toBe('Locked tool.\n');
    expect((await shop.aitbc(['tool', 'done'])).status).toBe(0);
  });

  test('update asks for consent to wider permissions, and grants what was consented to', async () => {
    await shop.write({ 'tool/mod.js': TOOL.replace("env: ['TOOL_MODE']", "env: ['TOOL_MODE', 'TOOL_KEY']") });
    const dry = (await shop.aitbc(['plugin', 'update', '--dry-run'])).stdout;
    expect(dry).toContain('env: TOOL_KEY (new)');
    const consent = /--grant=sha256:[0-9a-f]{64}/.exec(dry)?.[0] ?? '';
    const refused = await shop.aitbc(['plugin', 'update', '--yes']);
    expect(refused.status).toBe(3);
    expect(refused.stderr).toContain('it asks for more than before: env: TOOL_KEY');
    expect(refused.stderr).toContain(consent);
    expect((await shop.aitbc(['plugin', 'update', consent])).status).toBe(0);
    expect(await config()).toContain('        - TOOL_KEY\n');
    expect((await shop.aitbc(['plugin', 'update'])).stdout).toBe('Nothing has changed.\n');
  });

  test('fetch makes everything ready for a start without a network', async () => {
    expect((await shop.aitbc(['plugin', 'fetch'])).stdout).toBe('ready tool\n1 plugin ready.\n');
    expect((await shop.aitbc(['--offline', 'tool', 'done'])).status).toBe(0);
  });

  test('call prints what a method returns', async () => {
    const { status, stdout } = await shop.aitbc(['plugin', 'call', 'tool', 'greet', '["Ada"]']);
    expect(status).toBe(0);
    expect(json(stdout)).toEqual({ text: 'Hello Ada', big: '10' });
    const document = json((await shop.aitbc(['plugin', 'call', 'tool', 'greet', '["Ada"]', '--json'])).stdout);
    expect(document).toEqual({ schema: 1, ok: true, data: { value: { text: 'Hello Ada', big: '10' } } });
  });

  test("call shows what the plugin threw, with the plugin's own place, and exits 1", async () => {
    const { status, stdout, stderr } = await shop.aitbc(['plugin', 'call', 'tool', 'fail']);
    expect({ status, stdout }).toEqual({ status: 1, stdout: '' });
    expect(stderr).toContain('error[ERR_PLUGIN_THREW]');
    expect(stderr).toContain('it broke');
    expect(stderr).toMatch(/mod\.js:\d+:\d+/);
  });

  test.each<[string, string[], string]>([
    ['a plugin that is not there', ['plugin', 'call', 'toool', 'greet'], 'did you mean "tool"?'],
    ['a method that is not there', ['plugin', 'call', 'tool', 'nope'], 'greet'],
    ['a lifecycle method', ['plugin', 'call', 'tool', 'stop'], 'stop'],
  ])('call refuses %s with exit 2', async (_what, args, message) => {
    const { status, stderr } = await shop.aitbc(args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
  });

  test('remove takes it out of config and lock', async () => {
    expect((await shop.aitbc(['plugin', 'remove', 'tool'])).status).toBe(0);
    expect(await config()).toBe('# mine\nplugins: {}\n');
    const lock = json(await readFile(join(shop.path, 'plugins.lock.json'), 'utf8'));
    expect(lock).toEqual({ lockfileVersion: 1, plugins: {} });
    expect((await shop.aitbc(['plugin', 'remove', 'tool'])).status).toBe(2);
  });
});

describe('aitbc plugin add for a name that the config has', () => {
  test('needs --replace for another source, which does not inherit the grants', async () => {
    await using shop = await workshop({ 'a.js': TOOL, 'b.js': TOOL });
    await shop.aitbc(['plugin', 'add', './a.js', '--yes', '--allow-net=api.example.com']);
    const refused = await shop.aitbc(['plugin', 'add', './b.js', '--yes']);
    expect(refused.status).toBe(2);
    expect(refused.stderr).toContain('--replace');
    const again = await shop.aitbc(['plugin', 'add', './a.js', '--yes']);
    expect(again.stdout).toContain('Not granted, and refused when it tries: env: TOOL_MODE');
    expect((await shop.aitbc(['plugin', 'add', './b.js', '--yes', '--replace'])).status).toBe(0);
    const config = await readFile(join(shop.path, 'plugins.yaml'), 'utf8');
    expect(config).toBe('plugins:\n  tool:\n    enabled: true\n    source: ./b.js\n');
  });
});

test('plugin call of a plugin that throws when it starts says so, and nothing of trying again', async () => {
  await using shop = await workshop({
    'plugins.yaml': 'plugins: { grump: { enabled: true, source: ./grump } }\n',
    'grump/plugin.json': '{"name":"grump","version":"1.0.0","description":"","author":"Ada","license":"MIT"}',
    'grump/mod.ts': `import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({
  metadata: { name: 'grump', version: '1.0.0', description: '', author: 'Ada', license: 'MIT' },
  start() { throw new Error('not today'); },
  methods: { greet: () => 'hello' },
});
`,
  });
  await shop.aitbc(['plugin', 'lock']);
  const { status, stderr } = await shop.aitbc(['plugin', 'call', 'grump', 'greet']);
  expect(status).toBe(1);
  expect(stderr).toMatch(/^error\[ERR_PLUGIN_THREW\]: .*not today/);
  expect(stderr).not.toContain('Restarting');
});
