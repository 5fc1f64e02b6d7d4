import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../support/run.ts';
import { AITBC, workshop, type Workshop } from './support.ts';

describe('aitbc', () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await workshop();
  });
  afterAll(() => shop.remove());

  test.each<[string[]]>([[[]], [['--help']], [['-h']], [['help']]])('shows its help for %j', async (args) => {
    const { status, stdout, stderr } = await shop.aitbc(args);
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toContain('Usage: aitbc');
    expect(stdout).toContain('--config <file>');
  });

  test('shows the help of a command', async () => {
    const { status, stdout } = await shop.aitbc(['plugin', 'add', '--help']);
    expect(status).toBe(0);
    expect(stdout).toContain('--allow-net <rules>');
    expect((await shop.aitbc(['plugin'])).stdout).toContain('add [options] <specifier>');
  });

  test('says its version', async () => {
    const { version } = JSON.parse(await readFile(new URL('../../package.json', import.meta.url), 'utf8')) as {
      version: string;
    };
    expect((await shop.aitbc(['--version'])).stdout).toBe(`${version}\n`);
  });

  test.each<[string, string[], string, string]>([
    ['a misspelt command', ['strat'], 'there is no such command, did you mean "start"?', 'aitbc --help'],
    ['a misspelt subcommand', ['plugin', 'lsit'], 'did you mean "list"?', 'aitbc plugin --help'],
    ['a misspelt option', ['--jsn'], 'there is no such option, did you mean "--json"?', 'aitbc --help'],
    [
      'a misspelt own option',
      ['plugin', 'add', 'x', '--dry-rum'],
      'did you mean "--dry-run"?',
      'aitbc plugin add --help',
    ],
    ['an option without its value', ['--config'], '"--config": it needs a value', ''],
    ['a missing argument', ['plugin', 'add'], 'missing required argument "specifier"', 'aitbc plugin add --help'],
    ['too many arguments', ['plugin', 'list', 'x'], 'too many arguments', 'aitbc plugin list --help'],
    ['a log level of no meaning', ['plugin', 'list', '--log-level', 'loud'], 'Cannot use "loud" for --log-level', ''],
    ['no config', ['plugin', 'list'], 'Cannot find a config', 'aitbc plugin add'],
    ['a config that is not there', ['plugin', 'list', '-c', 'x.yaml'], 'Cannot read "x.yaml": no such file', ''],
    ['arguments that are no JSON', ['plugin', 'call', 'a', 'b', '{'], 'they are not JSON', ''],
    ['arguments that are no array', ['plugin', 'call', 'a', 'b', '{}'], 'they must be one JSON array', "'[{}]'"],
    ['a duration of no meaning', ['plugin', 'call', 'a', 'b', '--timeout', '3'], 'Cannot use "3" for --timeout', ''],
  ])('refuses %s with exit 2', async (_what, args, message, hint) => {
    const { status, stdout, stderr } = await shop.aitbc(args);
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^error\[ERR_[A-Z_]+\]: /);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
    expect(stderr).not.toMatch(/^ {4}at /m);
  });

  test('prints one JSON document with --json, wherever it stands, errors too', async () => {
    for (const args of [
      ['--json', 'plugin', 'list'],
      ['plugin', 'list', '--json'],
    ]) {
      const { status, stdout, stderr } = await shop.aitbc(args);
      expect({ status, stderr }).toEqual({ status: 2, stderr: '' });
      expect(JSON.parse(stdout)).toMatchObject({
        schema: 1,
        ok: false,
        error: { code: 'ERR_CONFIG_INVALID', exit: 2 },
      });
    }
  });

  test('shows stacks only where they are asked for', async () => {
    const { stderr } = await shop.aitbc(['plugin', 'list'], { env: { AITBC_DEBUG: '1' } });
    expect(stderr).toMatch(/^ {4}at /m);
    expect((await shop.aitbc(['--debug', 'plugin', 'list'])).stderr).toMatch(/^ {4}at /m);
  });

  test('names every problem of a config with its place', async () => {
    await using other = await workshop({ 'plugins.yaml': 'plugins:\n  a:\n    enabeld: true\n  b: []\n' });
    const { status, stderr } = await other.aitbc(['plugin', 'list']);
    expect(status).toBe(2);
    expect(stderr).toContain('plugins.yaml:3:5');
    expect(stderr).toContain('did you mean "enabled"?');
    expect(stderr).toContain('plugins.yaml:4:6');
  });

  test('ends quietly when the reader of its output goes', async () => {
    const script = `"${process.execPath}" "${AITBC}" plugin add --help | head -1`;
    const { status, stderr } = await run('sh', ['-c', script], { env: shop.env });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
  });
});
