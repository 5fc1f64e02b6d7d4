import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { below, registryFiles } from '../support/registry.ts';
import { workspace } from './support.ts';

const config = 'registries:\n  - ./registry\nplugins: {}\n';

test('a name of a registry in a folder is added, locked with its registry, and started offline without the index', async () => {
  const files = await registryFiles([
    { name: 'greeter', version: '1.0.0' },
    { name: 'greeter', version: '1.1.0' },
    { name: 'greeter', version: '2.0.0' },
  ]);
  await using space = await workspace(config, below('registry/', files));
  const { change } = await (await space.loader()).add('greeter@^1.0.0');
  expect(change.after).toMatchObject({
    source: 'greeter@^1.0.0',
    resolved: './registry/greeter-1.1.0.tgz',
    registry: { name: 'registry', url: './registry' },
    metadata: { name: 'greeter', version: '1.1.0' },
  });
  expect(await readFile(`${space.folder.path}/plugins.yaml`, 'utf8')).toContain('source: greeter@^1.0.0');

  await space.folder.write({ 'registry/index.json': 'gone', 'registry/greeter-1.1.0.tgz': 'gone' });
  const { ready, refused } = await (await space.loader({ offline: true })).prepare({});
  expect([...refused.values()]).toEqual([]);
  expect(ready.get('greeter')?.group).toBe('registry:./registry#greeter');
});
