import { readFile, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Value } from '../../src/protocol/values.ts';
import { workshop } from '../cli/support.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';
import { createHost, type Host } from './host.ts';
import { COMPONENTS, LANGUAGES, TYPESCRIPT } from './languages.ts';

const EVENTS = { publish: ['notes.written'], subscribe: ['notes.#'] };

let server: TestServer;
/** Built once for all tests. */
let cache: TemporaryFolder;
const hostOf = (plugins: Readonly<Record<string, object>>): Promise<Host> =>
  createHost(plugins, { cacheDir: cache.path });
beforeAll(async () => {
  cache = await temporaryFolder();
  server = await serve({
    '/page': 'Wé \u{1f600}',
    '/marked': '\ufeffmarked',
    '/moved': (_request, response) => void response.writeHead(302, { location: 'http://localhost:1/' }).end(),
    '/silent': () => {},
  });
});
afterAll(() => Promise.all([server.close(), cache.remove()]));

describe.each(LANGUAGES)('$plugin', ({ plugin, folder, keepsSurrogates }) => {
  let host: Host;
  const call = (method: string, ...args: Value[]): Promise<unknown> => host.manager.call(plugin, method, args);

  beforeAll(async () => {
    host = await hostOf({
      [plugin]: {
        source: folder,
        config: { greeting: 'Good day' },
        permissions: { net: [server.host], events: EVENTS },
        limits: { timeout: '2s' },
      },
      other: { source: TYPESCRIPT.folder, permissions: { events: EVENTS } },
    });
    const { started, failed } = await host.manager.startAll();
    expect([started.toSorted(), failed]).toEqual([[plugin, 'other'], []]);
  });
  afterAll(() => host[Symbol.asyncDispose]());

  test('is locked with its manifest, and no code runs for that', async () => {
    const lock = JSON.parse(await readFile(join(host.folder.path, 'plugins.lock.json'), 'utf8')) as {
      plugins: Record<string, object>;
    };
    expect(lock.plugins[plugin]).toMatchObject({
      kind: plugin === TYPESCRIPT.plugin ? 'module' : 'component',
      metadata: { name: plugin, version: '1.0.0', license: 'MIT' },
      configSchema: { properties: { greeting: { default: 'Hello' } } },
      permissions: { events: { subscribe: [{ value: 'notes.#' }] } },
    });
  });

  test('reads its config', async () => {
    expect(await call('greet', 'you')).toBe('Good day, you!');
  });

  test('keeps notes, logs and publishes them', async () => {
    expect(await call('write', 'first', 'Wé \u{1f600}')).toBe(8);
    expect(await call('read', 'first')).toBe('Wé \u{1f600}');
    expect(await call('read', 'none')).toBeNull();
    await expect.poll(() => host.manager.call('other', 'heard')).toContain('notes.written');
    await expect.poll(() => host.logged.filter((line) => line.includes('wrote first'))).toHaveLength(1);
    expect(host.logged.some((line) => line.startsWith('info: ') && line.includes('notebook is open'))).toBe(true);
  });

  test('hears what others publish and what the host broadcasts, each once and in order', async () => {
    const before = ((await call('heard')) as string[]).length;
    await host.manager.call('other', 'write', ['second', 'x']);
    await host.manager.broadcastEvent('notes.closing', { at: 1 });
    await host.manager.broadcastEvent('notes.closed.now', null);
    const heard = async (): Promise<string[]> => ((await call('heard')) as string[]).slice(before);
    await expect.poll(heard).toHaveLength(3);
    expect(await heard()).toEqual(['notes.written', 'notes.closing', 'notes.closed.now']);
  });

  test('fetches', async () => {
    expect(await call('fetch', `${server.url}/page`)).toEqual({ status: 200, body: 'Wé \u{1f600}' });
    expect(await call('fetch', `${server.url}/none`)).toEqual({ status: 404, body: 'not found' });
    expect(await call('fetch', `${server.url}/marked`)).toEqual({ status: 200, body: '\ufeffmarked' });
  });

  test.each(['http://localhost:1/', 'https://example.com/'])('is refused %s, by a redirect too', async (url) => {
    await expect(call('fetch', url)).rejects.toMatchObject({
      code: 'ERR_PERMISSION_DENIED',
      message: expect.stringContaining(`"${plugin}" has no net permission for`) as string,
    });
    await expect(call('fetch', `${server.url}/moved`)).rejects.toMatchObject({ code: 'ERR_PERMISSION_DENIED' });
  });

  const values = [null, true, 0, -1.5, 1e21, '', [], {}, [[1, [2]], { a: { b: [null, ']}"\\'] } }], { '': 1, 'ä"': 2 }];
  test.each(values.map((value) => ({ value })))('echoes $value', async ({ value }) => {
    expect(await call('echo', value as Value)).toEqual(value);
  });

  test.each([
    ['a byte order mark first', '\ufeffx'],
    ['a byte order mark alone', '\ufeff'],
    ['characters beyond the first plane', '\u{1f600}\u{10ffff}\u{10000}'],
    ['NUL', 'a\0b\0'],
    ['what JSON escapes', '"\\/\b\f\n\r\t\u001f\u007f\u2028'],
    ['noncharacters', '\ufffe\uffff\ufdd0'],
    ['64 KB', 'é'.repeat(32 * 1024)],
    ['1 MB', '\u{1f600}'.repeat(256 * 1024)],
  ])('takes, keeps and gives text with %s', async (_, text) => {
    expect(await call('echo', text)).toBe(text);
    expect(await call('greet', text)).toBe(`Good day, ${text}!`);
    expect(await call('write', 'text', text)).toBe(Buffer.byteLength(text));
    expect(await call('read', 'text')).toBe(text);
  });

  test(`has ${keepsSurrogates ? 'half a surrogate pair as it is' : 'U+FFFD for half a surrogate pair'}`, async () => {
    for (const half of ['\ud83d', '\ude00', '\ude00\ud83d']) {
      const expected = keepsSurrogates ? half : half.toWellFormed();
      expect(await call('greet', half)).toBe(`Good day, ${expected}!`);
    }
    expect(await call('write', 'half', 'a\ud83d')).toBe(4);
    expect(await call('read', 'half')).toBe('a\ufffd');
  });

  test.each(['no luck', '\ufeffno luck', ''])('fails with its reason, %j', async (reason) => {
    const error = (await call('fail', reason).catch((thrown: unknown) => thrown)) as Error;
    expect(error).toMatchObject({ code: 'ERR_PLUGIN_THREW', plugin });
    expect(error.message).toContain(reason.replace('\ufeff', ''));
    expect(await call('greet', 'you')).toBe('Good day, you!');
  });

  test.each(['nope', 'start', 'constructor', '__proto__', 'listMethods'])('has no method %s', async (method) => {
    await expect(call(method)).rejects.toMatchObject({ code: 'ERR_USAGE' });
  });

  test('is healthy, and its memory is measured', async () => {
    expect(await host.manager.health(plugin)).not.toMatchObject({ healthy: false });
    await expect.poll(async () => (await host.manager.health(plugin))['memory_usage']).toBeGreaterThan(10_000);
  });

  test('is ended by its timeout, and works again', async () => {
    await expect(call('fetch', `${server.url}/silent`)).rejects.toMatchObject({ code: 'ERR_LIMIT_TIME' });
    await expect.poll(() => call('greet', 'you').catch(() => undefined), { timeout: 20_000 }).toBe('Good day, you!');
  });

  test('gets no message beyond its limit', async () => {
    const big = 'x'.repeat(5 * 1024 * 1024);
    await expect(call('greet', big)).rejects.toMatchObject({
      code: expect.stringMatching(/^ERR_(LIMIT|VALUE)/) as string,
    });
    expect(await call('greet', 'you')).toBe('Good day, you!');
  });

  test('leaves nothing when it is unloaded, and finds its notes after a restart', async () => {
    await call('write', 'kept', 'for later');
    const pid = host.manager.listPlugins().find(({ name }) => name === plugin)?.pid;
    expect(await host.manager.unloadPlugin(plugin)).toBe(true);
    expect(host.manager.getPluginStatus(plugin)).toBe('unloaded');
    const living = host.manager.processes().flatMap((process) => process.plugins);
    expect(pid).toBeGreaterThan(0);
    expect(living).not.toContain(plugin);
    await host.manager.broadcastEvent('notes.late', 1);
    expect([await host.manager.loadPlugin(plugin), await host.manager.startPlugin(plugin)]).toEqual([true, true]);
    expect(await call('read', 'kept')).toBe('for later');
    expect(await call('heard')).toEqual([]);
    await (await host.restart()).startAll();
    expect(await call('read', 'kept')).toBe('for later');
  });
});

