import { readFile } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { loadConfig } from '../../src/config/load.ts';
import { parseIndex } from '../../src/registry/index-format.ts';
import { INDEX_SCHEMA } from '../../src/registry/index-schema.ts';
import { locate } from '../../src/registry/location.ts';

const page = await readFile(new URL('../../docs/registry.md', import.meta.url), 'utf8');
const block = (kind: string): string => new RegExp(`\`\`\`${kind}\n([^\`]+)\`\`\``).exec(page)?.[1] ?? '';

describe('docs/registry.md', () => {
  it('shows a config that loads, whose registries are places', async () => {
    const config = await loadConfig({ object: parse(block('yaml')) as unknown, cwd: '/srv', env: {} });
    const places = config.registries?.map((registry) => locate(registry, config));
    expect(places?.map(({ name, kind }) => [name, kind])).toEqual([
      ['plugins.example.com', 'url'],
      ['acme', 'git'],
      ['registry', 'path'],
    ]);
  });

  it('shows an index that is one', () => {
    const index = parseIndex(new TextEncoder().encode(block('json')), 'docs');
    expect(index.plugins.get('greeter')).toHaveLength(1);
  });

  it('names every key of an index', () => {
    const { plugins, ...top } = INDEX_SCHEMA.properties;
    for (const key of [...Object.keys(top), ...Object.keys(plugins.items.properties)]) {
      expect(page).toMatch(new RegExp(`[\`"]${key}[\`"]`));
    }
  });
});
