import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';

/** A plugin in WebAssembly text. Methods are told apart by the first letter of their name. */
export interface WatPlugin {
  readonly name: string;
  /** Method -> instructions that leave the address of a `result<string, string>`; locals: $m, $ml (name), $a, $al (arguments). */
  readonly methods: Readonly<Record<string, string>>;
  /** Instead of `ok(true)`: instructions that leave the address of a `result<bool, string>`. */
  readonly start?: string;
  readonly imports?: string;
  /** Functions and data of its own. */
  readonly more?: string;
  /** Pages of its memory. */
  readonly pages?: number;
  readonly maxPages?: number;
  /** Instead of the exports of the interfaces; for those that are wrong. */
  readonly exports?: (exports: string) => string;
  /** JSON of the custom section. */
  readonly manifest?: object;
}

const PLUGIN = 'aitbc:plugin';

/** Bytes of a core module with our exports, which the host makes a component of. */
export async function moduleOf(plugin: WatPlugin): Promise<Uint8Array> {
  return parse(textOf(plugin));
}

function textOf({
  name,
  methods,
  start,
  imports = '',
  more = '',
  pages = 2,
  maxPages,
  exports,
  manifest,
}: WatPlugin): string {
  const data = new Data();
  const metadata = [name, '1.0.0', 'A test', 'tests', 'MIT'].flatMap((text) => data.text(text));
  const record = data.words([...metadata, ...ZEROS]);
  const schema = data.words(data.text('{}'));
  const names = Object.keys(methods);
  const list = data.words(names.flatMap((method) => data.text(method)));
  const methodList = data.words([list, names.length]);
  const yes = data.bytes([0, 0, 0, 0, 1, 0, 0, 0]);
  const health = data.words([1, ...data.text('{}')]);
  const done = data.words([0, 0, 0]);
  const unknown = data.words([1, ...data.text('no such method')]);
  const cases = names.map(
    (method) => `(if (i32.eq (i32.load8_u (local.get $m)) (i32.const ${method.charCodeAt(0)}))
      (then (return ${methods[method]})))`,
  );
  const own = `
  (func (export "${PLUGIN}/lifecycle@1.0.0#get-metadata") (result i32) (i32.const ${record}))
  (func (export "${PLUGIN}/lifecycle@1.0.0#get-config-schema") (result i32) (i32.const ${schema}))
  (func (export "${PLUGIN}/lifecycle@1.0.0#initialize") (result i32) (i32.const ${yes}))
  (func (export "${PLUGIN}/lifecycle@1.0.0#start") (result i32) ${start ?? `(i32.const ${yes})`})
  (func (export "${PLUGIN}/lifecycle@1.0.0#stop") (result i32) (i32.const ${yes}))
  (func (export "${PLUGIN}/lifecycle@1.0.0#cleanup") (result i32) (i32.const ${yes}))
  (func (export "${PLUGIN}/lifecycle@1.0.0#health-check") (result i32) (i32.const ${health}))
  (func (export "${PLUGIN}/lifecycle@1.0.0#handle-event") (param i32 i32 i32 i32 i32 i32 i32 i32) (result i32)
    (global.set $count (i32.add (global.get $count) (i32.const 1)))
    (i32.const ${done}))
  (func (export "${PLUGIN}/methods@1.0.0#list-methods") (result i32) (i32.const ${methodList}))
  (func (export "${PLUGIN}/methods@1.0.0#call") (param $m i32) (param $ml i32) (param $a i32) (param $al i32) (result i32)
    ${cases.join('\n    ')}
    (i32.const ${unknown}))
  (func (export "${PLUGIN}/methods@1.0.0#call-service") (param i32 i32 i32 i32 i32 i32) (result i32) (i32.const ${unknown}))`;
  const section =
    manifest === undefined ? '' : `(@custom "aitbc:manifest" ${JSON.stringify(JSON.stringify(manifest))})`;
  return `(module
  ${imports}
  (memory (export "memory") ${pages} ${maxPages ?? ''})
  (global $next (mut i32) (i32.const 65536))
  (global $count (mut i32) (i32.const 0))
  (global $yes i32 (i32.const ${yes}))
  ;; It frees nothing: tests are short.
  (func $realloc (export "cabi_realloc") (param $old i32) (param $oldSize i32) (param $align i32) (param $size i32) (result i32)
    (local $at i32)
    (local.set $at (i32.and (i32.add (global.get $next) (i32.const 15)) (i32.const -16)))
    (global.set $next (i32.add (local.get $at) (local.get $size)))
    (if (i32.gt_u (global.get $next) (i32.mul (memory.size) (i32.const 65536)))
      (then (if (i32.eq (i32.const -1) (memory.grow (i32.add (i32.const 1) (i32.div_u (local.get $size) (i32.const 65536)))))
        (then unreachable))))
    (local.get $at))
  ;; result<string, string> with this text.
  (func $text (param $case i32) (param $at i32) (param $length i32) (result i32)
    (i32.store (i32.const ${AREA}) (local.get $case))
    (i32.store (i32.const ${AREA + 4}) (local.get $at))
    (i32.store (i32.const ${AREA + 8}) (local.get $length))
    (i32.const ${AREA}))
  ;; ok of one digit
  (func $digit (param $value i32) (result i32)
    (i32.store8 (i32.const ${AREA + 16}) (i32.add (i32.const 48) (local.get $value)))
    (call $text (i32.const 0) (i32.const ${AREA + 16}) (i32.const 1)))
  ${more}
  ${exports?.(own) ?? own}
  ${data.segments()}
  ${section})`;
}

/** Where results are put. */
export const AREA = 32_768;
/** Data of `more` may stand from here on. */
export const FREE = 40_000;
/** Options that are none, and empty lists: of the record `metadata`. */
const ZEROS = Array.from({ length: 18 }, () => 0);

class Data {
  #at = 1_024;
  readonly #segments: string[] = [];

  bytes(bytes: readonly number[]): number {
    const at = this.#at;
    this.#at += (bytes.length + 15) & ~15;
    const escaped = bytes.map((byte) => `\\${byte.toString(16).padStart(2, '0')}`).join('');
    this.#segments.push(`(data (i32.const ${at}) "${escaped}")`);
    return at;
  }

  words(words: readonly number[]): number {
    return this.bytes([...new Uint8Array(Uint32Array.from(words).buffer)]);
  }

  /** Address and length. */
  text(text: string): [number, number] {
    const bytes = [...Buffer.from(text)];
    return [this.bytes(bytes), bytes.length];
  }

  segments(): string {
    return this.#segments.join('\n  ');
  }
}
