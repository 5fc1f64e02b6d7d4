import { expect, test } from 'vitest';
import { workshop } from './support.ts';

/** A plugin that writes escape sequences, line feeds and bidirectional overrides wherever it may say something. */
const HOSTILE = `
import { CLIPlugin } from '@aitbc/plugins/sdk';
const text = '\\u001b[2J\\u001b]0;owned\\u0007\\u202eerror[ERR_FAKE]: \\n';
export default class Hostile extends CLIPlugin {
  getMetadata() {
    return {
      name: 'hostile', version: '1.0.0', description: text, author: text, license: text, homepage: text,
      permissions: { net: [{ value: 'a.example' + text, reason: text }], env: ['X' + text] },
    };
  }
  fail() {
    throw new Error(text);
  }
  getCommands() {
    return [{ name: 'hostile', help: text, subcommands: [{
      name: 'go', help: text,
      options: [{ name: 'one', help: text, choices: [text], default: text }],
      arguments: [{ name: 'two', help: text }],
      handler: () => { throw new Error(text); },
    }] }];
  }
}
`;

test('nothing a plugin says of itself reaches the terminal as a control character', async () => {
  await using shop = await workshop({ 'hostile.js': HOSTILE });
  const runs: [args: string[], status: number][] = [
    [['plugin', 'add', './hostile.js', '--dry-run'], 0],
    [['plugin', 'add', './hostile.js'], 2],
    [['plugin', 'add', './hostile.js', '--yes'], 0],
    [['plugin', 'list'], 0],
    [['plugin', 'info', 'hostile'], 0],
    [['plugin', 'lock', '--check'], 0],
    [['--help'], 0],
    [['hostile', '--help'], 0],
    [['hostile', 'go', '--help'], 0],
    [['hostile', 'go', '--one', 'x'], 2],
    [['hostile', 'go'], 1],
    [['plugin', 'call', 'hostile', 'fail'], 1],
    [['plugin', 'exec', 'hostile'], 0],
  ];
  for (const [args, expected] of runs) {
    const { status, stdout, stderr } = await shop.aitbc(args);
    const shown = stdout + stderr;
    expect({ args, status }).toEqual({ args, status: expected });
    expect({ args, control: /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/.exec(shown) }).toEqual({
      args,
      control: null,
    });
    expect({ args, forged: /^error\[ERR_FAKE\]/m.test(shown) }).toEqual({ args, forged: false });
  }
});
