import { parse, print } from '@bytecodealliance/jco-transpile/wasm-tools';
import { describe, expect, it } from 'vitest';
import { engine } from '../../runtime/guest/component/webassembly.ts';
import { clampModules } from '../../src/sandbox/clamp.ts';
import { caught } from '../support/errors.ts';

const PAGE = 65_536;
const clamped = async (memory: number, ...texts: string[]): Promise<string[]> => {
  const modules = await Promise.all(texts.map(async (text, at) => ({ name: `${at}`, bytes: await parse(text) })));
  return Promise.all(clampModules('x', modules, memory).map(({ bytes }) => print(bytes)));
};

describe('clampModules()', () => {
  it('gives every memory a maximum, together no more than the limit beyond what others begin with', async () => {
    const [one, two] = await clamped(10 * PAGE, '(module (memory 2))', '(module (memory 3 1000))');
    expect(one).toContain('(memory (;0;) 2 7)');
    expect(two).toContain('(memory (;0;) 3 8)');
  });

  it('keeps a smaller maximum, and everything else', async () => {
    const text = '(module (memory 1 2) (table 3 4 funcref) (func (export "f") (result i32) i32.const 7))';
    const [module] = await clamped(10 * PAGE, text);
    expect(module).toBe(await print(await parse(text)));
    const bytes = clampModules('x', [{ name: 'm', bytes: await parse(text) }], 10 * PAGE)[0]?.bytes;
    const { exports } = new engine.Instance(new engine.Module(bytes ?? new Uint8Array()), {}) as {
      exports: { f(): number };
    };
    expect(exports.f()).toBe(7);
  });

  it('bounds tables', async () => {
    expect((await clamped(PAGE, '(module (table 1 funcref))'))[0]).toContain('(table (;0;) 1 262144 funcref)');
  });

  it('refuses what asks for more at its start, with both numbers', async () => {
    const error = await clamped(3 * PAGE, '(module (memory 2))', '(module (memory 2))').catch(
      (thrown: unknown) => thrown,
    );
    expect(error).toMatchObject({
      code: 'ERR_LIMIT_MEMORY',
      details: { needed: 4 * PAGE, limit: 'memory', max: 3 * PAGE },
      message: expect.stringContaining(`${4 * PAGE}`) as string,
    });
  });

  it.each([
    ['a huge table', '(module (table 1000000 funcref))', 'table of 1000000 entries'],
    ['a shared memory', '(module (memory 1 1 shared))', 'shared'],
    ['a memory of 64 bits', '(module (memory i64 1))', '64 bits'],
  ])('refuses %s', async (_, text, state) => {
    const bytes = await parse(text);
    const error = caught(() => clampModules('x', [{ name: 'm', bytes }], 100 * PAGE));
    expect(error).toMatchObject({ code: 'ERR_COMPONENT' });
    expect(error.message).toContain(state);
  });

  it('refuses many memories', async () => {
    const bytes = await parse('(module (memory 1))');
    const modules = Array.from({ length: 9 }, (_, at) => ({ name: `${at}`, bytes }));
    expect(caught(() => clampModules('x', modules, 100 * PAGE)).message).toContain('more than 8 memories');
  });
});
