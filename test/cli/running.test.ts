import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { workshop, type Running, type Workshop } from './support.ts';

const PLUGIN = (name: string): string => `
import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({
  metadata: { name: '${name}', version: '1.0.0', description: '', author: 'a', license: 'MIT', dependencies: DEPENDENCIES },
  start: (context) => {
    context.logger.info('hello from ${name}');
    if (context.config.url) void fetch(context.config.url).then(
      async (response) => { context.logger.info('got ' + (await response.text())); },
      (error) => { context.logger.error('cut: ' + (error.code ?? error.name) + ' ' + error.message); },
    );
    if (context.config.spin) setTimeout(() => { for (;;); }, 50);
  },
  healthCheck: (context) => ({ healthy: !context?.config?.ill }),
});
`;
const plugin = (name: string, dependencies: readonly string[] = []): string =>
  PLUGIN(name).replace('DEPENDENCIES', JSON.stringify(dependencies));

interface Doc {
  readonly ok: boolean;
  readonly data: Record<string, unknown> & { readonly plugin: { status: string; reason?: string; pid?: number } };
  readonly error: { readonly code: string };
}

async function json(shop: Workshop, ...args: string[]): Promise<Doc & { status: number | null }> {
  const { stdout, status } = await shop.aitbc([...args, '--json']);
  return { ...(JSON.parse(stdout) as Doc), status };
}

