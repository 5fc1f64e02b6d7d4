import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { CONFIG_DOC, configDoc } from '../../scripts/config-doc.ts';

test('docs/config.md has the limits of src/config/limits.ts: run scripts/config-doc.ts after a change', async () => {
  const page = await readFile(CONFIG_DOC, 'utf8');
  expect(page).toBe(configDoc(page));
  expect(configDoc(page.replace('| 64MiB |', '| 65MiB |'))).toBe(page);
});
