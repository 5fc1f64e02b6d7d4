import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { npmRegistry, type NpmRegistry } from '../support/npm-registry.ts';
import { workshop, type Workshop } from './support.ts';

const json = (text: string): { readonly data: Record<string, unknown> } => JSON.parse(text) as never;

function plugin(name: string, version: string, dependencies: readonly string[], code = ''): Record<string, string> {
  const about = { name, version, description: name, author: 'Tests', license: 'MIT', dependencies };
  return {
    [`${name}/plugin.json`]: JSON.stringify(about),
    [`${name}/mod.js`]: `${code}\nexport default class {}`,
  };
}

const CONFIG = `plugins:
  alpha: { enabled: true, source: ./alpha, dependencies: [extra] }
  beta: { enabled: true, source: ./beta }
  core: { enabled: true, source: ./core }
  idle: { enabled: false, source: ./idle }
  extra: { enabled: true, source: ./extra }
`;

describe('aitbc plugin tree and why', () => {
  let shop: Workshop;
  let registry: NpmRegistry;
  beforeAll(async () => {
    registry = await npmRegistry();
    await registry.add({ name: 'deep', version: '2.0.0' }, { 'index.js': 'exports.deep = 1;' });
    await registry.add(
      { name: 'kit', version: '1.2.0', dependencies: { deep: '^2' } },
      { 'index.js': 'exports.kit = require("deep");' },
    );
    shop = await workshop({
      'plugins.yaml': CONFIG,
      '.npmrc': `registry=${registry.url}\n`,
      ...plugin('alpha', '1.0.0', ['core@^1', 'gone@^3']),
      ...plugin('beta', '2.0.0', ['core@^2', 'idle']),
      ...plugin('core', '1.4.0', [], 'import "npm:kit@^1";'),
      ...plugin('idle', '1.0.0', []),
      ...plugin('extra', '0.1.0', ['core']),
    });
    const { status, stderr } = await shop.aitbc(['plugin', 'lock']);
    expect({ status, stderr }).toMatchObject({ status: 0 });
  });
  afterAll(async () => {
    await shop.remove();
    await registry.close();
  });

  test('tree shows what depends on what, once, and what is missing, disabled or of another version', async () => {
    const { status, stdout } = await shop.aitbc(['plugin', 'tree']);
    expect(status).toBe(0);
    expect(stdout).toBe(
      [
        'alpha 1.0.0 (path)',
        '├── core 1.4.0 (path) ^1',
        '├── gone ^3 not in the config',
        '└── extra 0.1.0 (path) (of the config)',
        '    └── core 1.4.0 (path)',
        'beta 2.0.0 (path)',
        '├── core 1.4.0 (path) ^2 not the version that is locked',
        '└── idle (path, disabled, not locked) disabled',
        '',
      ].join('\n'),
    );
  });

  test('tree <name> --packages shows one plugin, with its npm packages', async () => {
    const { stdout } = await shop.aitbc(['plugin', 'tree', 'extra', '--packages']);
    expect(stdout).toBe(
      ['extra 0.1.0 (path)', '└── core 1.4.0 (path)', '    ├── npm:deep@2.0.0', '    └── npm:kit@1.2.0', ''].join('\n'),
    );
  });

  test('tree --json has every plugin it shows, with its dependencies and their states', async () => {
    const { data } = json((await shop.aitbc(['plugin', 'tree', 'beta', '--json'])).stdout);
    expect(data['roots']).toEqual(['beta']);
    expect(data['plugins']).toMatchObject([
      {
        name: 'beta',
        version: '2.0.0',
        source: 'path',
        state: 'enabled',
        isLocked: true,
        dependencies: [
          { name: 'core', range: '^2', by: 'plugin', state: 'other-version' },
          { name: 'idle', range: '*', by: 'plugin', state: 'disabled' },
        ],
      },
      { name: 'core', version: '1.4.0' },
      { name: 'idle', state: 'disabled', isLocked: false },
    ]);
  });

  test('tree ends at a circle, and shows it though nothing leads into it', async () => {
    await using round = await workshop({
      'plugins.yaml': 'plugins:\n  one: { enabled: true, source: ./one }\n  two: { enabled: true, source: ./two }\n',
      ...plugin('one', '1.0.0', ['two']),
      ...plugin('two', '1.0.0', ['one']),
    });
    await round.aitbc(['plugin', 'lock']);
    const { stdout } = await round.aitbc(['plugin', 'tree']);
    expect(stdout).toBe('one 1.0.0 (path)\n└── two 1.0.0 (path)\n    └── one 1.0.0 (path) depends on itself\n');
  });

  test('why shows the shortest chain from each enabled plugin', async () => {
    const { status, stdout } = await shop.aitbc(['plugin', 'why', 'core']);
    expect(status).toBe(0);
    expect(stdout).toBe('core 1.4.0 (path)\nalpha -> core (^1)\nbeta -> core (^2)\nextra -> core (*)\n');
    const { data } = json((await shop.aitbc(['plugin', 'why', 'idle', '--json'])).stdout);
    expect(data).toEqual({
      target: 'idle',
      state: 'disabled',
      isLocked: false,
      chains: [[{ name: 'beta' }, { name: 'idle', asked: '*' }]],
    });
    const alone = await shop.aitbc(['plugin', 'why', 'alpha']);
    expect(alone.stdout).toContain('It is in the config, and no enabled plugin depends on it.');
  });

  test('why npm:<name> shows what in which plugin imports a package', async () => {
    const deep = await shop.aitbc(['plugin', 'why', 'npm:deep']);
    expect(deep.stdout).toBe('core 1.4.0 -> npm:kit@1.2.0 (npm:kit@^1) -> npm:deep@2.0.0\n');
    expect((await shop.aitbc(['plugin', 'why', 'npm:deep@2.0.0'])).stdout).toBe(deep.stdout);
  });

  test.each([
    [['tree', 'crore'], 'did you mean "core"?'],
    [['why', 'crore'], 'did you mean "core"?'],
    [['why', 'npm:deeep'], 'did you mean "deep"?'],
    [['why', 'npm:deep@9.9.9'], 'no plugin of the lock has this package'],
  ])('%j ends with status 2, and says what was probably meant', async (args, said) => {
    const { status, stderr } = await shop.aitbc(['plugin', ...args]);
    expect(status).toBe(2);
    expect(stderr).toContain(said);
  });
});
