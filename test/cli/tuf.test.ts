import { expect, test } from 'vitest';
import { serve, type Routes } from '../support/http-server.ts';
import { below, registryFiles } from '../support/registry.ts';
import { tufKey, tufMetadata, tufRoot } from '../support/tuf.ts';
import { workshop } from './support.ts';

const NAMES = ['greeter', 'wallet'];

test('metadata that have expired refuse new plugins, and stop nothing that is locked', async () => {
  const online = tufKey();
  const files = await registryFiles(
    NAMES.map((name) => ({
      name,
      version: '1.0.0',
      files: {
        'mod.ts': `import manifest from './plugin.json';\nexport default { getMetadata: () => manifest, hello: () => 'hello' };\n`,
      },
    })),
  );
  const index = { 'index.json': files['index.json'] ?? '' };
  await using server = await serve(below('/', { ...files, ...tufMetadata(index, online) }));
  await using place = await workshop({
    'root.json': tufRoot([tufKey()], online),
    'plugins.yaml': `registries: [{ name: web, url: "${server.url}/", tuf: { root: ./root.json } }]\nplugins: {}\n`,
  });
  expect(await place.aitbc(['plugin', 'add', 'greeter', '--yes'])).toMatchObject({ status: 0 });
  const expired = tufMetadata(index, online, { version: 2, expires: '2020-01-01T00:00:00Z' });
  Object.assign(server.routes, below('/', expired) satisfies Routes);
  const refused = await place.aitbc(['plugin', 'add', 'wallet', '--yes']);
  expect(refused.status).toBe(3);
  expect(refused.stderr).toContain('error[ERR_SIGNATURE]: Cannot use the registry "web": TUF refuses it');
  const asked = server.requests.length;
  expect((await place.aitbc(['plugin', 'call', 'greeter', 'hello'])).stdout).toContain('hello');
  expect(server.requests.length).toBe(asked);
});
