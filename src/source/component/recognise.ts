/**
 * Says what a `.wasm` file is before anything of it is built or run. Guarantees that what is no plugin gets an error that
 * names what it is; trusts nothing of the bytes, and compiles nothing.
 */
import { messageOf, PluginError } from '../../core/errors.ts';
import { MalformedBinary } from './binary.ts';
import { namesOf } from './module-names.ts';
import { customSections, isWasm, sectionsOf } from './sections.ts';

/** What a build starts from. */
export type WasmKind =
  | { readonly kind: 'component' }
  | {
      /** A core module that exports our interfaces: a component can be made of it. */
      readonly kind: 'module';
      readonly preview1: boolean;
      /** It brings its WIT in a custom section. */
      readonly embedded: boolean;
      readonly world: World;
    };

export type World = 'plugin' | 'cli' | 'blockchain' | 'ai';

const PREVIEW1 = 'wasi_snapshot_preview1';
const OWN = /^aitbc:plugin\/([a-z]+)@[\d.]+#/;
const WORLD_OF: Readonly<Record<string, World>> = { commands: 'cli', chain: 'blockchain', model: 'ai' };
const DOCS = 'See docs/components.md for how to build one.';

/** Throws ERR_COMPONENT for everything that can be no plugin. `source` names it. */
export function recognise(bytes: Uint8Array, source: string): WasmKind {
  if (bytes.length === 0) throw notOne(source, 'the file is empty');
  if (!isWasm(bytes)) throw notOne(source, `it is no WebAssembly: ${looksLike(bytes)}`);
  try {
    return look(bytes, source);
  } catch (error) {
    if (!(error instanceof MalformedBinary)) throw error;
    throw notOne(
      source,
      `the file is truncated or corrupt: ${messageOf(error)}`,
      'Build or download it again, as binary.',
    );
  }
}

function look(bytes: Uint8Array, source: string): WasmKind {
  if (bytes.length < 8) throw new MalformedBinary('it ends too early');
  const version = (bytes[4] ?? 0) | ((bytes[5] ?? 0) << 8);
  const layer = (bytes[6] ?? 0) | ((bytes[7] ?? 0) << 8);
  if (layer === 1) {
    if (version !== 0x0d) {
      throw notOne(
        source,
        `it is a component of a draft (${version}) of the component model`,
        `Build it with newer tools. ${DOCS}`,
      );
    }
    for (const { id } of sectionsOf(bytes)) if (id > 12) throw new MalformedBinary(`section ${id} is unknown`);
    return { kind: 'component' };
  }
  if (layer !== 0 || version !== 1) throw notOne(source, `its format, version ${version}.${layer}, is unknown`);
  return lookAtModule(bytes, source);
}

function lookAtModule(bytes: Uint8Array, source: string): WasmKind {
  const { imports, exports } = namesOf(bytes);
  const modules = new Set(imports.map(({ module }) => module));
  const own = exports.flatMap((name) => OWN.exec(name)?.[1] ?? []);
  if (own.includes('lifecycle')) {
    return {
      kind: 'module',
      preview1: modules.has(PREVIEW1),
      embedded: customSections(bytes).some(({ name }) => name.startsWith('component-type')),
      world: own.map((name) => WORLD_OF[name]).find((world) => world !== undefined) ?? 'plugin',
    };
  }
  const isExtism = imports.some(
    ({ module, name }) => module.startsWith('extism:') || (module === 'env' && name.startsWith('extism_')),
  );
  if (isExtism) {
    throw notOne(
      source,
      'it is an Extism plugin, which has another interface',
      `Build it for the world aitbc:plugin. ${DOCS}`,
    );
  }
  if (modules.has('wbg') || imports.some(({ module }) => module.endsWith('_bg.js'))) {
    throw notOne(source, 'it is a module of wasm-bindgen, which only runs with its own JavaScript', DOCS);
  }
  if (modules.has('wasi_unstable')) {
    throw notOne(source, 'it is a core module for WASI preview 0, which nothing adapts', DOCS);
  }
  if (modules.has(PREVIEW1)) {
    const what = exports.includes('_start') ? 'a program' : 'a library';
    throw notOne(
      source,
      `it is ${what} for WASI preview 1 without the exports of aitbc:plugin`,
      `Export aitbc:plugin/lifecycle and aitbc:plugin/methods; then it is adapted. ${DOCS}`,
    );
  }
  throw notOne(
    source,
    `it is a core module, no component${exports.length === 0 ? '' : `; it exports ${exports.slice(0, 5).join(', ')}`}`,
    `Make a component of it: jco embed, then jco new. ${DOCS}`,
  );
}

function looksLike(bytes: Uint8Array): string {
  const start = Buffer.from(bytes.subarray(0, 512)).toString('latin1').trimStart();
  if (/^<(?:!doctype|html|head|body|\?xml)/i.test(start))
    return 'it is an HTML page, as servers send for what they do not have';
  if (start.startsWith('version https://git-lfs'))
    return 'it is a pointer of Git LFS: fetch the file itself with git lfs pull';
  if (start.startsWith('(module') || start.startsWith('(component'))
    return 'it is the text format: translate it to binary';
  if (/^[{[]/.test(start)) return 'it looks like JSON';
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) return 'it is compressed with gzip';
  return 'it does not begin with "\\0asm"';
}

function notOne(source: string, state: string, hint: string = DOCS): PluginError {
  return new PluginError('ERR_COMPONENT', `Cannot use "${source}" as a plugin: ${state}`, { hint });
}

/** JSON of the manifest that a component or module carries; undefined where it has none. Throws ERR_COMPONENT for two. */
export function manifestSection(bytes: Uint8Array, source: string): Uint8Array | undefined {
  if (!isWasm(bytes)) return undefined;
  let found: Uint8Array[];
  try {
    found = [...customSections(bytes)].flatMap(({ name, content }) => (name === MANIFEST_SECTION ? [content] : []));
  } catch (error) {
    if (!(error instanceof MalformedBinary)) throw error;
    return undefined;
  }
  if (found.length > 1)
    throw notOne(source, `it has ${found.length} sections "${MANIFEST_SECTION}"`, 'Keep one of them.');
  return found[0];
}

const MANIFEST_SECTION = 'aitbc:manifest';
