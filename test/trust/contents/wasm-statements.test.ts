import { deflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { statementsOf } from '../../../src/trust/contents/wasm-statements.ts';
import { component, coreModule, custom } from './wasm.ts';

const auditable = (value: unknown): Uint8Array =>
  custom('.dep-v0', deflateSync(typeof value === 'string' ? value : JSON.stringify(value)));
const CRATES = {
  packages: [
    { name: 'cc', version: '1.0.0', source: 'crates.io', kind: 'build' },
    { name: 'own', version: '0.1.0', source: 'local', dependencies: [0, 2], root: true },
    { name: 'serde', version: '1.0.190+x', source: 'crates.io', dependencies: [3] },
    { name: 'fork', version: '2.0.0', source: 'git+https://example.com/fork' },
  ],
};

describe('statementsOf()', () => {
  it('reads what cargo-auditable wrote into a core module inside a component', () => {
    const { packages, faults } = statementsOf(component(coreModule(auditable(CRATES))));
    expect(faults).toEqual([]);
    expect(packages).toEqual([
      {
        purl: expect.stringMatching(/^pkg:cargo\/own@0\.1\.0\?source=local$/) as string,
        name: 'own',
        version: '0.1.0',
        ecosystem: undefined,
        root: true,
        dependsOn: ['pkg:cargo/serde@1.0.190+x'],
      },
      {
        purl: 'pkg:cargo/serde@1.0.190+x',
        name: 'serde',
        version: '1.0.190+x',
        ecosystem: 'crates.io',
        root: false,
        dependsOn: [expect.stringMatching(/^pkg:cargo\/fork@2\.0\.0\?source=git/) as string],
      },
      expect.objectContaining({ name: 'fork', ecosystem: undefined }) as object,
    ]);
  });

  it('reads a CycloneDX document, with components in components, and leaves files and what is excluded', () => {
    const bom = {
      bomFormat: 'CycloneDX',
      components: [
        {
          type: 'library',
          name: 'zlib',
          purl: 'pkg:generic/zlib@1.2.11',
          components: [{ name: 'z', purl: 'pkg:npm/%40s/z@1.0.0?x=y#sub' }],
        },
        { type: 'file', name: 'a.c' },
        { name: 'test', scope: 'excluded', purl: 'pkg:npm/test@1.0.0' },
      ],
    };
    const { packages } = statementsOf(component(custom('sbom', Buffer.from(JSON.stringify(bom)))));
    expect(packages?.map(({ purl, ecosystem }) => [purl, ecosystem])).toEqual([
      ['pkg:generic/zlib@1.2.11', undefined],
      ['pkg:npm/%40s/z@1.0.0', 'npm'],
    ]);
  });

  it('says that nothing is stated where nothing is', () => {
    expect(statementsOf(component(coreModule()))).toEqual({ packages: undefined, tools: [], faults: [] });
    expect(statementsOf(new Uint8Array())).toEqual({ packages: undefined, tools: [], faults: [] });
  });

  const text = (name: string): Uint8Array => Buffer.concat([Buffer.from([name.length]), Buffer.from(name)]);
  it('names the tools of producers, and is not stopped by one that lies', () => {
    const producers = Buffer.concat([
      Buffer.from([1]),
      text('processed-by'),
      Buffer.from([1]),
      text('rustc'),
      text('1.90.0'),
    ]);
    expect(statementsOf(component(coreModule(custom('producers', producers)))).tools).toEqual(['rustc 1.90.0']);
    expect(statementsOf(component(custom('producers', Buffer.from([255, 255, 255, 127])))).tools).toEqual([]);
  });

  let nested: Uint8Array = coreModule();
  for (let depth = 0; depth < 12; depth += 1) nested = component(nested);
  it.each([
    ['no zlib', custom('.dep-v0', Buffer.from('plain'))],
    ['a bomb', custom('.dep-v0', deflateSync(Buffer.alloc(64 * 2 ** 20)))],
    ['no JSON', auditable('{')],
    ['no packages', auditable({})],
    [
      'a name that a terminal acts on',
      auditable({ packages: [{ name: '\u001b[2J', version: '1.0.0', source: 'crates.io' }] }),
    ],
    ['no version', auditable({ packages: [{ name: 'a', source: 'crates.io' }] })],
    ['a twice-said key', auditable('{"packages":[],"packages":[]}')],
    [
      'packages without end',
      auditable({ packages: Array.from({ length: 10_001 }, () => ({ name: 'a', version: '1.0.0' })) }),
    ],
    ['another document', custom('sbom', Buffer.from('{"spdxVersion":"SPDX-2.3"}'))],
    [
      'a component without a purl',
      custom('sbom', Buffer.from('{"bomFormat":"CycloneDX","components":[{"name":"x"}]}')),
    ],
    ['nested too deeply', nested],
  ])('has a fault, and no packages, with %s', (_, section) => {
    const { packages, faults } = statementsOf(section === nested ? nested : component(section));
    expect(packages).toBeUndefined();
    expect(faults).toHaveLength(1);
    expect(faults[0]).not.toContain('\u001b');
  });
});
