import { componentEmbed, componentNew, parse, print } from '@bytecodealliance/jco-transpile/wasm-tools';

const PACKAGE = 'aitbc:plugin';
const VERSION = '1.0.0';

/** Wraps a core module of the canonical ABI into a component of one world of our WIT package. */
export async function wrap(
  core: Uint8Array,
  witSource: string,
  world: string,
  stringEncoding: 'utf8' | 'utf16' = 'utf8',
): Promise<Uint8Array> {
  return componentNew(await componentEmbed({ binary: core, witSource, world, stringEncoding }), []);
}

/**
 * Gives exports their names of the canonical ABI where a language can't spell them: `lifecycle__get_metadata` becomes
 * `aitbc:plugin/lifecycle@1.0.0#get-metadata`, with `released` as its post-return.
 */
export async function nameExports(core: Uint8Array): Promise<Uint8Array> {
  const text = await print(core);
  const released = /\(export "released" \(func ([^)]+)\)\)/.exec(text)?.[1];
  if (released === undefined) throw new Error('the module does not export "released"');
  const named = text.replaceAll(
    /\(export "([a-z]\w*?)__(\w+)" (\(func [^)]+\))\)/g,
    (_, face: string, name: string, fn: string) => {
      const full = `${PACKAGE}/${face.replaceAll('_', '-')}@${VERSION}#${name.replaceAll('_', '-')}`;
      return `(export "${full}" ${fn}) (export "cabi_post_${full}" (func ${released}))`;
    },
  );
  return parse(named);
}

/** Appends a custom section: a name and bytes that no engine runs. */
export function withSection(wasm: Uint8Array, name: string, bytes: Uint8Array): Uint8Array {
  const title = new TextEncoder().encode(name);
  const size = [...leb128(title.length), ...title];
  return Buffer.concat([wasm, Uint8Array.of(0, ...leb128(size.length + bytes.length), ...size), bytes]);
}

function leb128(value: number): number[] {
  const rest = value >>> 7;
  return rest === 0 ? [value] : [(value & 0x7f) | 0x80, ...leb128(rest)];
}
