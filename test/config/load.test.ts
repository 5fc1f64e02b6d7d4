import { mkdtemp, mkdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { loadConfig, type LoadConfigOptions } from '../../src/config/load.ts';
import { PluginError } from '../../src/core/errors.ts';

let folder: string;
let count = 0;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'aitbc-config-'));
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function write(text: string | Uint8Array, name = 'plugins.yaml'): Promise<string> {
  const own = join(folder, String(++count));
  await mkdir(own);
  await writeFile(join(own, name), text);
  return join(own, name);
}

async function refusal(options: LoadConfigOptions): Promise<PluginError> {
  try {
    await loadConfig({ env: { HOME: '/home/ada' }, ...options });
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error('the config was accepted');
}

describe('loadConfig() with the example of the specification', () => {
  const file = fileURLToPath(new URL('../../fixtures/config/specification.yaml', import.meta.url));

  test('loads it unchanged, without OPENAI_API_KEY, because translation-ai is disabled', async () => {
    const config = await loadConfig({ file, env: { HOME: '/home/ada' } });
    expect([...config.plugins.keys()]).toEqual(['agent-cli', 'bitcoin-integration', 'translation-ai']);
    expect(config.plugins.get('agent-cli')).toMatchObject({
      enabled: true,
      priority: 10,
      config: { default_agent_type: 'chat', max_agents: 100 },
      isolation: 'shared',
      source: undefined,
      at: { line: 3, column: 3 },
    });
    expect(config.plugins.get('bitcoin-integration')?.config['rpc_url']).toBe('http://localhost:8332');
    expect(config.plugins.get('translation-ai')).toMatchObject({
      enabled: false,
      config: { provider: 'openai', api_key: '${OPENAI_API_KEY}' },
    });
    expect(config.pluginPaths).toEqual([
      '/opt/aitbc/plugins',
      '/home/ada/.aitbc/plugins',
      join(config.root, 'plugins'),
    ]);
    expect(config).toMatchObject({ autoLoad: true, healthCheckInterval: 60, secrets: [] });
    expect(config.lockFile).toBe(join(config.root, 'specification.lock.json'));
  });

  test('needs the variable once it is enabled', async () => {
    const { readFile } = await import('node:fs/promises');
    const text = (await readFile(file, 'utf8')).replace('enabled: false', 'enabled: true');
    const enabled = await write(text);
    const error = await refusal({ file: enabled });
    expect(error.code).toBe('ERR_CONFIG_ENV');
    expect(error.message).toContain(
      'plugins.translation-ai.config.api_key needs the environment variable OPENAI_API_KEY',
    );
    expect(error.details).toMatchObject({ line: 23, column: 16, key: 'plugins.translation-ai.config.api_key' });
    expect(error.hint).toContain('${OPENAI_API_KEY:-default}');
    const config = await loadConfig({ file: enabled, env: { OPENAI_API_KEY: 'sk-123456' } });
    expect(config.plugins.get('translation-ai')?.config['api_key']).toBe('sk-123456');
    expect(config.secrets).toEqual(['sk-123456']);
  });
});

describe('loadConfig() refuses, with line, column and key,', () => {
  const plugin = (lines: string): string => `plugins:\n  greeter:\n    enabled: true\n${lines}`;

  test.each<[string, string, Partial<Record<'line' | 'column' | 'key', unknown>>, string]>([
    ['an empty file', '', { line: 1, column: 1 }, 'the file is empty'],
    ['nothing but comments', '# nothing\n', { line: 1 }, 'the file holds no keys'],
    ['a list at the top', '- a\n', {}, 'the file must be a map, not a list'],
    ['a text at the top', 'hello\n', {}, 'the file must be a map, not a string'],
    ['a misspelt key', 'plugin:\n  a: 1\n', { line: 1, column: 1, key: 'plugin' }, 'did you mean "plugins"?'],
    [
      'a misspelt option',
      plugin('    permisions: {}\n'),
      { line: 4, column: 5, key: 'plugins.greeter.permisions' },
      'did you mean "permissions"?',
    ],
    [
      'a misspelt permission',
      plugin('    permissions:\n      nett: []\n'),
      { line: 5, column: 7 },
      'did you mean "net"?',
    ],
    ['a misspelt limit', plugin('    limits: { memroy: 64MiB }\n'), { line: 4, column: 15 }, 'did you mean "memory"?'],
    [
      'a list of plugins',
      'plugins:\n  - name: a\n',
      { line: 2, column: 3, key: 'plugins' },
      'must be a map, not a list',
    ],
    ['plugins without anything', 'plugins:\n', { line: 1, key: 'plugins' }, 'must be a map, not null'],
    ['no enabled', 'plugins:\n  greeter:\n    priority: 1\n', { line: 2, column: 3 }, 'enabled is missing'],
    [
      'yes for true',
      'plugins:\n  greeter:\n    enabled: yes\n',
      { line: 3, column: 14 },
      'must be true or false, not a string',
    ],
    ['a priority too high', plugin('    priority: 101\n'), { line: 4, column: 15 }, 'must be at most 100, not 101'],
    ['a priority in quotes', plugin('    priority: "10"\n'), { line: 4 }, 'must be an integer, not a string'],
    ['a number for a text', plugin('    source: 12\n'), { line: 4, column: 13 }, 'must be a string, not the number 12'],
    [
      'a text for a list',
      plugin('    permissions:\n      net: a.example\n'),
      { line: 5, column: 12 },
      'must be a list of strings, not a string',
    ],
    [
      'a number in a list',
      plugin('    permissions:\n      net: [1]\n'),
      { line: 5, key: 'plugins.greeter.permissions.net[0]' },
      'must be a string',
    ],
    ['a bad name', 'plugins:\n  9lives:\n    enabled: true\n', { line: 2, column: 3 }, 'is not a valid name'],
    ['an interval of zero', 'health_check_interval: 0\n', { line: 1 }, 'must be at least 1, not 0'],
    [
      'a size without a unit',
      plugin('    limits: { memory: 64 }\n'),
      { line: 4 },
      'must be a string, not the number 64',
    ],
    [
      'a size with another unit',
      plugin('    limits: { memory: 64 mb }\n'),
      { line: 4 },
      'a size with its unit, like 64MiB',
    ],
    ['a size out of range', plugin('    limits: { memory: 1MiB }\n'), { line: 4, column: 23 }, 'from 8MiB to 8GiB'],
    ['a duration out of range', plugin('    limits: { cpu: 0ms }\n'), { line: 4 }, 'from 1ms to 1h'],
    [
      'another isolation',
      plugin('    isolation: proces\n'),
      { line: 4 },
      'one of shared, process, did you mean "process"?',
    ],
    [
      'a key twice',
      plugin('    enabled: false\n'),
      { line: 4, column: 5, key: 'plugins.greeter.enabled' },
      'stands twice in this map, first at line 3',
    ],
    [
      'a plugin twice',
      'plugins:\n  a: { enabled: true }\n  a: { enabled: true }\n',
      { line: 3, column: 3 },
      'stands twice',
    ],
    ['a tab', 'plugins:\n\tgreeter:\n', { line: 2, column: 1 }, 'a tab cannot indent YAML'],
    ['two documents', 'plugins: {}\n---\nplugins: {}\n', { line: 2 }, 'a second document'],
    ['a merge key', 'x-base: &base { enabled: true }\nplugins:\n  a: { <<: *base }\n', { line: 3 }, 'is a merge key'],
    ['a tag', 'plugins: !!js/function x\n', { line: 1 }, 'tags are not supported'],
    ['an unknown alias', 'plugins: *nothing\n', { line: 1 }, 'is an alias of "nothing"'],
    ['a cycle of aliases', 'x-a: &a { b: *a }\n', {}, 'is nested deeper than'],
    ['an own __proto__', '__proto__: { plugins: {} }\n', { line: 1 }, '__proto__ is not an allowed key'],
    ['a __proto__ in a config', plugin('    config: { __proto__: { a: 1 } }\n'), { line: 4 }, 'is not an allowed key'],
    ['a key of no text', 'plugins:\n  ? [a]\n  : 1\n', { line: 2 }, 'has a key that is not a string'],
    ['another YAML', '%YAML 1.1\n---\nplugins: {}\n', {}, 'must be YAML 1.2, not 1.1'],
    ['a number that is none', plugin('    config: { a: .nan }\n'), { line: 4 }, 'must be a finite number'],
    [
      'a number too large',
      plugin('    config: { id: 12345678901234567890 }\n'),
      { line: 4 },
      'write "12345678901234567890" in quotes',
    ],
    ['a variable without quotes in braces', plugin('    config: { a: ${X} }\n'), { line: 4 }, 'unexpected'],
    ['an open bracket', 'plugins: [\n', { line: 2 }, 'flow sequence'],
    [
      'a variable in a source',
      plugin('    source: https://${HOST}/mod.ts\n'),
      { line: 4, column: 13 },
      'cannot hold ${…}',
    ],
    ['a variable of no form', plugin('    config: { a: "${1}" }\n'), { line: 4 }, 'which is none of ${NAME}'],
    ['an open variable', plugin('    config: { a: "${HOME" }\n'), { line: 4 }, 'has a ${ without its }'],
    [
      'an inherited name as a variable',
      plugin('    config: { a: "${toString}" }\n'),
      { line: 4 },
      'needs the environment variable toString',
    ],
    [
      'a secret file that is not there',
      plugin('    config: { a: "${file:/nowhere/x}" }\n'),
      { line: 4 },
      'cannot read "/nowhere/x": no such file',
    ],
    ['a secret file that is a device', plugin('    config: { a: "${file:/dev/zero}" }\n'), { line: 4 }, 'not a file'],
    [
      'a dependency of no name',
      plugin('    dependencies: ["a b"]\n'),
      { line: 4, column: 20 },
      'must be the name of a plugin',
    ],
    ['a dependency on itself', plugin('    dependencies: [greeter]\n'), { line: 4 }, 'must not be the plugin itself'],
  ])('%s', async (_what, text, details, message) => {
    const error = await refusal({ file: await write(text) });
    expect(error.message).toContain(message);
    expect(error.message).toMatch(/^Cannot use "/);
    expect(error.details).toMatchObject(details);
    expect(error.exitCode).toBe(2);
  });

  test.each<[string, string, string, number]>([
    ['a comment in JSON', '{\n  // no\n  "plugins": {}\n}', 'JSON has no comments', 2],
    ['a comma at the end', '{\n  "plugins": {},\n}', 'a key in double quotes was expected', 3],
    ['a key twice in JSON', '{\n  "plugins": {},\n  "plugins": {}\n}', 'stands twice in this map, first at line 2', 3],
    ['an own __proto__ in JSON', '{\n  "__proto__": {}\n}', 'is not an allowed key', 2],
    ['single quotes', "{'plugins': {}}", 'this is not JSON', 1],
    ['a misspelt key in JSON', '{\n  "pluginz": {}\n}', 'did you mean "plugins"?', 2],
    ['an empty JSON file', '', 'a value was expected', 1],
    ['JSON null', 'null', 'holds no keys', 1],
  ])('%s', async (_what, text, message, line) => {
    const error = await refusal({ file: await write(text, 'plugins.json') });
    expect(error.message).toContain(message);
    expect(error.details['line']).toBe(line);
  });

  test.each<[string, string | Uint8Array, string]>([
    ['a NUL', 'plugins: {}\nx\u0000', 'line 2, column 2: a NUL character'],
    ['UTF-16', Buffer.from('\uFEFFplugins: {}', 'utf16le'), 'it is UTF-16'],
    [
      'bytes that are not UTF-8',
      Buffer.from([0x61, 0x3a, 0x0a, 0x20, 0xff, 0x0a]),
      'line 2, column 2: a byte that is not UTF-8',
    ],
    ['a file too large', `#${'x'.repeat(1_048_576)}`, 'it has 1048577 bytes'],
  ])('%s', async (_what, content, message) => {
    expect((await refusal({ file: await write(content) })).message).toContain(message);
  });

  test('bombs of aliases, of depth and of keys, without hanging', async () => {
    const levels = Array.from({ length: 30 }, (_, i) => `x-${i}: &a${i} [${`*a${i - 1},`.repeat(10)}]`);
    levels[0] = 'x-0: &a0 [lol]';
    expect((await refusal({ file: await write(levels.join('\n')) })).message).toContain('holds more than');
    for (const name of ['plugins.yaml', 'plugins.json']) {
      const deep = await refusal({ file: await write('['.repeat(200_000), name) });
      expect(deep.message).toMatch(/nested|expected|sequence/);
    }
    const keys = Array.from({ length: 90_000 }, (_, i) => `k${i}:`).join('\n');
    expect((await refusal({ file: await write(keys) })).message).toContain('is not a known key');
  });
});

describe('loadConfig()', () => {
  test('names all problems at once, in the order of the file', async () => {
    const error = await refusal({
      file: await write('auto_load: 1\nplugins:\n  a: { enabled: 1, prio: 2 }\n  b: { priority: 0 }\n'),
      cwd: folder,
    });
    expect(error.message).toContain('(and 4 more)');
    const places = Object.keys(error.details).filter((key) => key.includes('plugins.yaml:'));
    expect(places.map((key) => key.split(':')[1])).toEqual(['1', '3', '3', '4', '4']);
  });

  test('takes a BOM, CRLF, comments, anchors and keys of its own beginning with x-', async () => {
    const text =
      '\uFEFFx-limits: &small { memory: 16MiB }\r\nplugins:\r\n  a: # one\r\n    enabled: true\r\n    limits: *small\r\n';
    const config = await loadConfig({ file: await write(text), env: {} });
    expect(config.plugins.get('a')?.limits.memory).toBe(16 * 1024 ** 2);
  });

  test('fills in every default, and limits of the whole config for each plugin', async () => {
    const file = await write(
      'limits: { cpu: 2s }\nplugins:\n  a: { enabled: true }\n  b: { enabled: true, limits: { cpu: 1s } }\n',
    );
    const config = await loadConfig({ file, env: { HOME: '/home/ada' } });
    expect(config.plugins.get('a')).toMatchObject({
      priority: 50,
      required: false,
      config: {},
      dependencies: [],
      permissions: {},
    });
    expect(config.plugins.get('a')?.limits).toMatchObject({ cpu: 2_000, memory: 67_108_864, timeout: 10_000 });
    expect(config.plugins.get('b')?.limits.cpu).toBe(1_000);
    expect(config).toMatchObject({
      autoLoad: true,
      healthCheckInterval: 60,
      pluginPaths: [],
      cacheDir: '/home/ada/.cache/aitbc',
    });
    expect(config.dataDir).toBe(join(config.root, '.aitbc'));
    expect(config.fetch).toMatchObject({ retries: 3, maxModules: 5_000, ca: undefined, allowInsecure: [] });
  });

  test('interpolates config, permissions and folders, and keeps secrets of config alone', async () => {
    const file = await write(
      [
        'data_dir: ${BASE}/data',
        'plugins:',
        '  a:',
        '    enabled: true',
        '    config: { key: "pre-${KEY}-${NONE:-x}-$${KEY}", list: ["${KEY}"], port: "${PORT}", file: "${file:secret.txt}" }',
        '    permissions: { read: ["${BASE}/in", "!~/private", "rel"], net: ["${HOST:-localhost}:80"] }',
      ].join('\n'),
    );
    await writeFile(join(file, '..', 'secret.txt'), 'from-a-file\n');
    const config = await loadConfig({ file, env: { HOME: '/home/ada', BASE: '/srv', KEY: 'k$${x}', PORT: '8080' } });
    const plugin = config.plugins.get('a');
    expect(plugin?.config).toEqual({ key: 'pre-k$${x}-x-${KEY}', list: ['k$${x}'], port: '8080', file: 'from-a-file' });
    expect([...(plugin?.interpolated ?? [])]).toEqual(['/key', '/list/0', '/port', '/file']);
    expect(plugin?.permissions).toEqual({
      read: ['/srv/in', '!/home/ada/private', join(config.root, 'rel')],
      net: ['localhost:80'],
    });
    expect(config.dataDir).toBe('/srv/data');
    expect(config.secrets).toEqual(['k$${x}', '8080', 'from-a-file']);
  });

  test('lets a flag beat the environment, and that the config', async () => {
    const file = await write('data_dir: conf\ncache_dir: /conf\nplugins: {}\n');
    const env = { AITBC_DATA: 'env', AITBC_CACHE: '/env' };
    const cwd = folder;
    expect(await loadConfig({ file, env, cwd, flags: { dataDir: 'flag' } })).toMatchObject({
      dataDir: join(folder, 'flag'),
      cacheDir: '/env',
    });
    expect((await loadConfig({ file, env, cwd })).dataDir).toBe(join(folder, 'env'));
    expect((await loadConfig({ file, env: {}, cwd })).cacheDir).toBe('/conf');
  });

  test('joins tokens of the config and of AITBC_TOKENS, all secret', async () => {
    const file = await write('fetch: { tokens: { Git.Example: "${T}" }, timeout: 5s }\nplugins: {}\n');
    const config = await loadConfig({ file, env: { T: 'tok-1', AITBC_TOKENS: 'b.example:8443=tok=2' } });
    expect([...config.fetch.tokens]).toEqual([
      ['git.example', 'tok-1'],
      ['b.example:8443', 'tok=2'],
    ]);
    expect(config.fetch.timeout).toBe(5_000);
    expect(config.secrets).toEqual(['tok-1', 'tok=2']);
    const error = await refusal({ file, env: { T: 'x', AITBC_TOKENS: 'a=b,secret-without-host' } });
    expect(error).toMatchObject({ code: 'ERR_USAGE' });
    expect(error.message).not.toContain('secret');
  });

  test('finds the nearest config upward, or what AITBC_CONFIG names, and refuses two in one folder', async () => {
    const file = await write('plugins: {}\n');
    const below = join(file, '..', 'a', 'b');
    await mkdir(below, { recursive: true });
    expect((await loadConfig({ cwd: below, env: {} })).file).toBe(file);
    const other = await write('{"plugins":{}}', 'other.json');
    const named = await loadConfig({ cwd: below, env: { AITBC_CONFIG: other } });
    expect([named.file, named.lockFile]).toEqual([other, join(other, '..', 'other.lock.json')]);
    expect((await loadConfig({ cwd: below, env: {} })).lockFile).toBe(join(file, '..', 'plugins.lock.json'));
    await writeFile(join(file, '..', 'plugins.json'), '{}');
    expect((await refusal({ cwd: below, env: {} })).message).toContain('it has plugins.yaml and plugins.json');
  });

  test('says what to do where there is no config, or the file named is none', async () => {
    const none = join(folder, 'none');
    await mkdir(none);
    const error = await refusal({ cwd: none, env: {} });
    expect(error.message).toContain('Cannot find a config');
    expect(error.hint).toContain('aitbc plugin add');
    expect((await refusal({ file: join(none, 'x.yaml') })).message).toContain('no such file');
    expect((await refusal({ file: none })).message).toContain('it is a folder');
    expect((await refusal({ file: '/dev/null' })).message).toContain('not a regular file');
  });

  test('takes a config as an object, and copies it', async () => {
    const object = { plugins: { a: { enabled: true, config: { n: 1 } } } };
    const config = await loadConfig({ object, cwd: folder, env: {} });
    expect(config).toMatchObject({ file: undefined, root: folder, lockFile: join(folder, 'plugins.lock.json') });
    expect(config.plugins.get('a')?.config).toEqual({ n: 1 });
    expect(config.plugins.get('a')?.config).not.toBe(object.plugins.a.config);
    expect((await refusal({ object: { plugins: { a: { enabled: 1n } } } })).message).toContain(
      'plugins.a.enabled must be JSON',
    );
    expect((await refusal({ object: { plugins: { a: {} } } })).message).toContain('enabled is missing');
  });
});
