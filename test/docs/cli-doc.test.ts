import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { workshop } from '../cli/support.ts';

const page = await readFile(new URL('../../docs/cli.md', import.meta.url), 'utf8');
/** Every command line of the overview, an alternative of `a|b` a line. */
const overview = (/```\n([\s\S]*?)```/.exec(page)?.[1] ?? '').split('\n').flatMap((line) => {
  const [, before = '', words = '', after = ''] = /^((?:aitbc \w+ )?)([a-z-]+(?:\|[a-z-]+)+)(.*)$/.exec(line) ?? [];
  return words === '' ? [line] : words.split('|').map((word) => `${before}${word}${after}`);
});

test.each([
  ['aitbc', []],
  ['aitbc plugin', ['plugin']],
  ['aitbc audit', ['audit']],
  ['aitbc audit db', ['audit', 'db']],
])('docs/cli.md names every command of %s', async (name, words) => {
  await using shop = await workshop();
  const { stdout, status } = await shop.aitbc([...words, '--help']);
  expect(status).toBe(0);
  const commands = [...(stdout.split('\nCommands:\n')[1] ?? '').matchAll(/^ {2}([a-z][a-z-]*)/gm)].map(
    ([, word]) => word,
  );
  expect(commands).not.toEqual([]);
  const missing = commands.filter(
    (word) => word !== 'help' && !overview.some((line) => `${line} `.includes(`${name} ${word} `)),
  );
  expect(missing).toEqual([]);
});
