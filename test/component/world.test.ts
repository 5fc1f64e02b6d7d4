import { componentEmbed, componentNew, parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { describe, expect, it } from 'vitest';
import { build, componentOf, ownWit, refused } from './support.ts';
import { moduleOf } from './wat.ts';

const PLAIN = {
  name: 'plain',
  methods: { echo: '(call $text (i32.const 0) (local.get $a) (local.get $al))' },
} as const;

/** The plain plugin built for another WIT than ours. */
async function forWit(
  change: (wit: string) => string,
  wat: (exports: string) => string = (text) => text,
): Promise<Uint8Array> {
  return componentOf(await moduleOf({ ...PLAIN, exports: wat }), change(await ownWit()), 'plugin');
}

describe('buildComponent()', () => {
  it('takes a component and a module of the world plugin', async () => {
    expect((await build(await moduleOf(PLAIN))).wasm.length).toBeGreaterThan(0);
    const { script } = await build(await forWit((wit) => wit));
    expect(script).not.toContain('JCO_DEBUG');
    expect(script).not.toContain('console');
  });

  it('names a function that is missing', async () => {
    const error = await refused(
      await forWit(
        (wit) => wit.replace(/ {4}\/\/\/ A method of a service[^]*?call-service[^;]*;/, ''),
        (exports) => exports.replace(/\(func \(export "aitbc:plugin\/methods@1.0.0#call-service"[^]*?\)\)$/m, ''),
      ),
    );
    expect(error).toMatchObject({ code: 'ERR_COMPONENT' });
    expect(error.message).toContain('export of aitbc:plugin/methods@1.0.0 differs at "call-service"');
    expect(error.hint).toContain('+ (not there)   // component');
  });

  it('shows a function of another type in the words of WIT', async () => {
    const error = await refused(
      await forWit(
        (wit) => wit.replace('list-methods: func() -> list<string>', 'list-methods: func() -> string'),
        (exports) => exports,
      ),
    );
    expect(error.hint).toContain(
      [
        'export of aitbc:plugin/methods@1.0.0 differs at "list-methods"',
        '  - list-methods: func() -> list<string>   // host',
        '  + list-methods: func() -> string   // component',
      ].join('\n'),
    );
  });

  it('names an interface that is missing', async () => {
    const wit = (await ownWit()).replace('    export lifecycle;\n    export methods;', '    export methods;');
    const error = await refused(await componentOf(await moduleOf(PLAIN), wit, 'plugin'));
    expect(error.message).toContain('it does not export aitbc:plugin/lifecycle');
  });

  it.each([
    ['1.1.0', 'this host has aitbc:plugin 1.0, which is older'],
    ['2.0.0', 'this host has aitbc:plugin 1.0, and major versions differ'],
    ['0.9.0', 'major versions differ'],
  ])('refuses the interface of version %s', async (version, state) => {
    const bytes = await forWit(
      (wit) => wit.replace('aitbc:plugin@1.0.0', `aitbc:plugin@${version}`),
      (exports) => exports.replaceAll('@1.0.0#', `@${version}#`),
    );
    expect((await refused(bytes)).message).toContain(state);
  });

  it('takes another patch of the same version', async () => {
    const bytes = await forWit(
      (wit) => wit.replace('aitbc:plugin@1.0.0', 'aitbc:plugin@1.0.7'),
      (exports) => exports.replaceAll('@1.0.0#', '@1.0.7#'),
    );
    expect((await build(bytes)).wasm.length).toBeGreaterThan(0);
  });

  it.each([
    ['(import "wasi:sockets/tcp@0.2.3" (instance))', 'a plugin has no sockets'],
    ['(import "wasi:cli/stdin@0.3.0" (instance))', 'WASI 0.3 (asynchronous components) is not supported'],
    ['(import "wasi:cli/stdin@0.1.0" (instance))', 'the host has WASI 0.2'],
    ['(import "wasi:http/incoming-handler@0.2.0" (instance))', 'the host does not provide it'],
    ['(import "acme:thing/api@1.0.0" (instance))', 'the host provides aitbc:plugin and WASI 0.2 alone'],
    ['(import "aitbc:plugin/nothing@1.0.0" (instance))', 'aitbc:plugin has no such interface'],
    ['(import "host" (func))', 'it imports "host'],
  ])('refuses %s', async (text, state) => {
    const error = await refused(await parse(`(component ${text})`));
    expect(error).toMatchObject({ code: 'ERR_COMPONENT' });
    expect(error.message).toContain(state);
  });

  it('names a function of WASI that is not there', async () => {
    const text = `(component (import "wasi:clocks/wall-clock@0.2.0" (instance (export "stop-time" (func)))))`;
    const error = await refused(await parse(text));
    expect(error.hint).toContain('the host has no "stop-time" of it');
  });

  it.each([
    '(component (import "a:b/c@1.0.0" (instance (type $t (func async)) (export "f" (func (type $t))))))',
    '(component (core func (canon backpressure.inc)))',
    '(component (core func (canon waitable-set.new)))',
  ])('says that %s is asynchronous, or needs what the host does not provide', async (text) => {
    const error = await refused(await parse(text));
    expect(error).toMatchObject({ code: 'ERR_COMPONENT' });
    expect(error.message).toMatch(
      /it is an asynchronous component \(WASI 0.3\), which is not supported|the host provides aitbc:plugin and WASI 0.2 alone/,
    );
  });

  it('takes strings in UTF-16, and says that latin1+utf16 is not supported', async () => {
    const binary = await moduleOf(PLAIN);
    const encoded = async (stringEncoding: 'utf16' | 'compact-utf16'): Promise<Uint8Array> =>
      componentNew(await componentEmbed({ binary, witSource: await ownWit(), world: 'plugin', stringEncoding }));
    expect((await build(await encoded('utf16'))).wasm.length).toBeGreaterThan(0);
    expect((await refused(await encoded('compact-utf16'))).message).toContain('its strings are latin1+utf16');
  });

  it('says what is wrong with a component that is corrupt inside', async () => {
    const bytes = await forWit((wit) => wit);
    bytes.fill(0xff, 40, 60);
    expect((await refused(bytes)).message).toMatch(/no valid component|truncated or corrupt/);
  });

  it('ends a translation that takes too long, or answers too much', async () => {
    const bytes = await moduleOf(PLAIN);
    expect((await refused(bytes, { time: 1 })).message).toContain('is not translated within');
    expect((await refused(bytes, { answer: 10 })).message).toContain('its program has more than');
    expect((await refused(bytes, { memory: 1 })).message).toContain('translating it needs more than');
  });
});
