/**
 * Consent on a real terminal: what a plugin says of itself stands beside the question, and must neither move the cursor, hide the
 * question, answer it, nor make it another.
 */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { workshop } from '../cli/support.ts';
import { onTerminal } from '../cli/terminal.ts';
import { goodModule } from './cli-harness.ts';

/** Colours, and what a prompt and a line of progress send. */
const COLOUR = /\u001b\[(?:3\d|[1249]|2[249])m/g;
const PROMPT = /\u001b\[(?:\d+G|0J|2K)|\r/g;
const RAW =
  /[\u0000-\u0009\u000b\u000c\u000e-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/u;

const TRICKS: readonly (readonly [name: string, text: string])[] = [
  ['clears the screen', '\u001b[2J\u001b[H'],
  ['clears it with C1', '\u009b2J\u009bH'],
  ['goes up and writes over what stands there', '\u001b[5A\u001b[2K\rGrants nothing'],
  ['returns to the start of the line', '\rAdd safe? [y/N] y'],
  ['erases with backspaces', '\b'.repeat(40) + 'harmless'],
  ['colours it as the background', '\u001b[8m\u001b[30;40m'],
  ['sets the title, and asks for it', '\u001b]0;owned\u0007\u001b[21t'],
  ['asks the terminal for answers', '\u001b[6n\u001b[c\u0005\u001bP$qm\u001b\\\\'],
  ['writes into the clipboard', '\u001b]52;c;b3duZWQ=\u0007'],
  ['links to another place', '\u001b]8;;https://evil.example\u001b\\\\text\u001b]8;;\u001b\\\\'],
  ['turns the text around', '\u202e\u2066evil\u2069'],
  ['asks a question of its own', '\n\nGrant what it asks for? [y/N] y\n'],
  ['switches to the other screen', '\u001b[?1049h\u001b[?25l'],
  ['resets the terminal', '\u001bc'],
];

const manifestOf = (trick: string): object => ({
  name: 'p',
  version: '1.0.0',
  description: `Is ${trick} kind`,
  author: `me ${trick}`,
  license: `MIT ${trick}`,
  homepage: `https://example.com/${trick}`,
  entry: 'mod.ts',
  permissions: { net: [{ value: 'api.example.com', reason: `for ${trick} rates` }] },
});

/** What reaches the terminal before the first question, and from there on. */
function partsOf(raw: string): [before: string, after: string] {
  const text = Buffer.from(raw, 'latin1').toString().replaceAll('\r\n', '\n').replaceAll(COLOUR, '');
  const at = text.indexOf('\u001b[1G\u001b[0JAdd p?');
  return [text.slice(0, at), text.slice(at)];
}

describe('aitbc plugin add on a terminal, of a plugin whose words', () => {
  test.each(TRICKS)('%s', async (_name, trick) => {
    const files = { 'p/mod.ts': goodModule('p'), 'p/plugin.json': JSON.stringify(manifestOf(trick)) };
    await using shop = await workshop(files);
    const { raw, status } = await onTerminal(
      shop,
      ['plugin', 'add', './p'],
      [
        ['[0JAdd p?', 'y\n'],
        ['[0JGrant what it asks for?', 'n\n'],
      ],
    );
    const [before, after] = partsOf(raw);
    expect(before).toContain('asks for  net: api.example.com (for');
    expect(RAW.exec(before)?.[0]).toBeUndefined();
    expect(RAW.exec(after.replaceAll(PROMPT, ''))?.[0]).toBeUndefined();
    expect(after).not.toContain(trick);
    // The answer was no, to a question that was asked once.
    expect(after.split('[0JGrant what it asks for?')).toHaveLength(2);
    expect(status).toBe(0);
    expect(await readFile(join(shop.path, 'plugins.yaml'), 'utf8')).not.toContain('api.example.com');
  });
});
