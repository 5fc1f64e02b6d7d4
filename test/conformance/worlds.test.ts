import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { AIPlugin } from '../../src/contract/ai-plugin.ts';
import type { Remote } from '../../src/contract/remote.ts';
import { workshop, type Workshop } from '../cli/support.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';
import { createHost, type Host } from './host.ts';

const folderOf = (name: string): string => fileURLToPath(new URL(`../../plugins/${name}`, import.meta.url));

/** Commands that keep named things, in TypeScript and in a component. `add` keeps one named `first`. */
const COMMANDS = [
  { plugin: 'agent-cli', group: 'agent', add: ['create', '--name', 'first'], unnamed: ['create'], absent: 1 },
  { plugin: 'notes', group: 'notes', add: ['add', 'first', '--text', 'Wé'], unnamed: ['add'], absent: 4 },
] as const;

describe.each(COMMANDS)('a plugin of the world cli: $plugin', ({ plugin, group, add, unnamed, absent }) => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await workshop();
    expect((await shop.aitbc(['plugin', 'add', folderOf(plugin), '--yes', '--allow-publish=agent.*'])).status).toBe(0);
  });
  afterAll(() => shop.remove());
  const run = (...args: string[]) => shop.aitbc([group, ...args], { input: '' });

  test('a command does its work, writes to stdout and ends with 0; another run finds what it kept', async () => {
    expect((await run('list')).stdout).toBe('');
    expect(await run(...add)).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('first') as string,
    });
    expect(await run('list')).toMatchObject({
      status: 0,
      stderr: '',
      stdout: expect.stringContaining('first') as string,
    });
    expect(await run('show', 'first')).toMatchObject({ status: 0, stderr: '' });
    expect(await shop.aitbc(['plugin', 'exec', plugin, group, 'list'])).toMatchObject({ status: 0 });
  });

  test('its own exit status and stderr come out, and nothing on stdout', async () => {
    expect(await run('show', 'none')).toMatchObject({
      status: absent,
      stdout: '',
      stderr: expect.stringContaining('"none"') as string,
    });
  });

  test('a failure is 1, with its reason on stderr', async () => {
    const bad = add.map((word) => (word === 'first' ? '../escape' : word));
    expect(await run(...bad)).toMatchObject({
      status: 1,
      stdout: '',
      stderr: expect.stringMatching(/\.\.\/escape/) as string,
    });
  });

  test.each([
    ['what it needs is missing', unnamed],
    ['it does not exist', ['nope']],
    ['an option is unknown', ['list', '--nope']],
  ])('is 2 and runs nothing where %s', async (_, args) => {
    expect(await run(...args)).toMatchObject({ status: 2, stdout: '' });
  });

  test('its help comes from the manifest', async () => {
    const { status, stdout } = await run('--help');
    expect([status, stdout]).toEqual([0, expect.stringMatching(/list[\s\S]*show/)]);
  });
});

/** Counts words: as much of a model as the interface asks for. */
const COUNTER = `import { AIPlugin } from '@aitbc/plugins/sdk';
export default class Counter extends AIPlugin {
  #pairs = 0;
  getMetadata() { return { name: 'counter', version: '1.0.0', description: '', author: 'x', license: 'MIT', interfaces: ['ai'] }; }
  async predict({ text }) {
    if (this.#pairs === 0) throw new Error('there is no model yet: train it first');
    return { text };
  }
  async train(data) {
    if (data.length === 0) throw new Error('there are no examples');
    this.#pairs += data.length;
    return true;
  }
  async getModelInfo() { return { trained: this.#pairs > 0, pairs: this.#pairs }; }
}`;

describe.each([{ plugin: 'counter' }, { plugin: 'translation-ai' }])(
  'a plugin of the world ai: $plugin',
  ({ plugin }) => {
    let host: Host;
    let written: TemporaryFolder;
    const model = (): Remote<AIPlugin> => host.manager.plugin<AIPlugin>(plugin);
    beforeAll(async () => {
      const metadata = {
        name: 'counter',
        version: '1.0.0',
        description: '',
        author: 'x',
        license: 'MIT',
        interfaces: ['ai'],
      };
      const manifest = JSON.stringify({ ...metadata, entry: 'index.ts' });
      written = await temporaryFolder({ 'plugin.json': manifest, 'index.ts': COUNTER });
      host = await createHost({ [plugin]: { source: plugin === 'counter' ? written.path : folderOf(plugin) } });
      expect(await host.manager.startAll()).toMatchObject({ started: [plugin] });
    });
    afterAll(async () => {
      await host[Symbol.asyncDispose]();
      await written.remove();
    });

    test('is found by its interface', () => {
      expect(host.manager.implementing('ai')).toMatchObject([{ name: plugin }]);
    });

    test('fails with its reason before it is trained, and for training without data', async () => {
      const reasons = [model().predict({ text: 'das haus' }), model().train([])].map((work) =>
        expect(work).rejects.toMatchObject({
          code: 'ERR_PLUGIN_THREW',
          message: expect.stringMatching(/no model|no examples/) as string,
        }),
      );
      await Promise.all(reasons);
      expect(await model().getModelInfo()).toMatchObject({ trained: false, pairs: 0 });
    });

    test('is trained, and predicts', async () => {
      expect(await model().train([{ source: 'das haus', target: 'the house' }])).toBe(true);
      expect(await model().getModelInfo()).toMatchObject({ trained: true, pairs: 1 });
      expect(await model().predict({ text: 'das haus' })).toMatchObject({ text: expect.any(String) as string });
    });

    test('refuses what cannot cross, and goes on', async () => {
      await expect(host.manager.call(plugin, 'predict', [{ text: (() => 1) as never }])).rejects.toMatchObject({
        code: 'ERR_VALUE',
      });
      expect(await model().getModelInfo()).toMatchObject({ trained: true });
    });
  },
);
