import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { run } from '../support/run.ts';
import { AITBC, TOOL, toolNamed, workshop, type Workshop } from './support.ts';

const WITH_KEY = 'plugins:\n  tool:\n    enabled: true\n    source: ./tool.js\n    config: { key: "${KEY}" }\n';

describe("a plugin's command on aitbc", () => {
  let shop: Workshop;
  beforeAll(async () => {
    shop = await workshop({ 'tool.js': TOOL });
    await shop.aitbc(['plugin', 'add', './tool.js', '--yes']);
  });
  afterAll(() => shop.remove());

  test('gets typed options by both names, arguments, and the width of the terminal', async () => {
    const options = ['--name', 'x', '-l', '-m', '7', '--tag', 'a', '--tag=b', '--kind', 'b'];
    const { status, stdout, stderr } = await shop.aitbc(['tool', 'echo', ...options, 'one', 'two', 'three'], {
      env: { COLUMNS: '132' },
    });
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(JSON.parse(stdout)).toEqual({
      options: { name: 'x', loud: true, 'max-count': 7, maxCount: 7, tag: ['a', 'b'], kind: 'b' },
      args: ['one', 'two', 'three'],
      isTTY: false,
      columns: 132,
    });
  });

  test('gets what stands after -- as arguments', async () => {
    const { stdout } = await shop.aitbc(['tool', 'echo', '--name', 'x', '--', '--loud', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ args: ['--loud', '--json'], options: { name: 'x', maxCount: 3 } });
  });

  test('reads stdin and writes stdout and stderr; its integer is the exit status', async () => {
    const { stdout } = await shop.aitbc(['tool', 'upper'], { input: 'grüße\n' });
    expect(stdout).toBe('GRÜSSE\n');
    const { status, stderr } = await shop.aitbc(['tool', 'exit', '42']);
    expect({ status, stderr }).toEqual({ status: 42, stderr: 'to stderr\n' });
  });

  test('passes three megabytes through a pipe', async () => {
    const { status, stdout } = await shop.aitbc(['tool', 'flood']);
    expect({ status, length: stdout.length }).toEqual({ status: 0, length: 3_000_100 });
  });

  test('ends quietly when the reader of its output goes', async () => {
    const script = `"${process.execPath}" "${AITBC}" tool flood | head -c 5`;
    const { stdout, stderr } = await run('sh', ['-c', script], { cwd: shop.path, env: shop.env });
    expect({ stdout, stderr }).toEqual({ stdout: 'xxxxx', stderr: '' });
  });

  test('exits 1 when it throws, and shows the place in the plugin', async () => {
    const { status, stderr } = await shop.aitbc(['tool', 'throw']);
    expect(status).toBe(1);
    expect(stderr.match(/^error\[/gm)).toHaveLength(1);
    expect(stderr).toContain('it broke');
    expect(stderr).toMatch(/tool\.js:\d+:\d+/);
  });

  test('is ended by Ctrl-C with status 130', async () => {
    const running = shop.spawn(['tool', 'wait']);
    await running.says('waiting');
    process.kill(-(running.child.pid ?? 0), 'SIGINT');
    expect(await running.ended()).toEqual({ status: 130, signal: null });
  });

  test.each<[string, string[], string, string]>([
    ['a missing option', ['tool', 'echo'], 'required option "--name <string>" not specified', 'aitbc tool echo --help'],
    ['a number that is none', ['tool', 'echo', '--name', 'x', '-m', 'many'], 'Cannot use "many" for --max-count', ''],
    ['a choice that is none', ['tool', 'echo', '--name', 'x', '--kind', 'c'], 'Allowed choices are a, b', ''],
    ['an unknown option', ['tool', 'echo', '--name', 'x', '--lodu'], 'did you mean "--loud"?', ''],
    ['a misspelt command', ['tool', 'eco'], 'did you mean "echo"?', 'aitbc tool --help'],
    ['a misspelt group', ['tol', 'echo'], 'did you mean "tool"?', 'aitbc --help'],
    ['a missing argument', ['tool', 'exit'], 'missing required argument "status"', 'aitbc tool exit --help'],
  ])('refuses %s with exit 2', async (_what, args, message, hint) => {
    const { status, stderr } = await shop.aitbc(args);
    expect(status).toBe(2);
    expect(stderr).toContain(message);
    expect(stderr).toContain(hint);
  });

  test('has its help from the lock: no code runs, no variable is needed, a broken source changes nothing', async () => {
    await using broken = await workshop({ 'tool.js': TOOL });
    await broken.aitbc(['plugin', 'add', './tool.js', '--yes']);
    await broken.write({ 'tool.js': 'this is not a program', 'plugins.yaml': WITH_KEY });
    const help = await broken.aitbc(['tool', 'echo', '--help']);
    expect(help.status).toBe(0);
    expect(help.stdout).toContain('-m, --max-count <number>');
    expect((await broken.aitbc(['--help'])).stdout).toContain('  tool  Does things (tool)');
    expect((await broken.aitbc(['tool', 'done'])).stderr).toContain('needs the environment variable KEY');
  });

  test('plugin exec runs it by the name of its plugin', async () => {
    const { status, stdout } = await shop.aitbc(['plugin', 'exec', 'tool', 'tool', 'echo', '--name', 'x']);
    expect(status).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ options: { name: 'x' } });
    expect((await shop.aitbc(['plugin', 'exec', 'tool', 'tool', 'exit', '5'])).status).toBe(5);
    expect((await shop.aitbc(['plugin', 'exec', 'tool'])).stdout).toContain('tool echo | upper');
    expect((await shop.aitbc(['plugin', 'exec', 'toll', 'tool', 'done'])).status).toBe(2);
    expect((await shop.aitbc(['plugin', 'exec', 'tool', 'tol', 'done'])).stderr).toContain('did you mean "tool"?');
  });

  test('redacts secrets of the config from errors', async () => {
    await using other = await workshop({ 'tool.js': TOOL });
    await other.aitbc(['plugin', 'add', './tool.js', '--yes']);
    await other.write({ 'plugins.yaml': WITH_KEY });
    const { status, stderr } = await other.aitbc(['tool', 'secret'], { env: { KEY: 'sk-very-secret' } });
    expect(status).toBe(1);
    expect(stderr).toContain('the key is [redacted]');
    expect(stderr).not.toContain('sk-very-secret');
  });
});

