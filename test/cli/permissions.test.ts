import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { workshop } from './support.ts';

const NET = `
import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({
  metadata: { name: 'net', version: '1.0.0', description: '', author: 'a', license: 'MIT' },
  methods: { get: async (url) => (await fetch(url)).text() },
});
`;

test('plugin permissions tells used from unused and denied, and learns the least', async () => {
  const server = createServer((_, response) => response.end('hello'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const rule = `127.0.0.1:${(server.address() as AddressInfo).port}`;
  try {
    await using shop = await workshop({
      'net.js': NET,
      'plugins.yaml': [
        'plugins:',
        '  net:',
        '    enabled: true # it is',
        '    source: ./net.js',
        '    permissions:',
        '      net: ["127.0.0.1:*", "api.example.com", "!10.0.0.0/8:*"]',
        '      env: [APP_MODE, APP_OTHER]',
        '',
      ].join('\n'),
    });
    expect((await shop.aitbc(['plugin', 'lock'])).status).toBe(0);
    const early = await shop.aitbc(['plugin', 'permissions', 'net', '--learn', '--save']);
    expect(early).toMatchObject({ status: 1 });
    expect(early.stderr).toContain('error[ERR_STATE]');
    const env = { APP_MODE: 'test' };
    expect((await shop.aitbc(['plugin', 'call', 'net', 'get', `["http://${rule}/"]`], { env })).stdout).toContain(
      'hello',
    );
    expect((await shop.aitbc(['plugin', 'call', 'net', 'get', '["http://evil.example/"]'])).status).toBe(3);

    const { stdout } = await shop.aitbc(['plugin', 'permissions', 'net', '--json']);
    const { data } = JSON.parse(stdout) as { data: Record<string, { rule: string; value: string }[]> };
    expect(data['neverUsed']?.map((each) => each.rule)).toEqual(['api.example.com', 'APP_OTHER']);
    expect(data['used']).toMatchObject([
      { kind: 'env', value: 'APP_MODE' },
      { kind: 'net', value: rule, rule: '127.0.0.1:*' },
    ]);
    expect(data['denied']).toMatchObject([{ kind: 'net', value: 'evil.example:80' }]);
    const text = await shop.aitbc(['plugin', 'permissions', 'net']);
    expect(text.stdout).toMatch(/net: api\.example\.com +never used/);
    expect(text.stdout).toMatch(/net: evil\.example:80 +denied 1 time/);

    const shown = await shop.aitbc(['plugin', 'permissions', 'net', '--learn']);
    expect(shown.stdout).toContain('Nothing was written');
    expect((await shop.aitbc(['plugin', 'permissions', 'net', '--learn', '--save'])).status).toBe(0);
    const config = await readFile(join(shop.path, 'plugins.yaml'), 'utf8');
    expect(config).toContain('# it is');
    expect(config).toContain(rule);
    expect(config).toContain('!10.0.0.0/8:*');
    expect(config).not.toMatch(/api\.example|evil|APP_OTHER/);
    expect((await shop.aitbc(['plugin', 'call', 'net', 'get', `["http://${rule}/"]`])).stdout).toContain('hello');
    expect((await shop.aitbc(['plugin', 'permissions', 'net', '--save'])).status).toBe(2);
    expect((await shop.aitbc(['plugin', 'permissions', 'nope'])).status).toBe(2);
  } finally {
    server.close();
    server.closeAllConnections();
  }
});