describe('a running host', () => {
  let shop: Workshop;
  let host: Running;
  const server = createServer(() => {
    // Never answers: what asks it waits.
  });
  let url: string;
  beforeAll(async () => {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const port = (server.address() as AddressInfo).port;
    url = `http://127.0.0.1:${port}/`;
    shop = await workshop({
      'base.js': plugin('base'),
      'top.js': plugin('top', ['base']),
      'net.js': plugin('net'),
      'plugins.yaml': [
        '# kept',
        'plugins:',
        '  base: { enabled: true, source: ./base.js }',
        '  top: { enabled: true, source: ./top.js }',
        '  net:',
        '    enabled: true',
        '    source: ./net.js',
        `    config: { url: "${url}" }`,
        '    permissions:',
        `      net: ["127.0.0.1:${port}"] # the server`,
        '',
      ].join('\n'),
    });
    expect((await shop.aitbc(['plugin', 'lock'])).status).toBe(0);
    host = shop.spawn(['start']);
    await host.says('Ctrl-C stops.');
  });
  afterAll(async () => {
    host.child.kill('SIGTERM');
    expect((await host.ended()).status).toBe(0);
    await shop.remove();
    server.close();
    server.closeAllConnections();
  });

  test('stops, starts and restarts plugins, dependents before and after', async () => {
    expect((await json(shop, 'plugin', 'stop', 'base')).data.plugin).toMatchObject({ status: 'inactive' });
    const { data } = await json(shop, 'plugin', 'health');
    expect(data['plugins']).toMatchObject([
      { name: 'base', status: 'inactive' },
      { name: 'top', status: 'inactive', reason: 'waiting-dependency' },
      { name: 'net', status: 'active' },
    ]);
    expect((await json(shop, 'plugin', 'start', 'base')).data.plugin).toMatchObject({ status: 'active' });
    expect((await json(shop, 'plugin', 'restart', 'base')).data.plugin).toMatchObject({ status: 'active' });
    await expect
      .poll(async () => (await json(shop, 'plugin', 'health')).data['plugins'], { timeout: 20_000 })
      .toMatchObject([{ status: 'active' }, { name: 'top', status: 'active' }, {}]);
  });

  test('stop --hold keeps it from starting until it is started by hand', async () => {
    expect((await json(shop, 'plugin', 'stop', 'base', '--hold')).data.plugin).toMatchObject({
      status: 'inactive',
      reason: 'held',
    });
    const top = await json(shop, 'plugin', 'start', 'top');
    expect(top).toMatchObject({ ok: false, error: { code: 'ERR_DEPENDENCY_MISSING' }, status: 1 });
    expect((await json(shop, 'plugin', 'start', 'base')).ok).toBe(true);
    await expect.poll(async () => (await json(shop, 'plugin', 'start', 'top')).ok, { timeout: 20_000 }).toBe(true);
  });

  test('revoke cuts what runs, grant lets it again, and neither touches the config without --save', async () => {
    const before = await readFile(join(shop.path, 'plugins.yaml'), 'utf8');
    const revoked = await json(shop, 'plugin', 'revoke', 'net', '--all');
    expect(revoked.data.plugin).toMatchObject({ permissions: {} });
    await host.says('cut: ERR_PERMISSION_DENIED');
    expect(await readFile(join(shop.path, 'plugins.yaml'), 'utf8')).toBe(before);
    const rule = url.slice('http://'.length, -1);
    const granted = await json(shop, 'plugin', 'grant', 'net', `--allow-net=${rule}`, '--allow-read=./files');
    expect(granted.data.plugin).toMatchObject({ permissions: { net: [rule], read: [join(shop.path, 'files')] } });
    const saved = await json(shop, 'plugin', 'grant', 'net', '--allow-net=api.example.com', '--save');
    expect(saved.ok).toBe(true);
    const after = await readFile(join(shop.path, 'plugins.yaml'), 'utf8');
    expect(after).toContain('api.example.com');
    expect(after).toContain('# kept');
    const bad = await json(shop, 'plugin', 'grant', 'net', '--allow-net=http://x/');
    expect(bad).toMatchObject({ ok: false, error: { code: 'ERR_CONFIG_INVALID' }, status: 2 });
  });

  test('logs shows what plugins and host said, of one plugin too, and follows', async () => {
    const all = await shop.aitbc(['plugin', 'logs']);
    expect(all.stdout).toContain('hello from base');
    const one = await shop.aitbc(['plugin', 'logs', 'net', '--json']);
    const lines = one.stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.length).toBeGreaterThan(0);
    for (const line of lines) expect(line).toMatchObject({ schema: 1, type: 'log', plugin: 'net' });
    const following = shop.spawn(['plugin', 'logs', 'base', '--follow', '--lines', '0']);
    await expect
      .poll(
        async () => {
          await json(shop, 'plugin', 'restart', 'base');
          return following.stdout();
        },
        { timeout: 20_000 },
      )
      .toContain('hello from base');
    following.child.kill('SIGINT');
    expect((await following.ended()).status).toBe(0);
  });

  test('top prints what each plugin uses', async () => {
    const { stdout, status } = await shop.aitbc(['plugin', 'top', '--once', '--json']);
    expect(status).toBe(0);
    const sample = JSON.parse(stdout) as { plugins: { name: string; memory: number; cpu: number; pid: number }[] };
    const base = sample.plugins.find(({ name }) => name === 'base');
    expect(base?.memory).toBeGreaterThan(0);
    expect(base?.pid).toBeGreaterThan(0);
    expect((await shop.aitbc(['plugin', 'top'])).stdout).toMatch(/^base +active +\d+ +/m);
  });

  test('reload restarts what changed, and an invalid config or unlocked bytes change nothing', async () => {
    const file = join(shop.path, 'plugins.yaml');
    const before = await readFile(file, 'utf8');
    expect((await json(shop, 'reload')).data).toMatchObject({ changed: [], added: [], removed: [] });
    await writeFile(file, before.replace('enabled: true', 'enabled: maybe'));
    expect(await json(shop, 'reload')).toMatchObject({ ok: false, error: { code: 'ERR_CONFIG_INVALID' }, status: 2 });
    // The host is reached all the same.
    expect((await json(shop, 'plugin', 'health', 'base')).data['health']).toMatchObject({ healthy: true });
    await writeFile(file, `${before}  more: { enabled: true, source: ./more.js }\n`);
    await shop.write({ 'more.js': plugin('more') });
    expect(await json(shop, 'reload')).toMatchObject({ ok: false, error: { code: 'ERR_NOT_LOCKED' }, status: 4 });
    expect((await json(shop, 'plugin', 'health')).data['plugins']).toHaveLength(3);
    expect((await shop.aitbc(['plugin', 'lock'])).status).toBe(0);
    expect((await json(shop, 'reload')).data).toMatchObject({ added: ['more'], changed: [], failed: [] });
    expect((await json(shop, 'plugin', 'health', 'more')).data.plugin).toMatchObject({ status: 'active' });
    await shop.write({ 'base.js': `${plugin('base')}// newer` });
    expect((await shop.aitbc(['plugin', 'lock'])).status).toBe(0);
    await writeFile(file, before);
    host.child.kill('SIGHUP');
    await host.says('the config was reloaded');
    await expect
      .poll(async () => (await json(shop, 'plugin', 'health')).data['plugins'], { timeout: 20_000 })
      .toMatchObject([{ name: 'base', status: 'active' }, { name: 'top', status: 'active' }, { name: 'net' }]);
  });

  test('plugin reload takes one plugin anew, changed or not', async () => {
    expect((await json(shop, 'plugin', 'reload', 'net')).data).toMatchObject({ changed: ['net'], failed: [] });
    expect(await json(shop, 'plugin', 'reload', 'nope')).toMatchObject({ error: { code: 'ERR_USAGE' }, status: 2 });
  });

  test('a second host of the same folder is refused', async () => {
    const second = await shop.aitbc(['start']);
    expect(second.status).toBe(1);
    expect(second.stderr).toContain(`process ${host.child.pid}`);
    expect(second.stderr).toContain('aitbc reload');
  });

  test('is in the help, and names what is wrong with a command', async () => {
    expect((await shop.aitbc(['plugin', 'revoke', 'net'])).status).toBe(2);
    expect((await shop.aitbc(['plugin', 'grant', 'net'])).status).toBe(2);
    expect((await shop.aitbc(['plugin', 'logs', '--lines', 'x'])).status).toBe(2);
    expect((await shop.aitbc(['plugin', 'top', '--interval', '1'])).status).toBe(2);
    expect(await json(shop, 'plugin', 'release', 'net')).toMatchObject({ error: { code: 'ERR_STATE' }, status: 1 });
  });
});

