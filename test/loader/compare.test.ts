import { expect, test } from 'vitest';
import { below, registryFiles } from '../support/registry.ts';
import { workspace } from './support.ts';

const registries = (...names: readonly string[]): string =>
  names.map((name) => `  - { name: ${name}, url: ./${name} }\n`).join('');

test('compare() shows what the registry would give that the name is locked from, and never another one', async () => {
  const own = await registryFiles([
    { name: 'greeter', version: '1.0.0' },
    { name: 'greeter', version: '1.1.0' },
  ]);
  const other = await registryFiles([
    { name: 'greeter', version: '1.1.0', manifest: { description: 'another one' } },
    { name: 'greeter', version: '1.2.0', manifest: { description: 'another one' } },
  ]);
  const config = (...names: readonly string[]): string => `registries:\n${registries(...names)}plugins: {}\n`;
  await using place = await workspace(config('own'), { ...below('own/', own), ...below('other/', other) });
  await (await place.loader()).add('greeter@1.0.0', { name: 'greeter' });
  await place.folder.write({
    'plugins.yaml': `registries:\n${registries('other', 'own')}plugins: { greeter: { enabled: true, source: greeter@^1.0.0 } }\n`,
  });
  const loader = await place.loader();
  const { after } = await loader.compare('greeter', undefined);
  expect(after.entry).toMatchObject({ registry: { name: 'own' }, metadata: { version: '1.1.0' } });
  const named = await loader.compare('greeter', 'greeter@1.1.0');
  expect(named.after.entry).toMatchObject({ registry: { name: 'own' }, metadata: { version: '1.1.0' } });
});
