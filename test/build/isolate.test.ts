import { createRequire } from 'node:module';
import type ivm from 'isolated-vm';
import { expect, test } from 'vitest';
import { mapStack } from '../../src/build/sourcemap.ts';
import type { Program } from '../../src/build/types.ts';
import { scriptName, wrapScript } from '../../src/protocol/script.ts';
import { buildFiles } from './support.ts';

const { Isolate } = createRequire(import.meta.url)('isolated-vm') as typeof ivm;

/** Evaluates a program in an isolate that has the language alone, and gives what `use` makes of its exports. */
async function inIsolate(program: Program, use: string): Promise<unknown> {
  const isolate = new Isolate({ memoryLimit: 32 });
  try {
    const context = await isolate.createContext();
    const code = `${wrapScript(program.script)}().then(${use}).then(JSON.stringify)`;
    const text: unknown = await context.eval(code, { filename: scriptName('test'), promise: true });
    return JSON.parse(String(text));
  } finally {
    isolate.dispose();
  }
}

test('build() makes a script that an isolate runs: SDK, JSON, top-level await, dynamic import', async () => {
  const program = await buildFiles({
    'mod.ts': `
      import { BasePlugin, type PluginMetadata } from '@aitbc/plugins/sdk';
      import manifest from './manifest.json' with { type: 'json' };
      const { greet } = await import('./greet.ts');
      export default class Greeter extends BasePlugin {
        getMetadata(): PluginMetadata { return manifest; }
        greet(): string { return greet(this.metadata.name); }
      }`,
    'manifest.json': '{"name":"greeter","version":"1.0.0","description":"","author":"","license":"MIT"}',
    'greet.ts': 'export const greet = (name: string): string => `hello ${name}`;',
  });
  expect(
    await inIsolate(
      program,
      '({ default: P }) => { const p = new P({}); return [P.name, p.metadata.version, p.greet()]; }',
    ),
  ).toEqual(['Greeter', '1.0.0', 'hello greeter']);
});

test('mapStack() maps what an isolate says of a script', async () => {
  const program = await buildFiles({
    'mod.ts': 'type A = 1;\nexport default (): never => {\n  throw new Error("no");\n};',
  });
  const stack = await inIsolate(program, '({ default: f }) => { try { f(); } catch (error) { return error.stack; } }');
  expect(mapStack(program, String(stack))).toMatch(/^Error: no\n {4}at default \(mod\.ts:3:9\)(?:\n|$)/);
});
