import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { Unplanned } from '../../src/build/component/binary/reader.ts';
import { readStructure } from '../../src/build/component/binary/structure.ts';
import { componentOf, ownWit } from './support.ts';
import { moduleOf } from './wat.ts';
import { chance } from './abi/support.ts';

const example = (name: string): Promise<Uint8Array> =>
  readFile(fileURLToPath(new URL(`../../plugins/${name}/plugin.wasm`, import.meta.url)));

describe('readStructure()', () => {
  test.each(['notebook/c', 'notebook/rust', 'notebook/assemblyscript', 'notes', 'translation-ai'])(
    'makes a plan of %s, whose exports are those of its world',
    async (name) => {
      const { plan, modules } = readStructure(await example(name));
      const members = plan.exports.map(({ id, member }) => `${id}#${member}`);
      expect(members).toEqual(
        expect.arrayContaining([
          'aitbc:plugin/lifecycle@1.0.0#handle-event',
          'aitbc:plugin/lifecycle@1.0.0#initialize',
          'aitbc:plugin/methods@1.0.0#call',
        ]),
      );
      const named = plan.instances.flatMap((made) => ('module' in made ? [made.module] : []));
      expect(new Set(named)).toEqual(new Set(modules.map((module) => module.name)));
    },
  );

  test('leaves to jco what is made of components that call each other', async () => {
    expect(() => readStructure(new Uint8Array(1))).toThrow(Unplanned);
    const composed = await example('notebook/javascript');
    expect(() => readStructure(composed)).toThrow('a nested component does something of its own');
  });

  test('knows an encoding by its option', async () => {
    const wasm = await componentOf(await moduleOf({ name: 'x', methods: {} }), await ownWit(), 'plugin');
    expect(new Set(readStructure(wasm).plan.exports.map(({ options }) => options.encoding))).toEqual(new Set(['utf8']));
    const script = readStructure(await example('notebook/assemblyscript')).plan.exports;
    expect(new Set(script.map(({ options }) => options.encoding))).toEqual(new Set(['utf16']));
  });

  test('says that it has no plan, and nothing else, for bytes that were changed or cut', async () => {
    const bytes = await componentOf(await moduleOf({ name: 'x', methods: {} }), await ownWit(), 'plugin');
    const random = chance(5);
    let refused = 0;
    for (let round = 0; round < 3_000; round += 1) {
      const changed = bytes.slice(0, round % 3 === 0 ? Math.floor(random() * bytes.length) : bytes.length);
      for (let change = 0; change < 3 && changed.length > 0; change += 1) {
        changed[Math.floor(random() * changed.length)] = Math.floor(random() * 256);
      }
      try {
        readStructure(changed);
      } catch (error) {
        if (!(error instanceof Unplanned)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});
