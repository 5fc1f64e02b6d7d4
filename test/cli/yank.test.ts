import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { serve, type TestServer } from '../support/http-server.ts';
import { workshop, type Workshop } from './support.ts';

const manifest = (version: string): string =>
  JSON.stringify({ name: 'greeter', version, description: 'Greets', author: 'Ada', license: 'MIT' });

interface Shop extends AsyncDisposable {
  readonly place: Workshop;
  readonly server: TestServer;
  config(more?: string): Promise<void>;
}

/** 1.0.0 and 1.1.0 published to ./registry, which a server serves as it is at the moment; 1.1.0 is added. */
async function shop(): Promise<Shop> {
  const place = await workshop({
    'plugins.yaml': 'plugins: {}\n',
    'greeter/mod.ts': `import manifest from './plugin.json';
export default { getMetadata: () => manifest, version: () => manifest.version };\n`,
  });
  const server = await serve(async (request, response) => {
    try {
      response.end(await readFile(join(place.path, 'registry', request.url ?? '/')));
    } catch {
      response.writeHead(404).end();
    }
  });
  const registry = `{ name: web, url: "${server.url}/index.json", revocations: { keys: [./plugin.key.pub] } }`;
  const config = async (more = ''): Promise<void> => {
    const text = await readFile(join(place.path, 'plugins.yaml'), 'utf8');
    const plugins = text.slice(text.indexOf('plugins:'));
    await place.write({ 'plugins.yaml': `registries: [${registry}]\nfetch: { retries: 0 }\n${more}${plugins}` });
  };
  await place.aitbc(['plugin', 'keygen']);
  for (const version of ['1.0.0', '1.1.0']) {
    await place.write({ 'greeter/plugin.json': manifest(version) });
    const run = await place.aitbc(['plugin', 'publish', './greeter', '--to', './registry', '--key', 'plugin.key']);
    expect(run).toMatchObject({ status: 0, stderr: '' });
  }
  await config();
  expect((await place.aitbc(['plugin', 'add', 'greeter@^1.0.0', '--yes'])).status).toBe(0);
  return {
    place,
    server,
    config,
    async [Symbol.asyncDispose]() {
      await server.close();
      await place.remove();
    },
  };
}

const call = (place: Workshop) => place.aitbc(['plugin', 'call', 'greeter', 'version']);
const yank = (place: Workshop, ...more: readonly string[]) =>
  place.aitbc(['plugin', 'yank', 'greeter@1.1.0', '--to', './registry', ...more]);

test('plugin yank keeps a version from new locks; what is locked goes on with a note, and --undo offers it again', async () => {
  await using made = await shop();
  const { place } = made;
  expect((await yank(place, '--reason', 'greets the wrong way')).status).toBe(0);
  expect((await yank(place, '--reason', 'greets the wrong way')).stdout).toContain('nothing was written');
  expect((await call(place)).stdout).toContain('1.1.0');
  const outdated = await place.aitbc(['plugin', 'outdated']);
  expect(outdated.stderr).toContain('greeter 1.1.0: yanked: greets the wrong way');
  expect((await place.aitbc(['plugin', 'list'])).stdout).toContain('locked, yanked');
  expect((await place.aitbc(['plugin', 'info', 'greeter'])).stdout).toMatch(
    /^withdrawn +yanked: greets the wrong way$/m,
  );
  const offered = async (): Promise<string> =>
    (await place.aitbc(['plugin', 'search', 'greeter'])).stdout.split('\n')[1] ?? '';
  expect(await offered()).toMatch(/^greeter +1\.0\.0/);
  expect((await yank(place, '--undo')).status).toBe(0);
  expect(await offered()).toMatch(/^greeter +1\.1\.0/);
  const index = JSON.parse(await readFile(join(place.path, 'registry/index.json'), 'utf8')) as { serial: number };
  expect(index.serial).toBe(4);
});

