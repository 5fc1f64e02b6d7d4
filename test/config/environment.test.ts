import { describe, expect, test } from 'vitest';
import { isSwitchedOn, runOptions, tokensFrom } from '../../src/config/environment.ts';
import { defaultCacheDir, expandPath, lockFileOf } from '../../src/config/paths.ts';
import { createRedactor } from '../../src/config/redact.ts';
import { formatDuration, formatSize, parseDuration, parseSize } from '../../src/config/units.ts';

describe('runOptions()', () => {
  test('is frozen in CI unless CI says no, or the environment or a flag says otherwise', () => {
    expect(runOptions({})).toEqual({ offline: false, frozen: false, ci: false, logLevel: 'info' });
    expect(runOptions({ CI: 'true' })).toMatchObject({ ci: true, frozen: true });
    for (const CI of ['', '0', 'false', 'FALSE'])
      expect(runOptions({ CI })).toMatchObject({ ci: false, frozen: false });
    expect(runOptions({ CI: '1', AITBC_FROZEN: '0' }).frozen).toBe(false);
    expect(runOptions({ AITBC_FROZEN: '1' }).frozen).toBe(true);
    expect(runOptions({ CI: '1', AITBC_FROZEN: '1' }, { frozen: false }).frozen).toBe(false);
  });

  test('lets flags beat the environment', () => {
    expect(runOptions({ AITBC_OFFLINE: '1' }).offline).toBe(true);
    expect(runOptions({ AITBC_OFFLINE: '1' }, { offline: false }).offline).toBe(false);
    expect(runOptions({ AITBC_LOG: 'debug' }).logLevel).toBe('debug');
    expect(runOptions({ AITBC_LOG: 'debug' }, { logLevel: 'error' }).logLevel).toBe('error');
  });

  test('refuses a level that is none, and says whose it is', () => {
    expect(() => runOptions({ AITBC_LOG: 'loud' })).toThrow('Cannot use "loud" for AITBC_LOG');
    expect(() => runOptions({}, { logLevel: 'loud' })).toThrow('Cannot use "loud" for --log-level');
  });
});

test('isSwitchedOn() takes anything but nothing, 0 and false for on', () => {
  expect([undefined, '', '0', 'false', 'False'].map(isSwitchedOn)).toEqual([false, false, false, false, false]);
  expect(['1', 'true', 'yes', 'woodpecker'].map(isSwitchedOn)).toEqual([true, true, true, true]);
});

test('tokensFrom() reads hosts and tokens', () => {
  expect([...tokensFrom({ AITBC_TOKENS: 'A.example=x; b:1=y==\n[::1]:2=z' })]).toEqual([
    ['a.example', 'x'],
    ['b:1', 'y=='],
    ['[::1]:2', 'z'],
  ]);
  expect(tokensFrom({}).size).toBe(0);
  expect(() => tokensFrom({ AITBC_TOKENS: 'https://a.example=x' })).toThrow('entry 1 is not host=token');
});

test('paths: home, cache and lock', () => {
  const env = { HOME: '/h' };
  expect([expandPath('~', '/r', env), expandPath('~/a', '/r', env), expandPath('~a', '/r', env)]).toEqual([
    '/h',
    '/h/a',
    '/r/~a',
  ]);
  expect(defaultCacheDir({ ...env, XDG_CACHE_HOME: '/x' }, 'linux')).toBe('/x/aitbc');
  expect(defaultCacheDir({ ...env, XDG_CACHE_HOME: 'relative' }, 'linux')).toBe('/h/.cache/aitbc');
  expect(defaultCacheDir(env, 'darwin')).toBe('/h/Library/Caches/aitbc');
  expect(['plugins.yml', 'plugins.json', 'staging.yaml', 'x.conf'].map((name) => lockFileOf(`/a/${name}`))).toEqual([
    '/a/plugins.lock.json',
    '/a/plugins.lock.json',
    '/a/staging.lock.json',
    '/a/x.conf.lock.json',
  ]);
});

describe('units', () => {
  test('parse sizes and durations, and nothing else', () => {
    expect(['64MiB', '1.5GB', '512B', '2 KB', '0B'].map(parseSize)).toEqual([67_108_864, 1.5e9, 512, 2_000, 0]);
    expect(['500ms', '10s', '1.5m', '2h', '3d'].map(parseDuration)).toEqual([
      500, 10_000, 90_000, 7_200_000, 259_200_000,
    ]);
    for (const bad of ['64', 'MiB', '64mib', '-1MiB', '1e3B', '64MiB ', '1.2.3GB', '9'.repeat(40) + 'B']) {
      expect(parseSize(bad)).toBeUndefined();
    }
    for (const bad of ['10', 's', '10S', '1w', '-1s', ' 1s']) expect(parseDuration(bad)).toBeUndefined();
  });

  test('format in the largest exact unit', () => {
    expect([67_108_864, 1_000, 0, 1_536].map(formatSize)).toEqual(['64MiB', '1000B', '0B', '1536B']);
    expect([500, 10_000, 90_000, 3_600_000].map(formatDuration)).toEqual(['500ms', '10s', '90s', '1h']);
  });
});

describe('createRedactor()', () => {
  test('removes secrets plain, URL-encoded, JSON-escaped and in base64', () => {
    const redact = createRedactor(['p@ss "word"/1', 'line-one-secret\nline-two-secret']);
    expect(redact('a p@ss "word"/1 b')).toBe('a [redacted] b');
    expect(redact(`?k=${encodeURIComponent('p@ss "word"/1')}`)).toBe('?k=[redacted]');
    expect(redact(JSON.stringify({ k: 'p@ss "word"/1' }))).toBe('{"k":"[redacted]"}');
    expect(redact(Buffer.from('p@ss "word"/1').toString('base64'))).not.toContain('cEBzcy');
    expect(redact('only line-two-secret')).toBe('only [redacted]');
  });

  test('leaves no rest of a secret that holds another', () => {
    expect(createRedactor(['abcd', 'abcdefgh'])('abcdefgh')).toBe('[redacted]');
  });

  test('takes short and ordinary values for no secrets, and patterns for text', () => {
    const redact = createRedactor(['', 'abc', '8080', 'localhost', 'true', 'a.*b']);
    expect(redact('localhost:8080 is true, abc axxb a.*b')).toBe('localhost:8080 is true, abc axxb [redacted]');
    expect(createRedactor([])('x')).toBe('x');
  });
});
