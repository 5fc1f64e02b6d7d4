import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lockEntryOf } from '../../src/lock/entry.ts';
import { formatLock } from '../../src/lock/format.ts';
import { EMPTY_LOCK, readLock } from '../../src/lock/read.ts';
import type { LockFile } from '../../src/lock/types.ts';
import { artifactOf, GREETER } from '../support/artifact.ts';

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-'));
  path = join(folder, 'plugins.lock.json');
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const entry = lockEntryOf(
  artifactOf(
    { 'mod.ts': 'a', 'data.bin.js': 'b', 'https://example.com/z.ts': 'z' },
    { redirects: { 'https://example.com/z': 'https://example.com/z.ts' } },
  ),
  { metadata: GREETER, permissions: { net: ['api.example.com'] }, commands: [] },
);
const lock: LockFile = { lockfileVersion: 1, plugins: { greeter: entry, Alpha: entry } };
const text = formatLock(lock);

describe('formatLock()', () => {
  it('sorts keys, writes one module a line, and ends with one line feed', () => {
    expect(text).toBe(`{
  "lockfileVersion": 1,
  "plugins": {
    "Alpha": {
${fields()}
    },
    "greeter": {
${fields()}
    }
  }
}
`);
  });

  it('writes the same text whatever the order it is given', () => {
    const reversed = Object.fromEntries(Object.entries(entry).reverse()) as unknown as typeof entry;
    expect(formatLock({ plugins: { greeter: reversed, Alpha: reversed }, lockfileVersion: 1 })).toBe(text);
  });

  it('writes an empty lock', () => {
    expect(formatLock(EMPTY_LOCK)).toBe('{\n  "lockfileVersion": 1,\n  "plugins": {}\n}\n');
  });
});

describe('readLock()', () => {
  it('reads what formatLock wrote', async () => {
    await writeFile(path, text);
    expect(await readLock(path)).toEqual(lock);
    expect(formatLock(await readLock(path))).toBe(text);
  });

  it('takes a missing file for an empty lock', async () => {
    expect(await readLock(path)).toEqual(EMPTY_LOCK);
  });

  it('accepts a byte order mark and CRLF', async () => {
    await writeFile(path, `\uFEFF${text.replaceAll('\n', '\r\n')}`);
    expect(await readLock(path)).toEqual(lock);
  });

  const digest = entry.modules['mod.ts'] as string;
  it.each([
    ['a merge conflict', `{\n<<<<<<< HEAD\n  "a": 1\n=======\n>>>>>>> other\n}`, 'a merge conflict at line 2'],
    ['a merge conflict with CRLF', `{\r\n  "a": 1,\r\n=======\r\n}`, 'a merge conflict at line 3'],
    ['an empty file', '', 'line 1, column 1: the text ends too early'],
    ['a syntax error', '{\n  "lockfileVersion": 1,\n}', 'line 3, column 1: a key in double quotes was expected'],
    ['a duplicate checksum', text.replace(/( +)("mod.ts": .*)/, '$1$2,\n$1$2'), 'the key "mod.ts" stands twice'],
    ['a prototype key', text.replace('"Alpha"', '"__proto__"'), 'the key "__proto__" is not allowed'],
    ['no version', '{"plugins":{}}', 'lockfileVersion is missing'],
    ['a newer version', '{"lockfileVersion":2,"plugins":{},"new":1}', 'lockfileVersion is 2, this program reads 1'],
    ['a list', '[]', 'lockfileVersion is missing'],
    ['an unknown key', text.replace('"kind"', '"kin"'), 'plugins.Alpha lacks the key "kind"'],
    ['a short digest', text.replace(digest, digest.slice(0, -1)), 'plugins.Alpha.modules["mod.ts"] is not of the form'],
    [
      'another algorithm',
      text.replace(digest, `md5:${digest.slice(7)}`),
      'plugins.Alpha.modules["mod.ts"] is not of the form',
    ],
    [
      'a wrong kind',
      text.replace('"kind": "module"', '"kind": "script"'),
      'plugins.Alpha.kind must be one of module, component',
    ],
    ['a name that is none', text.replace('"Alpha"', '"../x"'), 'plugins has the wrong key "../x"'],
  ])('refuses %s', async (_, broken, state) => {
    await writeFile(path, broken);
    await expect(readLock(path)).rejects.toMatchObject({
      code: 'ERR_LOCK_INVALID',
      exitCode: 2,
      message: expect.stringContaining(state) as string,
    });
  });

  it('refuses one URL with two digests, under two plugins', async () => {
    const url = 'https://example.com/z.ts';
    const other = lockEntryOf(artifactOf({ 'mod.ts': 'a', [url]: 'changed' }), {
      metadata: GREETER,
      permissions: {},
      commands: [],
    });
    await writeFile(path, formatLock({ lockfileVersion: 1, plugins: { Alpha: entry, greeter: other } }));
    await expect(readLock(path)).rejects.toMatchObject({
      code: 'ERR_INTEGRITY',
      details: { module: url, Alpha: entry.modules[url], greeter: other.modules[url] },
    });
  });
});

function fields(): string {
  return `      "checksum": "${entry.checksum}",
      "commands": [],
      "entry": "mod.ts",
      "integrity": "${entry.integrity}",
      "kind": "module",
      "metadata": { "author": "Tests", "description": "Greets", "license": "MIT", "name": "greeter", "version": "1.2.0" },
      "modules": {
        "data.bin.js": "${entry.modules['data.bin.js'] as string}",
        "https://example.com/z.ts": "${entry.modules['https://example.com/z.ts'] as string}",
        "mod.ts": "${entry.modules['mod.ts'] as string}"
      },
      "permissions": { "net": ["api.example.com"] },
      "redirects": {
        "https://example.com/z": "https://example.com/z.ts"
      },
      "resolved": "greeter",
      "sdk": "1",
      "source": "./greeter"`;
}
