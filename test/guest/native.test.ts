import { describe, expect, it } from 'vitest';
import { createNative } from '../../runtime/native.ts';

const FAILED = '\udfff';

describe('createNative()', () => {
  it.each<[string, unknown[], string]>([
    ['nope', [], 'NotSupportedError'],
    ['__proto__', [], 'NotSupportedError'],
    ['constructor', [], 'NotSupportedError'],
    ['url.parse', [{ toString: () => 'http://a' }], 'TypeError'],
    ['url.set', ['http://a', 'href', 'http://b'], 'NotSupportedError'],
    ['url.set', ['http://a', '__proto__', 'x'], 'NotSupportedError'],
    ['text.decode', ['utf-8', false, 'text'], 'TypeError'],
    ['text.decode', ['utf-8', true, Uint8Array.of(0xff)], 'TypeError'],
    ['text.label', ['nope'], 'RangeError'],
    ['random', [65_537], 'OperationError'],
    ['random', [-1], 'OperationError'],
    ['random', ['9'], 'OperationError'],
    ['digest', ['sha256', [1, 2]], 'TypeError'],
    ['digest', ['shake256', Uint8Array.of(1)], 'NotSupportedError'],
    ['pbkdf2', ['sha256', Uint8Array.of(1), Uint8Array.of(1), 1e12, 32], 'OperationError'],
    ['pbkdf2', ['sha256', Uint8Array.of(1), Uint8Array.of(1), 1, 1e9], 'OperationError'],
    ['aes.gcm', ['encrypt', Uint8Array.of(1), new Uint8Array(12), Uint8Array.of(1), undefined, 16], 'DataError'],
    ['key.import', ['ec:P-256', 'spki', Uint8Array.of(1, 2, 3)], 'DataError'],
    ['key.import', ['ec:P-256', 'jwk-public', 'no json'], 'DataError'],
    ['key.generate', ['rsa', 8_192, 65_537], 'OperationError'],
    ['sign', ['ed25519', undefined, undefined, Uint8Array.of(1), Uint8Array.of(1)], 'OperationError'],
  ])('%s refuses %j as a value, not a throw', (op, args, name) => {
    const result = createNative()(op, args);
    expect(result).toMatch(new RegExp(`^${FAILED}${name}\n`));
  });

  it('says nothing of the host in a failure', () => {
    const result = String(createNative()('key.import', ['rsa', 'pkcs8', Uint8Array.of(1)]));
    expect(result).not.toMatch(/node:|\.ts|\/work|at /);
  });

  it('bounds the time that one plugin takes of the process, and gives it back as time passes', () => {
    let now = 0;
    const native = createNative(() => (now += 400));
    const results = Array.from({ length: 20 }, () => native('url.toASCII', ['a']));
    const refused = results.findIndex((result) => result !== 'a');
    expect(refused).toBeGreaterThan(1);
    expect(results[refused]).toMatch(/QuotaExceededError/);
    now += 10_000;
    expect(native('url.toASCII', ['a'])).toBe('a');
  });
});