describe.each(LANGUAGES)('$plugin with less than it asks for', ({ plugin, folder }) => {
  test('has the default of its config, and is refused what it was not granted', async () => {
    await using host = await hostOf({
      [plugin]: { source: folder, permissions: { events: { subscribe: ['notes.#'] } } },
    });
    expect(await host.manager.startAll()).toMatchObject({ started: [plugin] });
    expect(await host.manager.call(plugin, 'greet', ['you'])).toBe('Hello, you!');
    await expect(host.manager.call(plugin, 'write', ['a', 'b'])).rejects.toMatchObject({
      code: 'ERR_PERMISSION_DENIED',
      message: expect.stringContaining('notes.written') as string,
    });
    await expect(host.manager.call(plugin, 'fetch', [`${server.url}/page`])).rejects.toMatchObject({
      code: 'ERR_PERMISSION_DENIED',
      hint: expect.stringContaining('net') as string,
    });
  });

  test('does not start where its subscription is refused', async () => {
    await using host = await hostOf({ [plugin]: { source: folder } });
    const { failed } = await host.manager.startAll();
    expect(failed).toEqual([expect.objectContaining({ name: plugin })]);
    expect(host.manager.getPluginStatus(plugin)).toBe('error');
  });

  test('does not start with a config that its schema refuses', async () => {
    await using host = await hostOf({ [plugin]: { source: folder, config: { greeting: 5 } } });
    const report = await host.manager.startAll();
    expect(JSON.stringify(report)).toContain('ERR_CONFIG_INVALID');
    expect(report.started).toEqual([]);
  });

  test('cannot keep more than its storage', async () => {
    await using host = await hostOf({
      [plugin]: { source: folder, permissions: { events: EVENTS }, limits: { storage: '1KiB' } },
    });
    await host.manager.startAll();
    await expect(host.manager.call(plugin, 'write', ['a', 'x'.repeat(2_000)])).rejects.toMatchObject({
      code: 'ERR_LIMIT_STORAGE',
    });
    expect(await host.manager.call(plugin, 'read', ['a'])).toBeNull();
    expect(await readdir(host.folder.path)).toContain('.aitbc');
  });
});

