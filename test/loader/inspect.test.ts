import { afterAll, describe, expect, it } from 'vitest';
import { readLock } from '../../src/lock/read.ts';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Sandbox } from '../../src/sandbox/types.ts';
import { manifest, workspace, type LoaderSetup } from './support.ts';

const sandbox: Sandbox = createSandbox();
afterAll(() => sandbox.close());
const setup: LoaderSetup = { sandbox: () => Promise.resolve(sandbox) };

const bare = (body: string, metadata = '') => `
import { definePlugin } from '@aitbc/plugins/sdk';
${body}
export default definePlugin({
  metadata: { name: 'bare', version: '2.0.0', description: 'd', author: 'a', license: 'MIT', ${metadata} },
  configSchema: { type: 'object', properties: { x: { type: 'number' } } },
});
`;

describe('add() of a plugin without a manifest', () => {
  it('asks its code once, with nothing granted, and locks what it says', async () => {
    await using place = await workspace('plugins: {}\n', {
      'bare.ts': bare('', `permissions: { net: ['a.example'] },`),
    });
    const { change } = await (await place.loader(setup)).add('./bare.ts');
    expect(change).toMatchObject({ name: 'bare', kind: 'added', widened: ['net: a.example'] });
    expect((await readLock(place.lockFile)).plugins['bare']).toMatchObject({
      metadata: { name: 'bare', version: '2.0.0', description: 'd', author: 'a', license: 'MIT' },
      permissions: { net: ['a.example'] },
      configSchema: { type: 'object', properties: { x: { type: 'number' } } },
      modules: { 'bare.ts': expect.stringMatching(/^sha256:/) as string },
    });
    await expect.poll(() => sandbox.processes()).toEqual([]);
    // What is locked is not asked again.
    expect((await (await place.loader()).prepare()).ready.has('bare')).toBe(true);
  });

  it.each([
    ['throws', 'throw new Error("no");', 'ERR_PLUGIN_THREW'],
    ['never ends', 'for (;;);', 'ERR_LIMIT'],
  ])('refuses code that %s, and writes nothing', async (_, body, code) => {
    await using place = await workspace('plugins: {}\n', { 'bare.ts': bare(body) });
    await expect((await place.loader(setup)).add('./bare.ts')).rejects.toMatchObject({
      code: expect.stringContaining(code) as string,
      plugin: './bare.ts',
    });
    expect((await readLock(place.lockFile)).plugins).toEqual({});
    await expect.poll(() => sandbox.processes()).toEqual([]);
  });

  it('refuses metadata that is none', async () => {
    await using place = await workspace('plugins: {}\n', { 'bare.ts': bare('', 'version: "latest",') });
    await expect((await place.loader(setup)).add('./bare.ts')).rejects.toMatchObject({ code: 'ERR_METADATA' });
  });

  it('asks for the commands that a manifest does not list', async () => {
    const code = `
import { CLIPlugin } from '@aitbc/plugins/sdk';
export default class Tool extends CLIPlugin {
  getMetadata() { return { name: 'tool', version: '1.0.0', description: 'tool', author: 'Tests', license: 'MIT', interfaces: ['cli'] }; }
  getCommands() { return [{ name: 'tool', help: 'Tool', subcommands: [{ name: 'run', help: 'Run', handler: () => 0 }] }]; }
  async initialize() { return true; } async start() { return true; }
  async stop() { return true; } async cleanup() { return true; }
}`;
    await using place = await workspace('plugins: {}\n', {
      'tool/mod.ts': code,
      'tool/plugin.json': manifest('tool', { interfaces: ['cli'] }),
    });
    await (await place.loader(setup)).add('./tool');
    expect((await readLock(place.lockFile)).plugins['tool']?.commands).toEqual([
      { name: 'tool', help: 'Tool', subcommands: [{ name: 'run', help: 'Run' }] },
    ]);
    expect((await (await place.loader()).prepare()).ready.has('tool')).toBe(true);
  });
});
