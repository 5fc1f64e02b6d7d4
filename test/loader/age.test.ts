import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readLock } from '../../src/lock/read.ts';
import { serve } from '../support/http-server.ts';
import { npmRegistry } from '../support/npm-registry.ts';
import { recordingLogger } from '../support/recording-logger.ts';
import { below, registryFiles } from '../support/registry.ts';
import { localPlugin, manifest, workspace, type Workspace } from './support.ts';

const DAY = 86_400_000;
const daysAgo = (days: number): string => new Date(Date.now() - days * DAY).toISOString();

const config = (more = '', plugins = 'plugins: {}'): string =>
  `registries: [{ name: own, url: ./registry }]\ntrust:\n  minimum_age: 3d\n${more}${plugins}\n`;
const except = (expires: string): string =>
  `  exceptions: [{ plugin: greeter, reason: "a fix that cannot wait", expires: "${expires}" }]\n`;

async function added(place: Workspace, specifier: string): Promise<unknown> {
  return (await place.loader()).add(specifier).catch((error: unknown) => error);
}

/** As if it had been seen so long ago. */
async function backdate(place: Workspace, days: number): Promise<void> {
  const folder = join(place.folder.path, '.aitbc/first-seen');
  for (const file of await readdir(folder)) await writeFile(join(folder, file), `${daysAgo(days)}\n`);
}

