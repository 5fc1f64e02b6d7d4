/**
 * Makes the program of a component: its bindings and our adapter as one script, and its core modules beside it. Guarantees
 * that its world was checked before there is a program; nothing of it runs here.
 */
import { readFile } from 'node:fs/promises';
import { parse } from 'node:path';
import { asset, PACKAGE_ROOT } from '../../core/assets.ts';
import { digestOf } from '../../core/digest.ts';
import { PluginError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { Verified } from '../../lock/types.ts';
import { recognise } from '../../source/component/recognise.ts';
import { withEsbuild } from '../../source/graph/esbuild.ts';
import { lex } from '../../source/graph/lex.ts';
import type { ComponentPlan } from '../../protocol/component-plan.ts';
import type { Program } from '../types.ts';
import { transpile, type TranspilerLimits } from './transpile.ts';
import { ownWit } from './own-wit.ts';
import type { TranspileAnswer, TranspileJob } from './job.ts';

type Refused = TranspileAnswer & { ok: false };
type ComponentProgram = Pick<Program, 'script' | 'digest' | 'sourceMap' | 'wasm'>;

/** Throws ERR_COMPONENT. */
export async function buildComponent(
  verified: Verified,
  limits: Partial<TranspilerLimits> = {},
): Promise<ComponentProgram> {
  const { name, lock, files } = verified;
  const bytes = files.get(lock.entry)?.bytes ?? new Uint8Array();
  const kind = recognise(bytes, lock.entry);
  const job: TranspileJob = {
    witSource: await ownWit(),
    ...(kind.kind === 'component'
      ? {}
      : { adapt: { world: kind.world, embedded: kind.embedded, preview1: kind.preview1 } }),
  };
  const parts = kind.kind === 'module' && kind.preview1 ? [bytes, await readFile(asset(ADAPTER))] : [bytes];
  const { head, files: contents } = await transpile(name, job, parts, limits);
  if (!head.ok) throw head.step === 'world' ? otherWorld(name, head) : untranslatable(name, head);
  const wasm = head.files.flatMap((file, index) =>
    file.endsWith('.wasm') ? [{ name: file, bytes: contents[index] ?? new Uint8Array() }] : [],
  );
  const bindings = contents[head.files.findIndex((file) => file.endsWith('.js'))];
  const sources = head.plan === undefined ? bound(bindings ?? new Uint8Array()) : planned(head.plan);
  const script = await scriptOf(name, sources);
  return { script, digest: digestOf(script), sourceMap: NO_MAP, wasm };
}

const ADAPTER = 'adapters/wasi_snapshot_preview1.reactor.wasm';
const NO_MAP = JSON.stringify({ version: 3, sources: [], names: [], mappings: '' });

type Sources = Readonly<Record<string, string>>;

/** Bound by what the guest itself has, which follows a plan. */
function planned(plan: ComponentPlan): Sources {
  const wasi = plan.functions.some((item) => item.kind === 'lower' && item.name.startsWith('wasi:'));
  return {
    entry: `import { component, planned, wasiImports } from 'adapter';
import plan from 'plan';
export default component(planned(plan)${wasi ? ', wasiImports' : ''});
`,
    plan: `export default ${JSON.stringify(plan)};`,
  };
}

/** Bound by what jco wrote. */
function bound(bindings: Uint8Array): Sources {
  return {
    entry: `import { component, wasiImports } from 'adapter';
import { instantiate } from 'bindings';
export default component(instantiate, wasiImports);
`,
    bindings: `import { loadText, storeText, TextDecoder, TextEncoder } from 'adapter';
${quick(Buffer.from(bindings).toString('utf8'))}`,
  };
}

/** As the body of one function, which returns the exports; without the debug calls of jco. */
async function scriptOf(subject: string, given: Sources): Promise<string> {
  const sources: Sources = { ...given, adapter: await readFile(asset('guest/component.js'), 'utf8') };
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

/** jco's tracing asks the environment at each step, a third of what a call costs; its strings pass through JavaScript. */
function quick(bindings: string): string {
  return bindings
    .replace(/if \(!globalThis\?\.process\?\.env\?\.JCO_DEBUG\) \{ return; \}\s*console\.debug\(\.\.\.args\);/, '')
    .replace('function _utf8AllocateAndEncode(s, realloc, memory) {', '$& return storeText(s, realloc, memory);')
    .replace(/TEXT_DECODER_UTF8\.decode\(new Uint8Array\((\w+)\.buffer, (\w+), (\w+)\)\)/g, 'loadText($1, $2, $3)');
}

function otherWorld(subject: string, { problems = [], reason }: Refused): PluginError {
  const first = printable(reason.split('\n')[0] ?? '');
  const more = problems.length > 1 ? `, and ${problems.length - 1} more` : '';
  return new PluginError('ERR_COMPONENT', `Cannot build "${subject}": ${first}${more}`, {
    hint: printable(`${problems.join('\n')}\n${WORLD_HINT}`, { lines: true, max: 8_192 }),
  });
}

const WORLD_HINT = 'See `interface` and `world` in the WIT of aitbc:plugin, and docs/components.md.';
const STATES = {
  read: 'it is no valid component',
  support: 'it is not supported',
  world: 'its world is another',
  transpile: 'no program can be made of it',
} as const;

function untranslatable(subject: string, { step, reason, wit = '' }: Refused): PluginError {
  const asynchronous = /\b(?:async func|future<|stream<|asynchronous components)|wasi:[a-z-]+\/[a-z-]+@0\.3/.test(
    wit + reason,
  );
  const state = asynchronous
    ? 'it is an asynchronous component (WASI 0.3), which is not supported'
    : printable(`${STATES[step]}: ${reason.split('\n')[0] ?? ''}`);
  return new PluginError('ERR_COMPONENT', `Cannot build "${subject}": ${state}`, {
    hint: asynchronous ? 'Build it for WASI 0.2, without async.' : 'See docs/components.md for how to build one.',
    details: { reason },
  });
}
