import { $init, generate } from '@bytecodealliance/jco-transpile/component';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { describe, expect, test } from 'vitest';
import { readSurface } from '../../src/build/component/types/decode.ts';
import { TypeTable } from '../../src/build/component/types/type-table.ts';
import { refused } from './support.ts';

/** JSON's escapes as the text format has them. */
const quoted = (name: string): string =>
  `"${[...Buffer.from(name)].map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('')}"`;

/** Where a name of core WebAssembly can stand in a component. */
const PLACES: Readonly<Record<string, (name: string) => string>> = {
  'an export of a module': (name) => `(core module (func (export ${name})))`,
  'a module that is imported from': (name) => `(core module (import ${name} "f" (func)))`,
  'an import of a module': (name) => `(core module (import "m" ${name} (func)))`,
  'an export of a memory': (name) => `(core module (memory (export ${name}) 1))`,
  'a module inside a nested component': (name) => `(component (component (core module (func (export ${name})))))`,
  'an argument of an instance': (name) => `(core module $m (import ${name} "f" (func)))
    (core module $f (func (export "f"))) (core instance $f (instantiate $f)) (core instance (instantiate $m (with ${name} (instance $f))))`,
  'an alias and a bundle': (name) => `(core module $f (func (export ${name}))) (core instance $i (instantiate $f))
    (alias core export $i ${name} (core func $a)) (core instance (export ${name} (func $a)))`,
};

const HOSTILE: readonly (readonly [what: string, name: string])[] = [
  ['a quote', "x'], globalThis.injected = 1, exports0['x"],
  ['a double quote', 'x"]; y'],
  ['a backtick', 'x`${y}`'],
  ['a backslash', 'x\\'],
  ['a line feed', 'x\ny'],
  ['a carriage return', '\r'],
  ['U+2028', 'x\u2028y'],
  ['U+2029', 'x\u2029y'],
  ['NUL', 'x\0'],
  ['a mark of direction', 'x\u202ey'],
  ['the name of a prototype', '__proto__'],
  ['100,000 characters', 'x'.repeat(100_000)],
];

describe('a name of a core module', () => {
  test.each(HOSTILE)('with %s is refused wherever it stands', async (_, name) => {
    for (const text of Object.values(PLACES)) {
      const bytes = await parse(`(component ${text(quoted(name))})`);
      expect(() => readSurface(bytes, new TypeTable())).toThrow(/^a core module has (the|a) name /);
    }
  });

  test.each([
    '_ZN4core3fmt9Formatter3new17h0123456789abcdefE',
    '_ZN49_$LT$T$u20$as$u20$core..fmt..Debug$GT$3fmtE',
    'std::vector<int, std::allocator<int> >::~vector()',
    'assembly/index/Foo#get:bar',
    '[method]descriptor.read-via-stream',
    'aitbc:plugin/lifecycle@1.0.0#get-metadata',
    '*/ alert(1) /*',
    '<!--',
    'constructor',
    'größe',
    '',
  ])('%j is taken', async (name) => {
    for (const text of Object.values(PLACES)) {
      const bytes = await parse(`(component ${text(quoted(name))})`);
      expect(() => readSurface(bytes, new TypeTable())).not.toThrow();
    }
  });

  test('that would be code in the bindings is refused before there are any', async () => {
    const name = quoted("x'], globalThis.injected = 1, exports0['x");
    const bytes = await parse(`(component ${PLACES['an alias and a bundle']?.(name)}
      (func (export "f") (canon lift (core func $a))))`);
    // What the generator alone makes of it.
    await $init;
    const { files } = generate(bytes, { name: 'x', instantiation: { tag: 'sync' }, noNodejsCompat: true } as never) as {
      files: [string, Uint8Array][];
    };
    const bindings = Buffer.from(files.find(([file]) => file.endsWith('.js'))?.[1] ?? []).toString();
    expect(bindings).toContain("exports0['x'], globalThis.injected = 1, exports0['x']");

    const error = await refused(bytes);
    expect(error).toMatchObject({ code: 'ERR_COMPONENT' });
    expect(error.message).toContain('it is not supported: a core module has the name');
  });
});
