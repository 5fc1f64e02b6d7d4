/** The least call there is: two numbers in, one out, by the bindings of the guest and by hand. */
import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { planned } from '../runtime/guest/component/abi/link.ts';
import { engine } from '../runtime/guest/component/webassembly.ts';
import { readStructure } from '../src/build/component/plan/structure.ts';

const WIT = `package aitbc:plugin@1.0.0;
interface sums { add: func(a: u32, b: u32) -> u32; }
world adder { export sums; }
`;
const ADD = 'aitbc:plugin/sums@1.0.0#add';
const MODULE = `(module (func (export "${ADD}") (param i32 i32) (result i32) (i32.add (local.get 0) (local.get 1))))`;

type Add = (a: number, b: number) => number;

export async function bindAdder(): Promise<{ readonly raw: Add; readonly bound: Add }> {
  const bytes = await parse(MODULE);
  const module = new engine.Module(bytes);
  const component = await componentNew(await componentEmbed({ binary: bytes, witSource: WIT, world: 'adder' }), []);
  const { plan } = readStructure(component);
  const link = planned(plan);
  const exports = link(
    () => module,
    {},
    (core, imports) => new engine.Instance(core, imports),
  );
  return {
    raw: new engine.Instance(module, {}).exports[ADD] as Add,
    bound: exports['aitbc:plugin/sums@1.0.0']?.['add'] as unknown as Add,
  };
}
