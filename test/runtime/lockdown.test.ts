/** What is left in an isolate, seen from inside: the globals are a contract, and nothing of the host is among them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createSandbox } from '../../src/sandbox/create-sandbox.ts';
import type { Instance } from '../../src/sandbox/types.ts';
import { openOptions, plugin, port } from '../sandbox/support.ts';

const sandbox = createSandbox();
let instance: Instance;
beforeAll(async () => {
  instance = await sandbox.open(
    openOptions(plugin(`run(code) { return new Function('context', code)(this.context); }`), { port: port() }),
  );
  await instance.request('describe', []);
});
afterAll(() => sandbox.close());

const inside = (code: string): Promise<unknown> => instance.request('call', ['run', [code]]);

describe('lockdown()', () => {
  test.each(['SharedArrayBuffer', 'Atomics', 'WebAssembly', 'process', 'global', 'Buffer', 'require', 'module', 'ivm'])(
    'leaves no %s',
    async (name) => {
      expect(await inside(`return typeof ${name} + (${JSON.stringify(name)} in globalThis)`)).toBe('undefinedfalse');
    },
  );

  test('keeps Error.prepareStackTrace from being set, without a throw', async () => {
    expect(
      await inside(`'use strict'; let called = 0; Error.prepareStackTrace = () => { called += 1; }; void new Error('x').stack;
        try { Object.defineProperty(Error, 'prepareStackTrace', { value: () => { called += 1; } }); called = 'redefined'; } catch {}
        return [called, typeof new Error('x').stack]`),
    ).toEqual([0, 'string']);
  });

  test('makes FinalizationRegistry one that never calls back', async () => {
    expect(
      await inside(
        `const registry = new FinalizationRegistry(() => {}); registry.register({}, 1); return [registry.unregister({}), FinalizationRegistry.name]`,
      ),
    ).toEqual([false, 'FinalizationRegistry']);
  });

  test('leaves stacks without a frame of the bootstrap file or the host', async () => {
    const stack = (await inside(`return new Error('x').stack`)) as string;
    expect(stack).not.toMatch(/node:|file:|\/work|\.cjs|\.mjs/);
  });

  test('import() is refused', async () => {
    expect(await inside(`return import('node:fs').then(() => 'loaded', (error) => error.name)`)).not.toBe('loaded');
  });
});