describe('trust.minimum_age', () => {
  it('refuses a release of a registry that is younger, with the day it may be locked', async () => {
    const files = await registryFiles([{ name: 'greeter', version: '1.1.0', entry: { published: daysAgo(1) } }]);
    await using place = await workspace(config(), below('registry/', files));
    expect(await added(place, 'greeter')).toMatchObject({
      code: 'ERR_POLICY',
      plugin: 'greeter',
      message: expect.stringMatching(/greeter@1\.1\.0 was published .*, and trust\.minimum_age asks for 3d$/) as string,
      hint: expect.stringContaining(`It may be locked from ${daysAgo(-2).slice(0, 10)}`) as string,
    });
  });

  it('takes an older release of a registry that will do, and says that a newer one is left out', async () => {
    const files = await registryFiles([
      { name: 'greeter', version: '1.0.0', entry: { published: daysAgo(10) } },
      { name: 'greeter', version: '1.1.0', entry: { published: daysAgo(1) } },
    ]);
    await using place = await workspace(config(), below('registry/', files));
    const logger = recordingLogger();
    const { change } = await (await place.loader({ logger })).add('greeter');
    expect(change.after?.metadata.version).toBe('1.0.0');
    expect(logger.lines.join('\n')).toContain('a newer version is left out');
    expect(await (await place.loader()).update()).toMatchObject([{ kind: 'unchanged' }]);
    await place.folder.write({ 'plugins.yaml': config(except(daysAgo(0).slice(0, 10))) });
    expect((await (await place.loader()).add('greeter')).change.after?.metadata.version).toBe('1.1.0');
  });

  it('lets an exception pass until the end of its last day', async () => {
    const files = await registryFiles([{ name: 'greeter', version: '1.0.0', entry: { published: daysAgo(1) } }]);
    await using place = await workspace(config(except(daysAgo(1).slice(0, 10))), below('registry/', files));
    expect(await added(place, 'greeter')).toMatchObject({ code: 'ERR_POLICY' });
    await place.folder.write({ 'plugins.yaml': config(except(daysAgo(0).slice(0, 10))) });
    expect(await added(place, 'greeter')).toMatchObject({ written: true });
  });

  it('counts from when this machine saw the bytes, where nobody says when they were published', async () => {
    await using server = await serve({ '/p/plugin.json': manifest('greeter'), '/p/mod.ts': 'export default 1;\n' });
    await using place = await workspace(config());
    expect(await added(place, `${server.url}/p/mod.ts`)).toMatchObject({
      code: 'ERR_POLICY',
      message: expect.stringContaining('was first seen here') as string,
    });
    await backdate(place, 2);
    expect(await added(place, `${server.url}/p/mod.ts`)).toMatchObject({ code: 'ERR_POLICY' });
    await backdate(place, 4);
    expect(await added(place, `${server.url}/p/mod.ts`)).toMatchObject({ written: true });
    // Other bytes are another release.
    server.routes['/p/mod.ts'] = 'export default 2;\n';
    await expect((await place.loader()).update(['greeter'])).rejects.toMatchObject({ code: 'ERR_POLICY' });
  });

  it('takes a time to come for no age', async () => {
    await using server = await serve({ '/p/plugin.json': manifest('greeter'), '/p/mod.ts': 'export default 1;\n' });
    await using place = await workspace(config());
    await added(place, `${server.url}/p/mod.ts`);
    await backdate(place, -400);
    expect(await added(place, `${server.url}/p/mod.ts`)).toMatchObject({ code: 'ERR_POLICY' });
  });

  it('keeps what is locked, and asks nothing of a run', async () => {
    await using server = await serve({ '/p/plugin.json': manifest('greeter'), '/p/mod.ts': 'export default 1;\n' });
    const plugins = `plugins: { greeter: { enabled: true, source: "${server.url}/p/mod.ts" } }`;
    await using place = await workspace(plugins);
    await (await place.loader()).lockAll();
    await place.folder.write({ 'plugins.yaml': config('', plugins) });
    expect((await (await place.loader()).prepare()).ready.size).toBe(1);
    expect(await (await place.loader()).update()).toMatchObject([{ kind: 'unchanged' }]);
  });

  it('is not asked of what lies on this machine', async () => {
    await using place = await workspace(config(), localPlugin('greeter'));
    expect(await added(place, './greeter')).toMatchObject({ written: true });
  });

  it('asks the npm registry for the age of every package in the graph', async () => {
    await using npm = await npmRegistry();
    await npm.add({ name: 'left', version: '1.0.0', main: 'index.js' }, { 'index.js': 'export default 1;' });
    await using server = await serve({
      '/p/plugin.json': manifest('greeter'),
      '/p/mod.ts': "import left from 'npm:left@^1';\nexport default { left };\n",
    });
    await using place = await workspace(config(), { '.npmrc': `registry=${npm.url}\n` });
    const left = npm.packuments.get('left');
    if (left === undefined) throw new Error('it was added');
    const specifier = `${server.url}/p/mod.ts`;
    await added(place, specifier);
    await backdate(place, 10);
    left.time = { '1.0.0': daysAgo(1) };
    expect(await added(place, specifier)).toMatchObject({
      code: 'ERR_POLICY',
      message: expect.stringContaining('npm:left@1.0.0 was published') as string,
    });
    left.time = { '1.0.0': daysAgo(4) };
    expect(await added(place, specifier)).toMatchObject({ written: true });
    expect(Object.keys((await readLock(place.lockFile)).plugins)).toEqual(['greeter']);
  });

  it('does not take the age of an index for that of modules which the index does not name', async () => {
    const imports = (url: string) => ({ 'mod.ts': `import x from '${url}/x.ts';\nexport default { x };\n` });
    await using server = await serve({ '/x.ts': 'export default 1;\n' });
    const files = await registryFiles([
      { name: 'greeter', version: '1.0.0', files: imports(server.url), entry: { published: daysAgo(100) } },
    ]);
    await using place = await workspace(config(), below('registry/', files));
    expect(await added(place, 'greeter')).toMatchObject({
      code: 'ERR_POLICY',
      message: expect.stringContaining('was first seen here') as string,
    });
    await backdate(place, 4);
    expect(await added(place, 'greeter')).toMatchObject({ written: true });
    server.routes['/x.ts'] = 'export default 2;\n';
    await expect((await place.loader()).update(['greeter'])).rejects.toMatchObject({ code: 'ERR_POLICY' });
  });

  it('does not take the age of packages for that of the npm plugin that imports them', async () => {
    await using npm = await npmRegistry();
    await npm.add({ name: 'left', version: '1.0.0', main: 'index.js' }, { 'index.js': 'export default 1;' });
    await npm.add(
      { name: 'greeter', version: '1.0.0', main: 'mod.js', dependencies: { left: '^1' } },
      { 'mod.js': "import left from 'left';\nexport default { left };\n", 'plugin.json': manifest('greeter') },
    );
    const [left, greeter] = [npm.packuments.get('left'), npm.packuments.get('greeter')];
    if (left === undefined || greeter === undefined) throw new Error('they were added');
    left.time = { '1.0.0': daysAgo(100) };
    await using place = await workspace(config(), { '.npmrc': `registry=${npm.url}\n` });
    expect(await added(place, 'npm:greeter')).toMatchObject({ code: 'ERR_POLICY' });
    greeter.time = { '1.0.0': daysAgo(4) };
    expect(await added(place, 'npm:greeter')).toMatchObject({ written: true });
  });
});
