import { deflateSync } from 'node:zlib';
import { Spec, Validation } from '@cyclonedx/cyclonedx-library';
import { describe, expect, it } from 'vitest';
import { lockEntryOf } from '../../../src/lock/entry.ts';
import { collectGraph } from '../../../src/source/graph/collect.ts';
import { inventoryOf } from '../../../src/trust/contents/inventory.ts';
import { sbomOf } from '../../../src/trust/contents/sbom.ts';
import type { Inventory } from '../../../src/trust/contents/types.ts';
import { originOf, type Files } from '../../build/support.ts';
import { component, coreModule, custom } from './wasm.ts';

const METADATA = { name: 'greeter', version: '1.0.0', description: '', author: '', license: 'MIT' };

async function inventory(files: Files, kind: 'module' | 'component' = 'module'): Promise<Inventory> {
  const origin = { ...originOf(files), list: () => Promise.resolve(Object.keys(files)) };
  const entry = 'mod.js';
  const graph =
    kind === 'module'
      ? await collectGraph(origin, entry)
      : {
          files: new Map(),
          redirects: {},
          importMap: undefined,
          contents: [{ id: entry, included: true, imports: [] }],
        };
  const artifact = { ...graph, kind, source: './greeter', resolved: './greeter', git: undefined, entry };
  const lock = lockEntryOf(artifact, { metadata: METADATA, permissions: {}, commands: [] });
  const bytes = kind === 'module' ? graph.files : new Map([[entry, { bytes: files[entry] as Uint8Array }]]);
  return inventoryOf({ plugin: 'greeter', entry: lock, files: bytes, contents: graph.contents });
}

const MIXED: Files = {
  'mod.js': `import { BasePlugin } from '@aitbc/plugins/sdk'; import { Buffer } from 'node:buffer'; import { used } from 'https://esm.sh/react@18.2.0/index.js';
    import x from 'https://mods.example.com/x.js'; import { unused } from './vendor/un/i.js'; import own from './lib/own.js';
    export default class extends BasePlugin { x = [Buffer, used, x, own]; }`,
  'lib/own.js': 'export default 1;',
  'https://esm.sh/react@18.2.0/index.js': `export { used } from 'https://esm.sh/scheduler@0.23.0/s.js';\nexport const reactIsHere = globalThis.react = 1;`,
  'https://esm.sh/scheduler@0.23.0/s.js': 'export const used = 1;',
  'https://mods.example.com/x.js': 'export default 1;',
  'vendor/un/i.js': 'export const unused = 1;',
  'vendor/un/package.json': '{"name":"un","version":"3.0.0"}',
  'package.json': '{"name":"root","version":"9.9.9"}',
};

describe('inventoryOf()', () => {
  it('gives every module to a part, to the plugin itself, or to a gap', async () => {
    const { self, parts, gaps } = await inventory(MIXED);
    expect(self).toMatchObject({ purl: 'pkg:generic/greeter@1.0.0', ecosystem: undefined });
    expect(self.modules.map(({ id }) => id)).toEqual(['lib/own.js', 'mod.js']);
    const byPurl = new Map(parts.map((part) => [part.purl, part]));
    expect(byPurl.get('pkg:npm/react@18.2.0')).toMatchObject({
      ecosystem: 'npm',
      origin: 'url',
      inferred: true,
      included: true,
    });
    expect(byPurl.get('pkg:npm/scheduler@0.23.0')?.chain).toEqual(['pkg:npm/react@18.2.0', 'pkg:npm/scheduler@0.23.0']);
    expect(byPurl.get('pkg:npm/un@3.0.0')).toMatchObject({ origin: 'vendored', inferred: true, included: false });
    expect(byPurl.get('pkg:npm/buffer@6.0.3')).toMatchObject({ origin: 'host', included: true });
    expect(parts.find(({ name }) => name === '@aitbc/plugins')?.dependsOn).toContain('pkg:npm/buffer@6.0.3');
    expect(gaps).toEqual([
      {
        id: expect.stringMatching(
          /^pkg:generic\/x\.js\?checksum=sha256%3A[0-9a-f]{64}&download_url=https%3A%2F%2Fmods/,
        ) as string,
        why: 'no vulnerability database knows modules by their URL',
      },
    ]);
  });

  it('has a gap for a copied package whose package.json states what npm would not take', async () => {
    const { parts, gaps } = await inventory({
      'mod.js': `import a from './vendor/a/i.js'; export default a;`,
      'vendor/a/i.js': 'export default 1;',
      'vendor/a/package.json': '{"name":"\\u001b[2J","version":"latest"}',
    });
    expect(parts).toEqual([]);
    expect(gaps).toEqual([
      { id: 'vendor/a/package.json', why: 'vendor/a/package.json states no name and version that npm would take' },
    ]);
  });

  it('takes a component at its word, and has a gap for one that says nothing', async () => {
    const deps = {
      packages: [
        { name: 'own', version: '0.1.0', source: 'local', root: true, dependencies: [1] },
        { name: 'serde', version: '1.0.0', source: 'crates.io' },
      ],
    };
    const stated = await inventory(
      { 'mod.js': component(coreModule(custom('.dep-v0', deflateSync(JSON.stringify(deps))))) },
      'component',
    );
    expect(stated.gaps).toEqual([]);
    expect(stated.parts.find(({ name }) => name === 'serde')).toMatchObject({
      purl: 'pkg:cargo/serde@1.0.0',
      ecosystem: 'crates.io',
      origin: 'stated',
      included: true,
      chain: ['pkg:cargo/serde@1.0.0'],
    });
    const silent = await inventory({ 'mod.js': component(coreModule()) }, 'component');
    expect(silent.gaps).toEqual([{ id: 'mod.js', why: 'the component does not say what it was made of' }]);
  });
});