test('the host answers while a plugin spins, crashes and restarts', async () => {
  await using shop = await workshop({
    'spin.js': plugin('spin'),
    'calm.js': plugin('calm'),
    'plugins.yaml':
      'limits: { cpu: 500ms }\nplugins:\n  spin: { enabled: true, source: ./spin.js, config: { spin: true } }\n  calm: { enabled: true, source: ./calm.js }\n',
  });
  expect((await shop.aitbc(['plugin', 'lock'])).status).toBe(0);
  const host = shop.spawn(['start']);
  await host.says('Ctrl-C stops.');
  for (let round = 0; round < 5; round += 1) {
    expect((await json(shop, 'plugin', 'health')).data['plugins']).toHaveLength(2);
    expect((await json(shop, 'plugin', 'restart', 'calm')).ok).toBe(true);
  }
  await expect
    .poll(async () => (await json(shop, 'plugin', 'health')).data['plugins'], { timeout: 20_000 })
    .toMatchObject([{ name: 'spin', restarts: expect.any(Number) as number }, { name: 'calm' }]);
  // Whether it could still be asked or not: it is down, and stays so.
  await json(shop, 'plugin', 'stop', 'spin', '--hold');
  expect((await json(shop, 'plugin', 'health')).data['plugins']).toMatchObject([
    { name: 'spin', status: expect.not.stringMatching('^active$') as string },
    { name: 'calm', status: 'active' },
  ]);
  host.child.kill('SIGTERM');
  expect((await host.ended()).status).toBe(0);
});

test.each([
  ['reload'],
  ['plugin', 'start', 'a'],
  ['plugin', 'stop', 'a'],
  ['plugin', 'restart', 'a'],
  ['plugin', 'reload', 'a'],
  ['plugin', 'grant', 'a', '--allow-env=X'],
  ['plugin', 'revoke', 'a', '--all'],
  ['plugin', 'logs'],
  ['plugin', 'top'],
  ['plugin', 'health'],
])('%s %s without a running host is ERR_NO_HOST, and says what to run', async (...args) => {
  await using shop = await workshop({ 'plugins.yaml': 'plugins: {}\n' });
  const { status, stderr } = await shop.aitbc(args.filter((word) => word !== undefined));
  expect(status).toBe(1);
  expect(stderr).toContain('error[ERR_NO_HOST]');
  expect(stderr).toContain('aitbc start');
});
