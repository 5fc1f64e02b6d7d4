/**
 * The process that turns a `.wasm` into core modules and their bindings: reads one job from stdin, answers on stdout, ends.
 * It may read files (its own tools) and nothing else; the host gives it a deadline and a memory cap and ends it afterwards.
 * Trusts nothing of the component: whatever goes wrong is an answer or the end of this process.
 */
import { buffer } from 'node:stream/consumers';
import { $init, generate, generateTypes } from '@bytecodealliance/jco-transpile/component';
import { componentEmbed, componentNew, componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { packParts, unpackParts, type Declarations, type TranspileAnswer, type TranspileJob } from './job.ts';

const { head, parts } = unpackParts(await buffer(process.stdin));
const answer = await work(head as TranspileJob, parts);
process.stdout.write(packParts(answer.head, answer.parts));

async function work(job: TranspileJob, input: readonly Uint8Array[]): ReturnType<typeof transpile> {
  try {
    const bytes = input[0] ?? new Uint8Array();
    return await transpile(job.adapt === undefined ? bytes : await adapt(bytes, job, input[1]), job.witSource);
  } catch (error) {
    return { head: { ok: false, step: 'read', reason: reasonOf(error) }, parts: [] };
  }
}

/** A core module with our exports becomes a component of our world. */
async function adapt(
  bytes: Uint8Array,
  { witSource, adapt }: TranspileJob,
  adapter: Uint8Array | undefined,
): Promise<Uint8Array> {
  const { world = 'plugin', embedded = false, preview1 = false } = adapt ?? {};
  const typed = embedded ? bytes : await componentEmbed({ binary: bytes, witSource, world });
  return componentNew(typed, preview1 && adapter !== undefined ? [['wasi_snapshot_preview1', adapter]] : []);
}

async function transpile(
  bytes: Uint8Array,
  witSource: string,
): Promise<{ head: TranspileAnswer; parts: readonly Uint8Array[] }> {
  const wit = await componentWit(bytes);
  let files: [string, Uint8Array][];
  try {
    // The binding generator itself: the package's own entry loads a native minifier, which this process may not.
    await $init;
    ({ files } = generate(bytes, {
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
    } as never));
  } catch (error) {
    // The host looks at the WIT first: it may say in better words why there is no program.
    const head = {
      ok: false,
      step: 'transpile',
      reason: reasonOf(error),
      wit,
      own: ownDeclarations(witSource),
    } as const;
    return { head, parts: [] };
  }
  const kept = files.filter(([name]) => /\.(?:js|wasm)$/.test(name));
  const head = {
    ok: true,
    wit,
    files: kept.map(([name]) => name),
    declarations: declarationsIn(files),
    own: ownDeclarations(witSource),
  } as const;
  return { head, parts: kept.map(([, file]) => file) };
}

/** Of all worlds together: each has the base world's interfaces and one of its own. */
function ownDeclarations(witSource: string): Declarations {
  const all: [string, Uint8Array][] = [];
  for (const world of ['cli', 'blockchain', 'ai']) {
    all.push(
      ...generateTypes('own', {
        wit: { tag: 'source', val: witSource },
        world,
        instantiation: { tag: 'sync' },
        map: [],
        strict: true,
      } as never),
    );
  }
  return declarationsIn(all);
}

function declarationsIn(files: readonly [string, Uint8Array][]): Declarations {
  const found = files.filter(([name]) => name.startsWith('interfaces/'));
  return Object.fromEntries(found.map(([name, text]) => [name.slice(11), Buffer.from(text).toString('utf8')]));
}

function reasonOf(error: unknown): string {
  const payload = error instanceof Error && 'payload' in error ? (error as { payload: unknown }).payload : undefined;
  const text = typeof payload === 'string' ? payload : error instanceof Error ? error.message : String(error);
  return text.slice(0, 2_000);
}
