import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { TOOL, workshop, type Workshop } from './support.ts';
import { onTerminal } from './terminal.ts';

const configOf = (shop: Workshop): Promise<string> => readFile(join(shop.path, 'plugins.yaml'), 'utf8');

test('plugin add asks twice on a terminal, and grants after a yes alone', async () => {
  await using shop = await workshop({ 'tool.js': TOOL });
  const granted = await onTerminal(
    shop,
    ['plugin', 'add', './tool.js'],
    [
      ['Add tool?', 'y\n'],
      ['Grant what it asks for?', 'y\n'],
    ],
  );
  expect(granted.status).toBe(0);
  expect(granted.screen).toContain('api.example.com (rates)');
  expect(await configOf(shop)).toContain('api.example.com');
});

test('plugin add grants nothing after an empty answer, and adds nothing after a no or Ctrl-C', async () => {
  await using shop = await workshop({ 'tool.js': TOOL });
  const no = await onTerminal(shop, ['plugin', 'add', './tool.js'], [['Add tool?', 'n\n']]);
  expect({ status: no.status, told: no.screen.includes('Nothing was written.') }).toEqual({ status: 0, told: true });
  const interrupted = await onTerminal(shop, ['plugin', 'add', './tool.js'], [['Add tool?', '\u0003']]);
  expect(interrupted.status).toBe(130);
  await expect(configOf(shop)).rejects.toThrow('ENOENT');
  const empty = await onTerminal(
    shop,
    ['plugin', 'add', './tool.js'],
    [
      ['Add tool?', '\n'],
      ['Grant what it asks for?', '\n'],
    ],
  );
  expect(empty.status).toBe(0);
  expect(await configOf(shop)).toBe('plugins:\n  tool:\n    enabled: true\n    source: ./tool.js\n');
});

test('plugin update names in its question all that a yes grants, what was refused before included', async () => {
  const manifest = (permissions: object): string =>
    JSON.stringify({
      name: 'greeter',
      version: '1.0.0',
      description: 'Greets',
      author: 'Ada',
      license: 'MIT',
      permissions,
    });
  await using shop = await workshop({
    'greeter/plugin.json': manifest({ net: ['refused.example.com'] }),
    'greeter/mod.ts': 'export default {};\n',
  });
  expect((await shop.aitbc(['plugin', 'add', './greeter', '--yes'])).status).toBe(0);
  await shop.write({ 'greeter/plugin.json': manifest({ net: ['refused.example.com'], env: ['NEW'] }) });
  const asked = await onTerminal(shop, ['plugin', 'update'], [['Grant greeter what it asks for anew', 'y\n']]);
  expect(asked.status).toBe(0);
  expect(asked.screen.replaceAll(/\s+/g, ' ')).toContain(
    'anew: env: NEW; and what it was not granted before: net: refused.example.com?',
  );
  expect(await configOf(shop)).toContain('refused.example.com');
});
