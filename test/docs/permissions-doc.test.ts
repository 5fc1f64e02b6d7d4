import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { compileGrants } from '../../src/capabilities/grants.ts';
import { parseNetRule } from '../../src/capabilities/net/rules.ts';
import type { Permissions } from '../../src/contract/metadata.ts';

const page = await readFile(new URL('../../docs/permissions.md', import.meta.url), 'utf8');

describe('docs/permissions.md', () => {
  it('shows permissions that compile', () => {
    const block = /```yaml\n(plugins:[^`]+)```/.exec(page)?.[1] ?? '';
    const { plugins } = parse(block) as { plugins: Record<string, { permissions: Permissions }> };
    const permissions = plugins['bitcoin-integration']?.permissions ?? {};
    const absolute = (paths: readonly string[] = []): string[] => paths.map((path) => resolve('/srv', path));
    const grants = compileGrants(
      { ...permissions, read: absolute(permissions.read), write: absolute(permissions.write) },
      { name: 'bitcoin-integration' },
    );
    expect(grants.net.allow).toHaveLength(2);
    expect(grants.net.deny).toHaveLength(1);
  });

  it('shows entries of net that compile', () => {
    const table = page.slice(page.indexOf('| entry | grants |'), page.indexOf('Three things are checked'));
    const entries = table
      .split('\n')
      .slice(2)
      .flatMap((row) => [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, entry]) => entry ?? ''));
    expect(entries.length).toBeGreaterThan(12);
    for (const entry of entries)
      expect(parseNetRule(entry.replace(/^!/, ''), entry.startsWith('!'))).toBeTypeOf('object');
  });

  it('says a refusal as it is', () => {
    expect(page).toContain(
      'Cannot fetch "https://evil.example/": "greeter" has no net permission for evil.example:443',
    );
  });
});