describe('command groups of the same name', () => {
  let shop: Workshop;
  beforeAll(async () => {
    const starter = toolNamed('starter').replace("name: 'tool', help", "name: 'start', help");
    shop = await workshop({ 'a.js': TOOL, 'b.js': toolNamed('other'), 'c.js': starter });
    for (const file of ['a', 'b', 'c']) await shop.aitbc(['plugin', 'add', `./${file}.js`, '--yes']);
  });
  afterAll(() => shop.remove());

  test('are an error that names both plugins, and what works instead', async () => {
    const { status, stderr } = await shop.aitbc(['tool', 'done']);
    expect(status).toBe(2);
    expect(stderr).toContain('both "other" and "tool" have a command of this name');
    expect(stderr).toContain('aitbc plugin exec other tool');
    expect((await shop.aitbc(['plugin', 'exec', 'other', 'tool', 'exit', '9'])).status).toBe(9);
  });

  test('give way to the words of aitbc itself', async () => {
    expect((await shop.aitbc(['start', '--help'])).stdout).toContain('Ctrl-C');
    expect((await shop.aitbc(['plugin', 'exec', 'starter', 'start', 'exit', '3'])).status).toBe(3);
    expect((await shop.aitbc(['--help'])).stdout).toContain('plugin exec starter start');
  });
});

test('a wrong config of a plugin is an error once, with the place in the config', async () => {
  const strict = TOOL.replace(
    'greet(name)',
    'getConfigSchema() { return { properties: { max: { type: "integer" } } }; }\n  greet(name)',
  );
  await using shop = await workshop({ 'tool.js': strict });
  await shop.aitbc(['plugin', 'add', './tool.js', '--yes']);
  await shop.write({
    'plugins.yaml': 'plugins:\n  tool:\n    enabled: true\n    source: ./tool.js\n    config:\n      max: many\n',
  });
  const { status, stderr } = await shop.aitbc(['tool', 'done']);
  expect(status).toBe(2);
  expect(stderr).toContain('Cannot use "plugins.yaml": line 6, column 12: plugins.tool.config.max must be an integer');
  expect(stderr.match(/must be an integer/g)).toHaveLength(1);
});
