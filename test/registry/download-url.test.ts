import { describe, expect, test } from 'vitest';
import { downloadOf } from '../../src/registry/download-url.ts';
import { parseIndex } from '../../src/registry/index-format.ts';
import { caught } from '../support/errors.ts';
import { indexEntry, indexOf } from '../support/registry.ts';

const COMMIT = '0123456789abcdef0123456789abcdef01234567';

function download(at: string, base: string): string {
  const index = parseIndex(new TextEncoder().encode(indexOf([indexEntry('p', '1.0.0', { bytes: '', at })])), 'acme');
  const read = { ...index, registry: { name: 'acme', url: base }, base, fetched: new Date(), stale: undefined };
  const [release] = index.plugins.get('p') ?? [];
  if (release === undefined) throw new Error('no release');
  return downloadOf(release, read);
}

describe('downloadOf()', () => {
  test.each([
    ['p-1.0.0.tgz', './registry', './registry/p-1.0.0.tgz'],
    ['./a/b%20c.tgz', '/srv/registry', '/srv/registry/a/b c.tgz'],
    ['p.tgz', 'https://host/plugins/index.json', 'https://host/plugins/p.tgz'],
    ['a/b%20c.tgz', 'https://host/plugins/index.json', 'https://host/plugins/a/b%20c.tgz'],
    ['~/p.tgz', 'https://host/x/index.json', 'https://host/x/~/p.tgz'],
    ['p.tgz', `git+https://host/r.git#${COMMIT}`, `git+https://host/r.git#${COMMIT}:p.tgz`],
    ['p', `git+https://host/r.git#${COMMIT}:plugins`, `git+https://host/r.git#${COMMIT}:plugins/p`],
    ['https://other/p.tgz', './registry', 'https://other/p.tgz'],
    ['git+https://other/r.git#v1:p', 'https://host/index.json', 'git+https://other/r.git#v1:p'],
    ['git+ssh://git@host/r.git', `git+ssh://git@host/x.git#${COMMIT}`, 'git+ssh://git@host/r.git'],
    ['git+file:///srv/r.git', './registry', 'git+file:///srv/r.git'],
    ['http://127.0.0.1:8/p.tgz', 'http://127.0.0.1:9/index.json', 'http://127.0.0.1:8/p.tgz'],
    ['https://10.0.0.8/p.tgz', 'https://10.0.0.9/index.json', 'https://10.0.0.8/p.tgz'],
  ])('%s of %s', (at, base, expected) => {
    expect(download(at, base)).toBe(expected);
  });

  test.each([
    ['../p.tgz', './registry', /leads out/],
    ['a/../../p.tgz', 'https://host/plugins/index.json', /leads out/],
    ['%2e%2e/p.tgz', './registry', /leads out/],
    ['..%2fp.tgz', './registry', /leads out/],
    ['a%5c..%5cp.tgz', './registry', /leads out/],
    ['/etc/passwd', './registry', /leads out/],
    ['//evil.example/p.tgz', 'https://host/index.json', /leads out/],
    ['p.tgz?x', './registry', /query/],
    ['p.tgz#x', `git+https://host/r.git#${COMMIT}`, /fragment/],
    ['p%ff.tgz', './registry', /no UTF-8/],
    ['p%00.tgz', './registry', /leads out/],
    ['file:///etc/passwd', 'https://host/index.json', /kind file:/],
    ['file:///etc/passwd', `git+https://host/r.git#${COMMIT}`, /kind file:/],
    ['git+file:///srv/r.git', 'https://host/index.json', /kind git\+file:/],
    ['git+ssh://git@host/r.git', 'https://host/index.json', /kind git\+ssh:/],
    ['npm:left-pad@1', 'https://host/index.json', /kind npm:/],
    ['registry:other/p', 'https://host/index.json', /kind registry:/],
    ['data:text/javascript,1', 'https://host/index.json', /kind data:/],
    ['https://', 'https://host/index.json', /no URL/],
    ['http://127.0.0.1/p.tgz', 'https://host/index.json', /this machine/],
    ['https://localhost./p.tgz', 'https://host/index.json', /this machine/],
    ['https://192.168.1.1/p.tgz', 'https://host/index.json', /this machine/],
    ['https://0x7f000001/p.tgz', 'https://host/index.json', /this machine/],
    ['https://[::ffff:127.0.0.1]/p.tgz', 'https://host/index.json', /this machine/],
    ['git+https://10.0.0.8/r.git', `git+https://host/r.git#${COMMIT}`, /this machine/],
  ])('refuses %s of %s', (at, base, state) => {
    const error = caught(() => download(at, base));
    expect(error).toMatchObject({ code: 'ERR_REGISTRY', details: { download_url: at } });
    expect(error.message).toMatch(state);
  });
});
