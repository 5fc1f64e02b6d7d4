import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { describe, expect, test } from 'vitest';
import { Unplanned } from '../../src/build/component/plan/unplanned.ts';
import { MalformedBinary } from '../../src/source/component/binary.ts';
import { readStructure } from '../../src/build/component/plan/structure.ts';
import { componentOf, ownWit } from './support.ts';
import { moduleOf } from './wat.ts';
import { chance } from './abi/support.ts';
import { component } from '../trust/contents/wasm.ts';

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
    expect(() => readStructure(new Uint8Array(1))).toThrow(MalformedBinary);
    const composed = await example('notebook/javascript');
    expect(() => readStructure(composed)).toThrow('a nested component does something of its own');
  });

  const lifted = `(core module $m (func (export "f")) (memory (export "m") 1))
    (core instance $c (instantiate $m)) (func $f (canon lift (core func $c "f")))`;

  test('finds the function behind a nested component and an ascribed type', async () => {
    const bytes = await parse(`(component ${lifted}
      (component $n (import "f" (func $f)) (export "g" (func $f)))
      (instance $i (instantiate $n (with "f" (func $f))))
      (export "aitbc:plugin/x@1.0.0" (instance $i) (instance (export "g" (func)))))`);
    const { plan, modules } = readStructure(bytes);
    expect(plan.exports).toEqual([
      {
        id: 'aitbc:plugin/x@1.0.0',
        member: 'g',
        function: 0,
        type: { params: [], result: null },
        options: { encoding: 'utf8', memory: null, realloc: null, postReturn: null },
      },
    ]);
    expect(modules.map(({ name }) => name)).toEqual(['module0.wasm']);
  });

  test.each<[string, string, string]>([
    [
      'a resource of its own',
      '(type $r (resource (rep i32))) (core func (canon resource.drop $r))',
      'it has resources of its own',
    ],
    ['a module from elsewhere', '(import "m" (core module))', 'it imports something else than interfaces'],
    ['a function that is imported alone', '(import "f" (func))', 'it imports something else than interfaces'],
    [
      'an exported import',
      '(import "a:b/c@1.0.0" (instance $i (export "f" (func)))) (export "a:b/d@1.0.0" (instance $i))',
      'it exports an interface that it imports',
    ],
    [
      'a function that passes through it',
      `(import "a:b/c@1.0.0" (instance $i (export "f" (func)))) (alias export $i "f" (func $f))
       (instance $j (export "f" (func $f))) (export "a:b/d@1.0.0" (instance $j))`,
      'it exports a function that is not its own',
    ],
    [
      'a function of its own that it is given',
      `${lifted} (core func (canon lower (func $f)))`,
      'it imports a function of its own',
    ],
    [
      'a type without a form',
      `(core module $m (func (export "f") (param f32))) (core instance $c (instantiate $m))
       (func $f (param "x" f32) (canon lift (core func $c "f")))
       (instance $j (export "f" (func $f))) (export "aitbc:plugin/x@1.0.0" (instance $j))`,
      'it uses the type f32',
    ],
  ])('has no plan for %s', async (_, text, reason) => {
    const bytes = await parse(`(component ${text})`);
    expect(() => readStructure(bytes)).toThrow(Unplanned);
    expect(() => readStructure(bytes)).toThrow(reason);
  });

  test('refuses what is nested too deeply, components and types alike', async () => {
    let nested = component();
    for (let level = 0; level < 150; level += 1) nested = component(nested);
    expect(() => readStructure(nested)).toThrow('it is nested too deeply');
    const lists = Array.from({ length: 300 }, (_, at) => `(type (list ${at === 0 ? 'u8' : at - 1}))`).join('');
    const typed = await parse(`(component ${lists})`);
    expect(() => readStructure(typed)).toThrow('its types are nested too deeply');
  });

  test('knows an encoding by its option', async () => {
    const wasm = await componentOf(await moduleOf({ name: 'x', methods: {} }), await ownWit(), 'plugin');
    expect(new Set(readStructure(wasm).plan.exports.map(({ options }) => options.encoding))).toEqual(new Set(['utf8']));
    const script = readStructure(await example('notebook/assemblyscript')).plan.exports;
    expect(new Set(script.map(({ options }) => options.encoding))).toEqual(new Set(['utf16']));
  });

  test('says that they are malformed or have no plan, and nothing else, of bytes that were changed or cut', async () => {
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
        if (!(error instanceof Unplanned || error instanceof MalformedBinary)) throw error;
        refused += 1;
      }
    }
    expect(refused).toBeGreaterThan(500);
  });
});
