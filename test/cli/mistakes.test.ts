/** Slips of the one who types: each gets one error with its code and exit status, a hint, and no stack. */
import { readdir } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { workshop } from './support.ts';

const CONFIG = 'plugins:\n  greeter:\n    enabled: true\n    source: ./greeter.ts\n';
const GREETER = `
import { definePlugin } from '@aitbc/plugins/sdk';
export default definePlugin({
  metadata: { name: 'greeter', version: '1.0.0', description: 'Greets', author: 'Ada', license: 'MIT' },
  methods: { greet: (name) => 'hello ' + name },
});
`;

test.each<[string, string]>([
  ['plugin serch x', 'did you mean "search"?'],
  ['plugin search x', 'the config has no registries'],
  ['plugin search x --limit many', 'it is no number'],
  ['plugin search x --registry nope', 'the config has no registries'],
  ['plugin outdated nope', 'the config has no such plugin'],
  ['plugin diff', 'missing required argument "before"'],
  ['plugin diff greeter@9', 'it was not locked to 9 on this machine'],
  ['plugin rollback nope', 'the config has no such plugin'],
  ['plugin tree nope', 'neither config nor lock has it'],
  ['plugin why npm:nope', 'no plugin of the lock has this package'],
  ['plugin audit nope', 'the config has no such plugin'],
  ['plugin audit --level worst', 'Allowed choices are low, medium, high, critical'],
  ['plugin sbom nope', 'the config has no such plugin'],
  ['plugin review greeter --criteria ok', 'no key is given'],
  ['plugin review greeter --criteria ok --key nope.key', 'there is no such file'],
  ['plugin sign greeter --key .', 'it is a folder'],
  ['plugin publish greeter', 'no registry is named'],
  ['plugin publish greeter --to registry --key nope.key', 'there is no such file'],
  ['plugin pack greeter --key greeter.ts/x', 'there is no such file'],
  ['plugin merge-driver base ours', 'three files are needed'],
  ['plugin merge-driver base ours theirs', 'Cannot merge "base": there is no such file'],
  ['audit db update', 'nothing says from where'],
  ['audit db upgrade', 'did you mean "update"?'],
])('aitbc %s says what is wrong and how it is right, and changes nothing', async (line, state) => {
  await using shop = await workshop({ 'plugins.yaml': CONFIG, 'greeter.ts': GREETER });
  const { status, stdout, stderr } = await shop.aitbc(line.split(' '));
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
  expect(stderr).toMatch(/^error\[ERR_USAGE\]: [^\n]+\n(?: {2,}[^\n]+\n)*$/);
  expect(stderr).toContain(state);
  expect(stderr).toContain('hint: ');
  expect(stderr).not.toMatch(/^ +at /m);
  expect((await readdir(shop.path)).filter((name) => !name.startsWith('.')).sort()).toEqual([
    'greeter.ts',
    'plugins.yaml',
  ]);
});
