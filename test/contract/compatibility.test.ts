import { describe, expect, test } from 'vitest';
import type { PluginMetadata } from '../../src/contract/metadata.ts';
import { assertCompatible } from '../../src/contract/compatibility.ts';

const metadata: PluginMetadata = { name: 'p', version: '1.0.0', description: 'd', author: 'a', license: 'MIT' };
const host = { version: '1.4.0', platform: 'linux', arch: 'x64' };

describe('assertCompatible()', () => {
  test.each<[Partial<PluginMetadata>]>([
    [{}],
    [{ min_aitbc_version: '1.4.0' }],
    [{ max_aitbc_version: '1.4.0' }],
    [{ min_aitbc_version: '1.0.0', max_aitbc_version: '2.0.0' }],
    [{ supported_platforms: [] }],
    [{ supported_platforms: ['darwin', 'linux'] }],
    [{ supported_platforms: ['linux-x64'] }],
  ])('accepts %o', (more) => {
    expect(() => assertCompatible('p', { ...metadata, ...more }, host)).not.toThrow();
  });

  test.each<[Partial<PluginMetadata>, string]>([
    [{ min_aitbc_version: '1.4.1' }, 'it needs version 1.4.1 of the host or newer, this is 1.4.0'],
    [{ max_aitbc_version: '1.3.9' }, 'it supports the host up to version 1.3.9, this is 1.4.0'],
    [{ supported_platforms: ['win32', 'linux-arm64'] }, 'it supports win32, linux-arm64, this is linux-x64'],
  ])('refuses %o', (more, state) => {
    expect(() => assertCompatible('p', { ...metadata, ...more }, host)).toThrow(
      expect.objectContaining({ code: 'ERR_INCOMPATIBLE', message: `Cannot load "p": ${state}` }),
    );
  });
});
