/**
 * Makes the code cache of the bootstrap: in an isolate of its own, that no plugin ever runs in, the bootstrap goes through a
 * plugin's life once, so that the cache has the functions which every plugin needs and not only their outlines.
 */
import type Ivm from 'isolated-vm';
import { FRAME } from '../src/protocol/messages.ts';
import type { IvmModule } from './seal.ts';
import { LOCAL, type Boot } from './wire.ts';

const TIMEOUT = 30_000;
const MEMORY = 64;

const PROGRAM = `(async () => {
  class Rehearsal {
    constructor(context) { this.context = context; }
    getMetadata() { return { name: 'rehearsal', version: '0.0.0' }; }
    async initialize() { return true; }
    async start() { return true; }
    async handleEvent() {}
    async echo(value) { return value; }
  }
  return { default: Rehearsal };
})`;

const CALLS = [
  ['describe', []],
  ['lifecycle', ['initialize']],
  ['lifecycle', ['start']],
  ['call', ['echo', [{ list: [1, 'two', true, null] }]]],
  ['events', [[[{ type: 'a', data: 1, source: 'host', time: '' }, null]]]],
  ['health', []],
] as const;

const BOOT: Boot = {
  name: 'rehearsal',
  version: '0.0.0',
  config: '{}',
  configBytes: 0,
  env: {},
  limits: { message: 65_536, logRate: 1, eventRate: 1, timers: 1 },
  kind: 'module',
  modules: [],
};

/** `source`: the bootstrap, a function as `Library` wraps it. */
export async function rehearse(
  ivm: IvmModule,
  source: string,
  origin: Ivm.ScriptOrigin,
): Promise<Ivm.ExternalCopy<ArrayBuffer> | undefined> {
  const isolate = new ivm.Isolate({ memoryLimit: MEMORY });
  try {
    const context = await isolate.createContext();
    const reference = { reference: true, timeout: TIMEOUT } as never;
    const bootstrap = await isolate.compileScript(source, origin);
    const start: Ivm.Reference = await bootstrap.run<{ reference: true }>(context, reference);
    const nowhere = new ivm.Callback(() => undefined, { ignored: true });
    const nothing = new ivm.Callback(() => undefined, { sync: true });
    const enter: Ivm.Reference = (await start.apply(
      undefined,
      [nowhere, nowhere, nothing, undefined, JSON.stringify(BOOT)],
      { arguments: { copy: true }, result: { reference: true }, timeout: TIMEOUT },
    )) as Ivm.Reference;
    const program = await isolate.compileScript(PROGRAM);
    const body: Ivm.Reference = await program.run<{ reference: true }>(context, reference);
    await enter.apply(undefined, [`[[${LOCAL.define},0,0,0,null]]`, body.derefInto()], { timeout: TIMEOUT });
    for (const [index, call] of CALLS.entries()) {
      await enter.apply(undefined, [`[[${FRAME.call},${index + 1},0,0,${JSON.stringify(call)}]]`], {
        timeout: TIMEOUT,
      });
    }
    // V8 finds the script it compiled, with all that ran of it.
    const again: Ivm.Script & Ivm.CachedDataResult = await isolate.compileScript(source, {
      ...origin,
      produceCachedData: true,
    });
    return again.cachedData;
  } finally {
    isolate.dispose();
  }
}
