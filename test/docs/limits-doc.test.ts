import { readFile } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { format, LIMITS } from '../../src/config/limits.ts';
import { GUEST_LIMITS } from '../../src/protocol/messages.ts';

it('docs/limits.md names every limit with its default', async () => {
  const page = await readFile(new URL('../../docs/limits.md', import.meta.url), 'utf8');
  const rows = new Map([...page.matchAll(/^\| `(\w+)`[^|]* \| ([^|]+) \|/gm)].map(([, key, value]) => [key, value]));
  for (const limit of Object.values(LIMITS))
    expect([limit.key, rows.get(limit.key)]).toEqual([limit.key, format(limit, limit.default)]);
  for (const key of GUEST_LIMITS) expect([...rows.keys()]).toContain(key);
});
