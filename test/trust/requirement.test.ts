import { describe, expect, it } from 'vitest';
import { NO_TRUST } from '../../src/config/no-trust.ts';
import type { Requirement, TrustConfig } from '../../src/config/types.ts';
import { requirementOf, type Subject } from '../../src/trust/requirement.ts';

const trust = (more: Partial<TrustConfig> = {}): TrustConfig => ({ ...NO_TRUST, ...more });
const subject = (more: Partial<Subject> = {}): Subject => ({
  key: 'greeter',
  name: 'greeter',
  source: 'https://plugins.example.com/greeter/mod.ts',
  require: undefined,
  ...more,
});
const bySource = (sources: Record<string, Requirement>, source: string, require: Requirement = 'none') =>
  requirementOf(trust({ require, sources: new Map(Object.entries(sources)) }), subject({ source })).signed;

describe('requirementOf()', () => {
  it('asks for nothing where the config says nothing', () => {
    expect(requirementOf(undefined, subject()).signed).toBe(false);
    expect(requirementOf(undefined, subject({ require: 'signed' }))).toMatchObject({
      signed: true,
      because: 'plugins.greeter.require',
    });
  });

  it('lets the plugin go before its source, and its source before the default', () => {
    const config = trust({ require: 'signed', sources: new Map([['https://plugins.example.com/', 'none']]) });
    expect(requirementOf(config, subject())).toMatchObject({
      signed: false,
      because: 'trust.sources["https://plugins.example.com/"]',
    });
    expect(requirementOf(config, subject({ require: 'signed' })).signed).toBe(true);
    expect(requirementOf(config, subject({ source: './x' }))).toMatchObject({ signed: true, because: 'trust.require' });
  });

  it.each([
    ['https://a.example', 'https://a.example/x.ts', true],
    ['https://a.example', 'https://a.example.evil/x.ts', false],
    ['https://a.example', 'https://a.example:8443/x.ts', false],
    ['https://a.example', 'https://a.example@evil.example/x.ts', false],
    ['https://a.example/p', 'https://a.example/p/x.ts', true],
    ['https://a.example/p', 'https://a.example/pq/x.ts', false],
    ['https://a.example/p/', 'https://a.example/p/../evil/x.ts', false],
    ['https://a.example/p/', 'https://a.example/p/%2e%2e/evil/x.ts', false],
    ['https://A.example/', 'https://a.EXAMPLE/x.ts', true],
    ['https://', 'https://anything.example/x.ts', true],
    ['https://', 'http://anything.example/x.ts', false],
    ['git+https://a.example/repo.git', 'git+https://a.example/repo.git#v1:sub', true],
    ['git+https://a.example/repo', 'git+https://a.example/repo.git', false],
    ['github:', 'github:acme/x', true],
    ['./', './greeter', true],
    ['./greeter', './greeter', true],
    ['./greet', './greeter', false],
    ['npm:greeter', 'npm:greeter@^1', true],
    ['npm:@acme/greeter', 'npm:@acme/greeter@^1', true],
    ['npm:@acme/', 'npm:@acme/greeter@^1', true],
    ['npm:greeter', 'npm:greeter-evil@^1', false],
    ['oci://ghcr.io/acme/', 'oci://GHCR.io/acme/greeter:1', true],
    ['oci://ghcr.io/acme/greeter', 'oci://ghcr.io/acme/greeter:1', true],
    ['oci://ghcr.io/acme/greeter', 'oci://ghcr.io/acme/greeter@sha256:0', true],
    ['oci://ghcr.io/acme/greeter', 'oci://ghcr.io/acme/greeter-evil:1', false],
    ['oci://localhost', 'oci://localhost:5000/acme/greeter:1', false],
  ])('%s is the beginning of %s: %s', (prefix, source, fits) => {
    expect(bySource({ [prefix]: 'signed' }, source)).toBe(fits);
    expect(bySource({ [prefix]: 'none' }, source, 'signed')).toBe(!fits);
  });

  it.each([
    ['https://a.example/', 'HTTPS://a.example/m.ts'],
    ['https://a.example/', ' https://a.example/m.ts'],
    ['https://a.example/', 'https://a.example./m.ts'],
    ['git+https://a.example/', 'GIT+HTTPS://A.example/r.git#main'],
    ['github:acme/', 'github:ACME/greeter#main'],
    ['github:acme/', 'git+https://github.com/Acme/greeter.git#main:sub'],
    ['github:acme/greeter', 'git+https://github.com/acme/greeter.git#main'],
    ['git+https://github.com/acme/greeter.git', 'github:acme/greeter#main'],
    ['oci://ghcr.io/', 'OCI://GHCR.io:443/acme/greeter:1'],
  ])('%s is the beginning of %j, which is spelt in another way', (prefix, source) => {
    expect(bySource({ [prefix]: 'signed' }, source)).toBe(true);
  });

  it('measures beginnings as they are meant, however they are spelt', () => {
    const sources = { 'git+https://github.com/acme/': 'none', 'github:acme/greeter': 'signed' } as const;
    expect(bySource(sources, 'github:acme/greeter#main')).toBe(true);
    expect(bySource(sources, 'github:acme/other#main')).toBe(false);
  });

  it('takes the longest beginning of a source', () => {
    const sources = { 'https://': 'signed', 'https://a.example/': 'none', 'https://a.example/x/': 'signed' } as const;
    expect(bySource(sources, 'https://b.example/m.ts')).toBe(true);
    expect(bySource(sources, 'https://a.example/m.ts')).toBe(false);
    expect(bySource(sources, 'https://a.example/x/m.ts')).toBe(true);
  });

  const namespaces = new Map([
    ['acme-*', ['acme']],
    ['acme-labs-*', ['labs']],
    ['acme-labs-core', ['acme', 'labs']],
  ]);
  it.each([
    ['acme-wallet', ['acme']],
    ['ACME-wallet', ['acme']],
    ['acme-labs-x', ['labs']],
    ['acme-labs-core', ['acme', 'labs']],
    ['acme', undefined],
    ['not-acme-x', undefined],
  ])('gives "%s" to %j, whatever its own require says', (name, publishers) => {
    const required = requirementOf(trust({ namespaces }), subject({ key: name, name, require: 'none' }));
    expect(required.publishers).toEqual(publishers);
    expect(required.signed).toBe(publishers !== undefined);
  });

  it('asks for both names, that of the config and the plugin’s own', () => {
    const config = trust({ namespaces });
    expect(requirementOf(config, subject({ key: 'x', name: 'acme-a' })).publishers).toEqual(['acme']);
    expect(requirementOf(config, subject({ key: 'acme-a', name: 'x' })).publishers).toEqual(['acme']);
    expect(requirementOf(config, subject({ key: undefined, name: 'acme-a' })).publishers).toEqual(['acme']);
    expect(requirementOf(config, subject({ key: 'acme-labs-a', name: 'acme-b' }))).toMatchObject({
      signed: true,
      publishers: [],
    });
  });
});
