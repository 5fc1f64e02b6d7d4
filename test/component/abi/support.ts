import { $init, generate } from '@bytecodealliance/jco-transpile/component';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { planned } from '../../../runtime/guest/component/abi/link.ts';
import type { Exports, Instantiate } from '../../../runtime/guest/component/instance.ts';
import { TextDecoder, TextEncoder } from '../../../runtime/guest/component/text.ts';
import { type CoreModule, engine } from '../../../runtime/guest/component/webassembly.ts';
import { readStructure } from '../../../src/build/component/plan/structure.ts';
import { componentOf } from '../support.ts';

/** Of what is lifted: strings of more bytes are refused. */
export const MESSAGE_LIMIT = 1_000_000;
Object.assign(globalThis, {
  __aitbc: { messageLimit: MESSAGE_LIMIT, tooLarge: (message: string) => new RangeError(message) },
});

export type Bind = (imports: object) => Exports;

/** A component of this module, for the world `test` of this WIT. */
export async function testComponent(wat: string, wit: string): Promise<Uint8Array> {
  return componentOf(await parse(wat), wit, 'test');
}

/** As the guest binds it by its plan. */
export function byPlan(component: Uint8Array): Bind {
  const { plan, modules } = readStructure(component);
  const bytes = new Map(modules.map((module) => [module.name, module.bytes]));
  // The plan reaches the guest as text.
  return binder(planned(JSON.parse(JSON.stringify(plan)) as typeof plan), bytes);
}

/** As jco binds it, with the strings of the guest. */
export async function byJco(component: Uint8Array): Promise<Bind> {
  await $init;
  const { files } = generate(component, {
    name: 'component',
    instantiation: { tag: 'sync' },
    map: [],
    importBindings: undefined,
    noTypescript: false,
    noNodejsCompat: true,
    base64Cutoff: 0,
    tlaCompat: false,
    validLiftingOptimization: false,
    tracing: false,
    noNamespacedExports: false,
    multiMemory: false,
    noComponentErrorWrapping: true,
    strict: true,
  } as never) as { files: [string, Uint8Array][] };
  const text = Buffer.from(new Map(files).get('component.js') as Uint8Array).toString('utf8');
  const body = text
    .replace('export function instantiate', 'return function instantiate')
    .split('export const _util')[0];
  // The bindings jco wrote for a component of this test.
  // oxlint-disable-next-line no-implied-eval, no-new-func
  const make = new Function('TextDecoder', 'TextEncoder', body ?? '') as (...given: unknown[]) => Instantiate;
  return binder(make(TextDecoder, TextEncoder), new Map(files));
}

function binder(instantiate: Instantiate, bytes: ReadonlyMap<string, Uint8Array>): Bind {
  const modules = new Map<string, CoreModule>();
  const moduleOf = (name: string): CoreModule => {
    const module = modules.get(name) ?? new engine.Module(bytes.get(name) as Uint8Array);
    modules.set(name, module);
    return module;
  };
  return (imports) => instantiate(moduleOf, imports, (module, given) => new engine.Instance(module, given));
}

/** Numbers from 0 to 1, the same for the same seed. */
export function chance(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const ALPHABETS = ['ab"\\\n\0', 'éßĀ߿', '€\ufeff\uffff\u2028', '😀\u{10ffff}', '\ud800', '\udfff'];

/** Text with every kind of character, lone surrogates among them; now and then longer than the transcoder takes at once. */
export function randomText(random: () => number): string {
  const length = random() < 0.02 ? 16_000 + random() * 20_000 : random() < 0.2 ? random() * 300 : random() * 12;
  const wild = random() < 0.5;
  let text = '';
  while (text.length < length) {
    const characters = Array.from(ALPHABETS[wild ? Math.floor(random() * ALPHABETS.length) : 0] as string);
    text += characters[Math.floor(random() * characters.length)];
  }
  return text;
}
