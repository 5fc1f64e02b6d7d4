import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { readStatement } from '../../src/trust/statement.ts';

const page = await readFile(new URL('../../docs/trust.md', import.meta.url), 'utf8');

test('docs/trust.md shows a config that loads', async () => {
  const example = parse(/```yaml\n([^`]+)```/.exec(page)?.[1] ?? '') as unknown;
  const { trust, plugins } = await loadConfig({ object: example, cwd: '/srv', env: {} });
  expect([...(trust?.publishers.keys() ?? [])]).toEqual(['acme', 'labs']);
  expect(plugins.get('greeter')?.require).toBe('none');
});

test('docs/trust.md shows a statement that is taken for one', () => {
  const text = (/```json\n([^`]+)```/.exec(page)?.[1] ?? '')
    .trim()
    .replace('"sha256":"…"', `"sha256":"${'0'.repeat(64)}"`);
  expect(readStatement('application/vnd.in-toto+json', Buffer.from(text))).toEqual({
    name: 'greeter',
    version: '1.2.0',
    integrity: `sha256:${'0'.repeat(64)}`,
  });
});
