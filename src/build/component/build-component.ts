/**
 * Makes the program of a component: jco's bindings and our adapter as one script, and its core modules beside it. Guarantees
 * that its world was checked before there is a program; nothing of it runs here.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'node:path';
import { asset, PACKAGE_ROOT } from '../../core/assets.ts';
import { digestOf } from '../../core/digest.ts';
import { PluginError } from '../../core/errors.ts';
import type { Verified } from '../../lock/types.ts';
import { recognise } from '../../source/component/recognise.ts';
import { withEsbuild } from '../../source/graph/esbuild.ts';
import { lex } from '../../source/graph/lex.ts';
import type { Program } from '../types.ts';
import { transpile, type TranspilerLimits } from './transpile.ts';
import { ownWit } from './own-wit.ts';

type ComponentProgram = Pick<Program, 'script' | 'digest' | 'sourceMap' | 'wasm'>;

/** Throws ERR_COMPONENT. */
export async function buildComponent(
  verified: Verified,
  limits: Partial<TranspilerLimits> = {},
): Promise<ComponentProgram> {
  const { name, lock, files } = verified;
  const bytes = files.get(lock.entry)?.bytes ?? new Uint8Array();
  const kind = recognise(bytes, lock.entry);
  const job =
    kind.kind === 'component'
      ? {}
      : { adapt: { witSource: await ownWit(), world: kind.world, embedded: kind.embedded, preview1: kind.preview1 } };
  const parts = kind.kind === 'module' && kind.preview1 ? [bytes, await readFile(asset(ADAPTER))] : [bytes];
  const { head, files: contents } = await transpile(name, job, parts, limits);
  if (!head.ok) throw untranslatable(name, head.step, head.reason);
  const wasm = head.files.flatMap((file, index) =>
    file.endsWith('.wasm') ? [{ name: file, bytes: contents[index] ?? new Uint8Array() }] : [],
  );
  const bindings = contents[head.files.findIndex((file) => file.endsWith('.js'))];
  if (bindings === undefined) throw untranslatable(name, 'transpile', 'it has no bindings');
  const script = await scriptOf(name, Buffer.from(bindings).toString('utf8'));
  return { script, digest: digestOf(script), sourceMap: NO_MAP, wasm };
}

const ADAPTER = 'adapters/wasi_snapshot_preview1.reactor.wasm';
const NO_MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });

const ENTRY = `import { component } from 'adapter';
import { instantiate } from 'bindings';
export default component(instantiate);
`;

/** As the body of one function, which returns the exports; without the debug calls of jco. */
async function scriptOf(subject: string, bindings: string): Promise<string> {
  const sources: Readonly<Record<string, string>> = {
    entry: ENTRY,
    adapter: await readFile(asset('guest/component.js'), 'utf8'),
    bindings: `import { TextDecoder, TextEncoder } from 'adapter';\n${quiet(bindings)}`,
  };
  const { outputFiles } = await withEsbuild(
    (esbuild) =>
      esbuild.build({
        entryPoints: ['entry'],
        bundle: true,
        write: false,
        outfile: 'program.js',
        absWorkingDir: parse(PACKAGE_ROOT).root,
        nodePaths: [],
        tsconfigRaw: '{}',
        format: 'esm',
        platform: 'neutral',
        target: 'es2024',
        minify: true,
        keepNames: false,
        legalComments: 'none',
        logLevel: 'silent',
        define: { process: 'undefined', console: '__none' },
        inject: ['none'],
        plugins: [
          {
            name: 'component',
            setup(build) {
              build.onResolve({ filter: /.*/ }, ({ path }) => ({ path, namespace: 'component' }));
              build.onLoad({ filter: /.*/ }, ({ path }) => ({
                contents: sources[path] ?? NONE,
                loader: 'js',
              }));
            },
          },
        ],
      }),
    {},
    subject,
  );
  const code = outputFiles[0]?.text ?? '';
  const [exported] = lex(code).exports;
  if (exported?.type !== 'direct' || exported.localName === undefined) {
    throw new PluginError('ERR_INTERNAL', `Cannot build "${subject}": its program exports nothing`);
  }
  return `${code.slice(0, exported.exportStart)}return { __proto__: null, default: ${exported.localName} };\n`;
}

/** There is no console inside. */
const NONE = 'export const __none = { debug() {}, error() {}, log() {}, warn() {} };\n';

/** jco's tracing asks the environment at each step: a third of what a call costs. */
function quiet(bindings: string): string {
  return bindings.replace(
    /if \(!globalThis\?\.process\?\.env\?\.JCO_DEBUG\) \{ return; \}\s*console\.debug\(\.\.\.args\);/,
    '',
  );
}

function untranslatable(subject: string, step: 'read' | 'transpile', reason: string): PluginError {
  const state = step === 'read' ? 'it is no valid component' : 'no program can be made of it';
  return new PluginError('ERR_COMPONENT', `Cannot build "${subject}": ${state}: ${reason.split('\n')[0] ?? ''}`, {
    hint: 'See docs/components.md for how to build one.',
    details: { reason },
  });
}