describe('aitbc plugin', () => {
  const calls: readonly (readonly [method: string, args: string])[] = [
    ['greet', '["W\\u00e9 \\ud83d\\ude00 \\u0000\\ufeff"]'],
    ['write', '["note", "a\\nb"]'],
    ['read', '["note"]'],
    ['read', '["none"]'],
    ['echo', '[ {"b": [1, 2.50, 1e3, "\\/"], "a": null} ]'],
    ['heard', '[]'],
  ];

  test('add takes a component from a URL without running it, and call prints the same bytes for every language', async () => {
    const printed = new Map<string, string>();
    for (const { plugin, folder } of LANGUAGES) {
      await using site = await serve({ '/plugin.wasm': await wasmOf(folder) });
      await using shop = await workshop();
      const source = plugin === TYPESCRIPT.plugin ? folder : `${site.url}/plugin.wasm`;
      const granted = ['--allow-publish=notes.written', '--allow-subscribe=notes.#'];
      const added = await shop.aitbc(['plugin', 'add', source, '--yes', ...granted]);
      expect([added.status, added.stdout]).toEqual([0, expect.stringContaining(`Added ${plugin} 1.0.0`)]);
      let out = '';
      for (const [method, args] of calls) {
        const { status, stdout, stderr } = await shop.aitbc(['plugin', 'call', plugin, method, args]);
        expect([method, status, stderr]).toEqual([method, 0, '']);
        out += stdout;
      }
      const failed = await shop.aitbc(['plugin', 'call', plugin, 'fail', '["why"]']);
      expect([failed.status, failed.stdout]).toEqual([1, '']);
      expect(failed.stderr).toContain('why');
      printed.set(plugin, out);
    }
    const [first] = printed.values();
    expect(first).toContain('"Hello, W');
    expect([...printed]).toEqual([...printed.keys()].map((plugin) => [plugin, first]));
  }, 120_000);
});

async function wasmOf(folder: string): Promise<Uint8Array> {
  return COMPONENTS.some((language) => language.folder === folder)
    ? readFile(join(folder, 'plugin.wasm'))
    : new Uint8Array();
}