test('plugin yank says what it cannot do', async () => {
  await using made = await shop();
  const { place } = made;
  const wrong: readonly (readonly [readonly string[], number, string])[] = [
    [['greeter'], 2, 'it is no version of a plugin'],
    [['greeter@1.1.0'], 2, 'no registry is named'],
    [['greeter@9.0.0', '--to', './registry'], 1, 'it has 1.0.0, 1.1.0'],
    [['greeter@1.1.0', '--to', './registry', '--key', 'plugin.key'], 2, 'add --revoke'],
    [['greeter@1.1.0', '--to', './registry', '--revoke', '--key', 'plugin.key'], 2, 'no reason is given'],
    [['greeter@1.1.0', '--to', './registry', '--revoke', '--reason', 'x'], 2, 'no key is given'],
  ];
  for (const [args, status, message] of wrong) {
    const run = await place.aitbc(['plugin', 'yank', ...args]);
    expect(run.status).toBe(status);
    expect(run.stderr).toContain(message);
  }
});

test('plugin yank --revoke stops what is locked once the list was fetched, without a network, unless it is excepted', async () => {
  await using made = await shop();
  const { place, server, config } = made;
  const revoke = ['--revoke', '--reason', 'steals keys', '--key'];
  expect((await yank(place, ...revoke, 'plugin.key')).status).toBe(0);
  expect((await place.aitbc(['plugin', 'keygen', '--out', 'other.key'])).status).toBe(0);
  const other = await place.aitbc(['plugin', 'yank', 'greeter@1.0.0', '--to', 'registry', ...revoke, 'other.key']);
  expect(other.status).toBe(3);
  // A locked run asks nobody: it does not know yet.
  expect((await call(place)).status).toBe(0);
  const fetched = await place.aitbc(['plugin', 'fetch']);
  expect(fetched.status).toBe(3);
  expect(fetched.stderr).toContain('Cannot use "greeter": the registry "web" revoked 1.1.0: steals keys');
  await server.close();
  const stopped = await place.aitbc(['--offline', 'plugin', 'call', 'greeter', 'version']);
  expect(stopped.status).toBe(3);
  expect(stopped.stderr).toContain('error[ERR_REVOKED]');
  const [hint = ''] = /revoked: "sha256:[0-9a-f]{64}"/.exec(stopped.stderr) ?? [];
  const except = (expires: string, digest = hint): Promise<void> =>
    config(`trust: { exceptions: [{ plugin: greeter, ${digest}, reason: "until Monday", expires: "${expires}" }] }\n`);
  await except('2999-01-01');
  expect((await call(place)).stdout).toContain('1.1.0');
  await except('2020-01-01');
  expect((await call(place)).stderr).toContain('the exception for it ended with 2020-01-01');
  await except('2999-01-01', `revoked: "sha256:${'0'.repeat(64)}"`);
  expect((await call(place)).status).toBe(3);
});

test('plugin update leaves a revoked version for one that is offered, and nothing takes it again', async () => {
  await using made = await shop();
  const { place } = made;
  expect((await yank(place, '--revoke', '--reason', 'steals keys', '--key', 'plugin.key')).status).toBe(0);
  const updated = await place.aitbc(['plugin', 'update', 'greeter']);
  expect(updated.stderr).not.toContain('error');
  expect((await call(place)).stdout).toContain('1.0.0');
  expect((await place.aitbc(['plugin', 'rollback', 'greeter'])).stderr).toContain('error[ERR_REVOKED]');
  // The same bytes from elsewhere are the same plugin.
  const file = `${made.server.url}/plugins/greeter/greeter-1.1.0.tgz`;
  const again = await place.aitbc(['plugin', 'add', file, '--name', 'again', '--yes']);
  expect(again.status).toBe(3);
  expect(again.stderr).toContain('error[ERR_REVOKED]');
  expect((await yank(place, '--undo', '--revoke', '--key', 'plugin.key')).status).toBe(0);
  expect((await place.aitbc(['plugin', 'update', 'greeter'])).status).toBe(0);
  expect((await call(place)).stdout).toContain('1.1.0');
});
