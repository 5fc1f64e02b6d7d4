import { describe, expect, test } from 'vitest';
import { mapPosition, mapStack } from '../../src/build/sourcemap.ts';
import { buildFiles, execute, type Files } from './support.ts';

/** Builds, runs, calls the default export if it is a function, and maps the stack of what it throws. */
async function stackOf(files: Files, entry = 'mod.ts'): Promise<string> {
  const program = await buildFiles(files, entry);
  try {
    const { default: fail } = await execute(program);
    if (typeof fail === 'function') await (fail as () => unknown)();
  } catch (error) {
    return mapStack(program, (error as Error).stack ?? '');
  }
  throw new Error('it did not throw');
}

describe('mapStack() shows', () => {
  test.each<[string, Files, string[], entry?: string]>([
    [
      'the TypeScript line and column of each frame, and no frame of the host',
      {
        'mod.ts':
          "import { fail } from './lib/fail.ts';\n\ninterface Options { readonly depth: number }\n\nexport default function start({ depth }: Options = { depth: 2 }): void {\n  fail(depth);\n}\n",
        'lib/fail.ts':
          "type A = 1;\nexport function fail(depth: number): never {\n  if (depth > 0) fail(depth - 1);\n  const message: string = 'no ü';\n  throw new TypeError(message);\n}\n",
      },
      [
        'TypeError: no ü',
        '    at fail (lib/fail.ts:5:9)',
        '    at fail (lib/fail.ts:3:18)',
        '    at fail (lib/fail.ts:3:18)',
        '    at start (mod.ts:6:3)',
      ],
    ],
    [
      'a throw while the module is evaluated',
      { 'mod.ts': '\nconst a: any = null;\nexport default a.b;' },
      ["TypeError: Cannot read properties of null (reading 'b')", '    at mod.ts:3:18'],
    ],
    [
      'methods, async frames and frames of the language',
      {
        'mod.ts':
          'class Greeter {\n  async start(): Promise<void> {\n    await null;\n    [1].map((x) => this.#fail(x));\n  }\n  #fail(_: number): void {\n    throw new Error("no");\n  }\n}\nexport default async () => {\n  await new Greeter().start();\n};',
      },
      [
        'Error: no',
        '    at #fail (mod.ts:7:11)',
        '    at mod.ts:4:25',
        '    at Array.map (<anonymous>)',
        '    at Greeter.start (mod.ts:4:9)',
        '    at async default (mod.ts:11:3)',
      ],
    ],
    [
      'modules that are loaded on demand',
      {
        'mod.ts': "export default async () => (await import('./a.ts')).a;",
        'a.ts': '\n\nexport const a = fail();\nfunction fail(): number {\n  throw new Error("no");\n}',
      },
      [
        'Error: no',
        '    at fail (a.ts:5:9)',
        '    at a.ts:3:18',
        '    at mod.ts:1:35',
        '    at async default (mod.ts:1:29)',
      ],
    ],
    [
      'CRLF, a byte order mark, tabs and characters of several units',
      {
        'mod.ts':
          '\uFEFF// a\r\nexport default () => {\r\n\tconst \u65e5 = "\u{1f600}"; throw new Error(\u65e5);\r\n};',
      },
      ['Error: \u{1f600}', '    at default (mod.ts:3:24)'],
    ],
    [
      'JSX',
      {
        'mod.tsx':
          '/** @jsx h */\nconst h = (f: () => void) => f();\nfunction Fail(): void {\n  throw new Error("no");\n}\nexport default () => (\n  <Fail />\n);',
      },
      ['Error: no', '    at Fail (mod.tsx:4:9)', '    at h (mod.tsx:2:30)', '    at default (mod.tsx:7:3)'],
      'mod.tsx',
    ],
    [
      'a module after one with import.meta',
      { 'mod.ts': 'export default () => { const u = [import.meta.url, import.meta.url]; throw new Error(u[0]); };' },
      ['Error: plugin:///mod.ts', '    at default (mod.ts:1:76)'],
    ],
  ])('%s', async (_, files, expected, entry) => {
    expect((await stackOf(files, entry)).split('\n')).toEqual(expected);
  });

  test('frames of the SDK by its name', async () => {
    const stack = await stackOf({
      'mod.ts':
        "import { definePlugin } from '@aitbc/plugins/sdk';\nexport default () => {\n  const P = definePlugin({ methods: { start() {} } } as never);\n  new P({} as never);\n};",
    });
    expect(stack).toMatch(/\n {4}at add \(@aitbc\/plugins\/sdk:\d+:\d+\)[^]*\n {4}at default \(mod\.ts:4:3\)$/);
  });

  test.each([
    ['text that is no stack', 'boom', 'boom'],
    ['frames of the bootstrap', 'Error: x\n    at run (aitbc:guest:1:2)\n    at <isolated-vm>', 'Error: x'],
    [
      'places outside the script',
      'Error\n    at a (plugin:test:99999999:1)\n    at b (plugin:test:0:0)\n    at c (plugin:test:1:1)',
      'Error',
    ],
    ['numbers no integer holds', `Error\n    at a (plugin:test:${'9'.repeat(40)}:1)`, 'Error'],
    [
      'escape sequences',
      'Error: \u001b[31mred\u001b[0m\r\n    at \u202ea (x)',
      'Error: \\u{1b}[31mred\\u{1b}[0m\\u{d}',
    ],
    ['a message with frames of its own', 'Error: at home\n  (plugin:test:1:1)', 'Error: at home\n  (plugin:test:1:1)'],
  ])('no harm by %s', async (_, stack, expected) => {
    expect(mapStack(await buildFiles({ 'mod.ts': 'export default 1;' }), stack)).toBe(expected);
  });

  test('a bounded part of a stack without bounds', async () => {
    const program = await buildFiles({ 'mod.ts': 'export default 1;' });
    expect(mapStack(program, 'x\n'.repeat(1_000_000)).split('\n').length).toBe(64);
    expect(mapStack(program, `Error: ${'x'.repeat(10_000_000)}`).length).toBeLessThan(2_000);
    expect(mapStack(program, `    at ${'plugin:test:1:1 '.repeat(500_000)}`).length).toBeLessThan(2_000);
  });
});

test('mapPosition() gives line and column from 1, and undefined outside the sources', async () => {
  const program = await buildFiles({ 'mod.ts': '// one\nexport default 1;' });
  const lines = program.script.split('\n');
  const line = lines.findIndex((text) => text.startsWith('var mod_default')) + 1;
  expect(mapPosition(program, line, 1)).toEqual({ file: 'mod.ts', line: 2, column: 1 });
  expect(mapPosition(program, 1, 1)).toBeUndefined();
  expect(mapPosition(program, -1, 1)).toBeUndefined();
  expect(mapPosition(program, lines.length + 10, 1)).toBeUndefined();
});
