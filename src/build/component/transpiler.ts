/**
 * The process that turns a `.wasm` into core modules and their bindings: reads one job from stdin, answers on stdout, ends.
 * It may read files (its own tools) and nothing else; the host gives it a deadline and a memory cap and ends it afterwards.
 * Trusts nothing of the component: whatever goes wrong is an answer or the end of this process.
 */
import { buffer } from 'node:stream/consumers';
import { $init, generate } from '@bytecodealliance/jco-transpile/component';
import { componentEmbed, componentNew, componentWit } from '@bytecodealliance/jco-transpile/wasm-tools';
import { MalformedBinary } from '../../source/component/binary.ts';
import { readComponent } from './binary/component.ts';
import { packParts, unpackParts, type TranspileAnswer, type TranspileJob } from './job.ts';
import { type Structure, structureOf } from './plan/structure.ts';
import { Unplanned } from './plan/unplanned.ts';
import type { Component } from './types/component.ts';
import { readSurface, type Surface, surfaceOf } from './types/decode.ts';
import { TypeTable } from './types/type-table.ts';
import { hostWorld, worldProblems, type HostWorld } from './world.ts';

/** Differences that are told. */
const MOST_PROBLEMS = 20;

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
  // Validates it, too.
  const wit = await componentWit(bytes);
  const refuse = (step: 'support' | 'world' | 'transpile', reason: string, problems: readonly string[] = []) =>
    ({ head: { ok: false, step, reason, wit, problems }, parts: [] }) as const;
  const table = new TypeTable();
  let component: Component;
  let problems: string[];
  try {
    component = readComponent(bytes, table);
    problems = worldProblems(surfaceOf(component), await ownWorld(witSource, table), table);
  } catch (error) {
    if (!(error instanceof MalformedBinary)) throw error;
    return refuse('support', error.message);
  }
  if (problems.length > 0) return refuse('world', problems[0] ?? '', problems.slice(0, MOST_PROBLEMS));
  const structure = planned(component);
  if (structure !== undefined) {
    const { plan, modules } = structure;
    const head = { ok: true, files: modules.map(({ name }) => name), plan } as const;
    return { head, parts: modules.map((module) => module.bytes) };
  }
  try {
    // The binding generator itself: the package's own entry loads a native minifier, which this process may not.
    await $init;
    const { files } = generate(bytes, {
      name: 'component',
      instantiation: { tag: 'sync' },
      map: [],
      importBindings: undefined,
      noTypescript: true,
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
    const kept = files.filter(([name]) => /\.(?:js|wasm)$/.test(name));
    return { head: { ok: true, files: kept.map(([name]) => name) }, parts: kept.map(([, file]) => file) };
  } catch (error) {
    return refuse('transpile', reasonOf(error));
  }
}

/** Undefined for what the guest's own bindings have no form for. */
function planned(component: Component): Structure | undefined {
  try {
    return structureOf(component);
  } catch (error) {
    if (error instanceof Unplanned) return undefined;
    throw error;
  }
}

/** Each world has the base world's interfaces and one of its own. */
async function ownWorld(witSource: string, table: TypeTable): Promise<HostWorld> {
  const surfaces: Surface[] = [];
  for (const world of ['cli', 'blockchain', 'ai']) {
    const dummy = await componentEmbed({ dummy: true, witSource, world });
    surfaces.push(readSurface(await componentNew(dummy), table));
  }
  return hostWorld(surfaces);
}

function reasonOf(error: unknown): string {
  const payload = error instanceof Error && 'payload' in error ? (error as { payload: unknown }).payload : undefined;
  const text = typeof payload === 'string' ? payload : error instanceof Error ? error.message : String(error);
  return text.slice(0, 2_000);
}
