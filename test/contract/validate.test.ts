import { describe, expect, test } from 'vitest';
import { isPluginError } from '../../src/core/errors.ts';
import { parseDependency } from '../../src/contract/dependency.ts';
import {
  requestedValues,
  validateCommands,
  validateManifest,
  validateMetadata,
  validateRequestedPermissions,
} from '../../src/contract/validate.ts';

const good = { name: 'greeter', version: '1.2.3', description: 'Greets', author: 'Ada', license: 'MIT' };
const command = { name: 'say', help: 'Says' };

function messageOfThrown(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    if (isPluginError(error, 'ERR_METADATA')) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('validateMetadata()', () => {
  test('returns a copy of all that the specification names', () => {
    const full = {
      ...good,
      homepage: 'https://example.com',
      repository: 'https://example.com/r',
      keywords: ['a'],
      dependencies: ['base', 'other@^1.0.0'],
      min_aitbc_version: '1.0.0',
      max_aitbc_version: '2.0.0-rc.1+build',
      supported_platforms: ['linux', 'darwin-arm64'],
      permissions: { net: ['a.example', { value: 'b.example', reason: 'rates' }], events: { publish: ['x.*'] } },
      interfaces: ['cli', 'acme:pricer@1'],
    };
    const out = validateMetadata(full);
    expect(out).toEqual(full);
    expect(out.keywords).not.toBe(full.keywords);
    expect(requestedValues(out.permissions?.net)).toEqual(['a.example', 'b.example']);
  });

  test.each<[string, unknown, string]>([
    ['nothing', undefined, 'must be JSON, not nothing'],
    ['a list', [], 'it must be a map, not a list'],
    ['no name', { ...good, name: undefined }, 'name is missing'],
    ['a number for a string', { ...good, description: 4 }, 'description must be a string, not the number 4'],
    ['a bad name', { ...good, name: '9x' }, 'name must match ^[a-zA-Z]'],
    ['a version that is none', { ...good, version: 'v1.2' }, 'version must be a version like 1.2.3, not "v1.2"'],
    ['a v before the version', { ...good, version: 'v1.2.3' }, 'version must be a version'],
    ['a range for min', { ...good, min_aitbc_version: '^1.0.0' }, 'min_aitbc_version must be a version'],
    ['a misspelt key', { ...good, keywrods: [] }, 'keywrods is not a known key, did you mean "keywords"?'],
    ['a bad range', { ...good, dependencies: ['base@not a range'] }, 'dependencies[0] must be "name" or "name@range"'],
    ['itself', { ...good, dependencies: ['greeter'] }, 'dependencies[0] must not be the plugin itself'],
    ['a permission of no form', { ...good, permissions: { net: [4] } }, 'permissions.net[0]'],
    [
      'a misspelt permission',
      { ...good, permissions: { nets: [] } },
      'permissions.nets is not a known key, did you mean "net"?',
    ],
    ['an own __proto__', JSON.parse(`{"__proto__":{"x":1},"name":"a"}`), '__proto__ is not an allowed key'],
    ['a class', { ...good, author: new Map() }, 'author must be JSON, not an object of a class'],
    ['a function', { ...good, author: () => 1 }, 'author must be JSON, not a function'],
    ['a huge text', { ...good, description: 'x'.repeat(70_000) }, 'description must not be longer than'],
    ['a long text', { ...good, description: 'x'.repeat(3_000) }, 'description must not be longer than 2000'],
    [
      'a huge list',
      { ...good, keywords: Array.from({ length: 50_000 }, () => 'k') },
      'keywords must not have more than',
    ],
    [
      'a long list',
      { ...good, keywords: Array.from({ length: 65 }, () => 'k') },
      'keywords must not have more than 64',
    ],
  ])('refuses %s', (_what, value, message) => {
    expect(messageOfThrown(() => validateMetadata(value, 'p'))).toContain(message);
  });

  test('names all problems at once, and shows no control characters', () => {
    const message = messageOfThrown(() => validateMetadata({ name: 'a', version: 1, '\u001b[31m': 1 }));
    expect(message).toContain('version must be a string');
    expect(message).toContain('author is missing');
    expect(message).not.toContain('\u001b');
  });

  test('ends on a cycle', () => {
    const cycle: Record<string, unknown> = { ...good };
    cycle['x-self'] = cycle;
    expect(messageOfThrown(() => validateMetadata(cycle))).toContain('nested deeper');
  });

  test('takes inherited names for missing', () => {
    expect(messageOfThrown(() => validateMetadata(Object.create(null)))).toContain('name is missing');
  });
});

describe('validateManifest()', () => {
  test('separates metadata from what the loader needs', () => {
    const manifest = validateManifest({
      ...good,
      $schema: 'https://example.com/s',
      entry: 'src/mod.ts',
      sdk: '1',
      commands: [{ name: 'greet', help: '', subcommands: [command] }],
      config_schema: { type: 'object' },
      import_map: { imports: {} },
    });
    expect(manifest.metadata).toEqual(good);
    expect(manifest).toMatchObject({ entry: 'src/mod.ts', sdk: '1', configSchema: { type: 'object' }, importMap: {} });
    expect(manifest.commands?.[0]?.subcommands).toEqual([command]);
  });

  test('offers the right spelling of its own keys', () => {
    expect(messageOfThrown(() => validateManifest({ ...good, entri: 'a' }))).toContain('did you mean "entry"?');
  });
});

describe('validateCommands()', () => {
  const group = (parts: object) => [{ name: 'greet', help: '', subcommands: [{ ...command, ...parts }] }];

  test.each<[string, unknown, string]>([
    ['two groups of a name', [...group({}), ...group({})], 'commands must not name "greet" twice'],
    ['two options of a name', group({ options: [{ name: 'a' }, { name: 'a' }] }), 'must not name "a" twice'],
    [
      'two short names',
      group({
        options: [
          { name: 'a', short: 'x' },
          { name: 'b', short: 'x' },
        ],
      }),
      '"x" twice',
    ],
    [
      'a default of another type',
      group({ options: [{ name: 'a', type: 'number', default: '1' }] }),
      'must be a number',
    ],
    ['choices of a number', group({ options: [{ name: 'a', type: 'number', choices: ['1'] }] }), 'has choices'],
    ['its own --help', group({ options: [{ name: 'help' }] }), "the host's own"],
    [
      'a variadic in the middle',
      group({ arguments: [{ name: 'a', variadic: true }, { name: 'b' }] }),
      'must be the last',
    ],
    ['a type of no kind', group({ options: [{ name: 'a', type: 'int' }] }), 'must be one of string, number, boolean'],
    ['a name with dashes', group({ name: '--x' }), '[0].subcommands[0].name must match'],
    ['a group without commands', [{ name: 'a', help: '', subcommands: [] }], 'must have at least 1 item'],
  ])('refuses %s', (_what, value, message) => {
    expect(messageOfThrown(() => validateCommands(value))).toContain(message);
  });
});

test('validateRequestedPermissions() refuses what is no permission', () => {
  expect(validateRequestedPermissions({ net: ['a'] })).toEqual({ net: ['a'] });
  expect(messageOfThrown(() => validateRequestedPermissions({ net: 'a' }))).toContain(
    'net must be a list, not a string',
  );
});

test('parseDependency() reads names and ranges', () => {
  expect(parseDependency('a')).toEqual({ name: 'a', range: '*' });
  expect(parseDependency('a-b@>=1 <3')).toEqual({ name: 'a-b', range: '>=1 <3' });
  for (const bad of ['', '@1', 'a@', 'a@@1', '../a', 'a b']) expect(parseDependency(bad)).toBeUndefined();
});
