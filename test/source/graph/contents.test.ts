import { describe, expect, it } from 'vitest';
import { collectGraph, type Graph } from '../../../src/source/graph/collect.ts';
import { originOf } from '../../build/support.ts';

const ENTRY = 'mod.ts';

async function collect(files: Readonly<Record<string, string>>): Promise<Graph> {
  const origin = { ...originOf(files), list: () => Promise.resolve(Object.keys(files)) };
  return collectGraph(origin, ENTRY);
}

describe('contents of collectGraph()', () => {
  it('tells modules whose code is in the program from those that tree shaking left out', async () => {
    const { contents } = await collect({
      [ENTRY]: `import { used } from './used.ts'; import data from './data.json' with { type: 'json' };
        import { Buffer } from 'node:buffer'; import { BasePlugin } from '@aitbc/plugins/sdk';
        import type { Only } from './types.ts';
        export default class extends BasePlugin { a(x: Only) { return [used, data, Buffer, x]; } }`,
      'used.ts': `import './effect.ts'; export { unused } from './unused.ts'; export { used } from 'https://esm.example.com/u.js';`,
      'unused.ts': 'export const unused = 1;',
      'effect.ts': 'globalThis.effect = 1;',
      'types.ts': 'export type Only = string;',
      'data.json': '{"a":1}',
      'https://esm.example.com/u.js': 'export const used = 1;',
    });
    const byId = new Map(contents.map((module) => [module.id, module]));
    const included = contents.filter((module) => module.included).map(({ id }) => id);
    expect(included).toEqual(
      expect.arrayContaining([
        '@aitbc/plugins/sdk',
        'data.json',
        'effect.ts',
        'https://esm.example.com/u.js',
        'mod.ts',
        'node:buffer',
      ]),
    );
    expect(byId.get('unused.ts')?.included).toBe(false);
    expect(byId.get('used.ts')).toEqual({
      id: 'used.ts',
      included: false,
      imports: ['effect.ts', 'https://esm.example.com/u.js', 'unused.ts'],
    });
    expect(byId.get(ENTRY)?.imports).toContain('data.json');
    expect(byId.has('types.ts')).toBe(false);
  });

  it('names what CommonJS requires, and the node: module behind it', async () => {
    const { contents } = await collect({
      [ENTRY]: `import lib from './vendor/lib/index.cjs'; export default lib;`,
      'vendor/lib/index.cjs': `module.exports = [require('events'), require('./b.cjs')];`,
      'vendor/lib/b.cjs': `module.exports = 1;`,
    });
    const included = contents.filter((module) => module.included).map(({ id }) => id);
    expect(included).toEqual(
      expect.arrayContaining(['mod.ts', 'node:events', 'vendor/lib/b.cjs', 'vendor/lib/index.cjs']),
    );
  });

  it('keeps the nearest package.json with name and version of a copied package, and never the root', async () => {
    const { files } = await collect({
      [ENTRY]: `import a from './node_modules/a/lib/deep/a.js'; import b from './own/b.js'; export default [a, b];`,
      'node_modules/a/lib/deep/a.js': 'export default 1;',
      'node_modules/a/lib/package.json': '{"type":"module"}',
      'node_modules/a/package.json': '{"name":"a","version":"1.2.3"}',
      'node_modules/package.json': '{"name":"no","version":"1.0.0"}',
      'own/b.js': 'export default 2;',
      'own/package.json': 'not json',
      'package.json': '{"name":"root","version":"1.0.0"}',
    });
    expect([...files.keys()].filter((id) => id.endsWith('package.json'))).toEqual(['node_modules/a/package.json']);
  });

  it('asks for no package.json where files cannot be listed', async () => {
    const origin = originOf({
      [ENTRY]: `import a from './lib/a.js'; export default a;`,
      'lib/a.js': 'export default 1;',
    });
    await collectGraph(origin, ENTRY);
    expect(origin.asked.filter((id) => id.includes('package.json'))).toEqual([]);
  });
});
