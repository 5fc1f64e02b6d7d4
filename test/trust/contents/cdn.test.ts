import { describe, expect, it } from 'vitest';
import { cdnPackage } from '../../../src/trust/contents/cdn.ts';

describe('cdnPackage()', () => {
  it.each([
    ['https://esm.sh/react@18.2.0', 'react', '18.2.0'],
    ['https://esm.sh/v135/@scope/name@1.0.0-rc.1/es2022/name.mjs', '@scope/name', '1.0.0-rc.1'],
    ['https://esm.sh/stable/react@18.2.0/es2022/react.mjs', 'react', '18.2.0'],
    ['https://esm.sh/*preact@10.0.0/hooks', 'preact', '10.0.0'],
    ['https://unpkg.com/lodash@4.17.20/lodash.js', 'lodash', '4.17.20'],
    ['https://cdn.jsdelivr.net/npm/%40scope/name@2.0.0/+esm', '@scope/name', '2.0.0'],
    ['https://ga.jspm.io/npm:preact@10.19.3/dist/preact.module.js', 'preact', '10.19.3'],
  ])('reads %s', (url, name, version) => {
    expect(cdnPackage(url)).toEqual({ name, version, bundled: false });
  });

  it('says where others were bundled in', () => {
    expect(cdnPackage('https://esm.sh/a@1.0.0?bundle')?.bundled).toBe(true);
    expect(cdnPackage('https://esm.sh/a@1.0.0/es2022/a.bundle.mjs')?.bundled).toBe(true);
  });

  it.each([
    ['a range', 'https://esm.sh/react@18'],
    ['a tag', 'https://unpkg.com/react@latest/index.js'],
    ['no version', 'https://esm.sh/react'],
    ['another host', 'https://esm.sh.evil.example/react@18.2.0'],
    ['another port', 'https://esm.sh:8443/react@18.2.0'],
    ['plain http:', 'http://esm.sh/react@18.2.0'],
    ['a repository of GitHub', 'https://esm.sh/gh/owner/name@1.0.0'],
    ['another registry', 'https://esm.sh/jsr/@std/encoding@1.0.0'],
    ['the same, of jsdelivr', 'https://cdn.jsdelivr.net/gh/owner/name@1.0.0/x.js'],
    ['another package in its place', 'https://esm.sh/a@1.0.0?alias=b:c'],
    ['several at once', 'https://cdn.jsdelivr.net/combine/npm/a@1.0.0,npm/b@1.0.0'],
    ['a name that is none', 'https://unpkg.com/..@1.0.0/x.js'],
    ['no URL', 'mod.ts'],
  ])('reads nothing out of %s', (_, url) => {
    expect(cdnPackage(url)).toBeUndefined();
  });
});