describe('inventoryOf() with a hostile component', () => {
  it('shows the nearest part of a way that is longer than anybody reads', async () => {
    const packages = Array.from({ length: 9_000 }, (_, index) => ({
      name: `c${index}`,
      version: '1.0.0',
      source: 'crates.io',
      dependencies: index < 8_999 ? [index + 1] : [],
    }));
    const bytes = component(coreModule(custom('.dep-v0', deflateSync(JSON.stringify({ packages })))));
    const { parts } = await inventory({ 'mod.js': bytes }, 'component');
    const last = parts.find(({ name }) => name === 'c8999');
    expect(last?.chain).toHaveLength(64);
    expect(last?.chain.slice(-2)).toEqual(['pkg:cargo/c8998@1.0.0', 'pkg:cargo/c8999@1.0.0']);
  });
});

describe('sbomOf()', () => {
  const options = { subject: 'plugins', tool: { name: '@aitbc/plugins', version: '0.1.0' } };
  const validate = (text: string) => new Validation.JsonStrictValidator(Spec.Version.v1dot6).validate(text);

  it('is CycloneDX 1.6 by its schema, and the same text each time', async () => {
    const plugin = {
      inventory: await inventory(MIXED),
      description: 'Greets',
      author: 'Ada',
      license: 'MIT',
      integrity: `sha256:${'0'.repeat(64)}`,
    };
    const text = sbomOf([plugin], options);
    expect(await validate(text)).toBeNull();
    expect(sbomOf([{ ...plugin, inventory: await inventory(MIXED) }], options)).toBe(text);
    const bom = JSON.parse(text) as {
      components: { 'bom-ref': string; scope: string; hashes?: unknown }[];
      dependencies: { ref: string; dependsOn?: string[] }[];
      metadata: Record<string, unknown>;
      serialNumber?: string;
    };
    expect(bom.serialNumber).toBeUndefined();
    expect(bom.metadata['timestamp']).toBeUndefined();
    expect(bom.components.find((part) => part['bom-ref'] === 'pkg:npm/un@3.0.0')?.scope).toBe('excluded');
    expect(bom.components.find((part) => part['bom-ref'].startsWith('pkg:generic/x.js'))?.hashes).toEqual([
      { alg: 'SHA-256', content: expect.stringMatching(/^[0-9a-f]{64}$/) as string },
    ]);
    expect(bom.dependencies.find(({ ref }) => ref === 'pkg:npm/react@18.2.0')?.dependsOn).toEqual([
      'pkg:npm/scheduler@0.23.0',
    ]);
    expect(bom.dependencies.find(({ ref }) => ref === 'plugin:greeter')?.dependsOn).toContain('pkg:npm/react@18.2.0');
  });

  it('holds several plugins under one subject, a time where one is given, and nothing that a terminal acts on', async () => {
    const one = {
      inventory: await inventory(MIXED),
      description: '\u001b]0;x\u0007\u202e',
      author: '\u0000',
      license: '\u001b',
      integrity: 'sha256:0',
    };
    const other = { ...one, inventory: { ...one.inventory, plugin: 'other' } };
    const text = sbomOf([one, other], { ...options, timestamp: new Date(1_700_000_000_000) });
    expect(await validate(text)).toBeNull();
    expect(text).toContain('"timestamp": "2023-11-14T22:13:20.000Z"');
    expect(text).not.toMatch(/\\u001b|\\u0007|\u202e/);
    expect(text.match(/"bom-ref": "pkg:npm\/react@18\.2\.0"/g)).toHaveLength(1);
  });
});
