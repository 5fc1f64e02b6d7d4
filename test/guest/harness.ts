import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runInThisContext } from 'node:vm';
import { build } from 'esbuild';
import ivm from 'isolated-vm';
import { buildNodeModules } from '../../scripts/build-node-modules.ts';
import { createNative } from '../../runtime/native.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));

/** What the host side answers to a request: a value and, for some, chunks. */
export interface Reply {
  value: unknown;
  body?: AsyncIterable<Uint8Array>;
}
export interface RequestBody {
  next(): Promise<Uint8Array | undefined>;
  cancel(): void;
}
export type Handler = (
  op: string,
  args: readonly unknown[],
  io: { body?: RequestBody; signal: AbortSignal },
) => Promise<Reply>;

export interface Guest {
  /** Runs the body of an async function; its result must be copyable data. */
  run<T>(body: string): Promise<T>;
  /** Bundles an ES module that imports `node:` modules, runs it as a plugin's script runs, and calls its default export. */
  program<T>(source: string): Promise<T>;
  readonly logs: { level: string; message: string }[];
  readonly errors: string[];
  dispose(): void;
}

/** The same body in Node itself: what the guest's behaviour is compared with. */
export async function inNode(body: string): Promise<unknown> {
  return (await runInThisContext(`(async () => { ${body} })()`)) as unknown;
}

/** The same module in Node itself. */
export async function moduleInNode(source: string): Promise<unknown> {
  const module = (await import(/* @vite-ignore */ `data:text/javascript,${encodeURIComponent(source)}`)) as {
    default: () => unknown;
  };
  return module.default();
}

let bundled: Promise<string> | undefined;

/** The web API exactly as the bootstrap bundles it: one minified script. */
export function webBundle(): Promise<string> {
  bundled ??= bundle(
    `export { installWebApi } from './runtime/guest/web/index.ts'; export { nodeHost } from './runtime/guest/web/node-host.ts';`,
  );
  return bundled;
}

async function bundle(contents: string): Promise<string> {
  const result = await build({
    stdin: { contents, resolveDir: root, loader: 'ts' },
    absWorkingDir: root,
    bundle: true,
    write: false,
    platform: 'neutral',
    mainFields: ['module', 'main'],
    format: 'iife',
    globalName: '__web',
    target: 'es2024',
    minify: true,
    legalComments: 'none',
  });
  return result.outputFiles[0]?.text ?? '';
}

/** With the `node:` modules as `dist/guest/node/` has them. */
export async function bundleProgram(source: string): Promise<string> {
  const folder = await nodeModules();
  const result = await build({
    stdin: { contents: source, resolveDir: root, loader: 'ts' },
    bundle: true,
    write: false,
    platform: 'neutral',
    format: 'iife',
    globalName: '__program',
    target: 'es2024',
    logLevel: 'silent',
    plugins: [
      {
        name: 'node',
        setup(context) {
          context.onResolve({ filter: /^node:/ }, ({ path }) => ({
            path: `${folder}/guest/node/${path.slice('node:'.length).replaceAll('/', '_')}.js`,
          }));
        },
      },
    ],
  });
  return result.outputFiles[0]?.text ?? '';
}

let modules: Promise<string> | undefined;
function nodeModules(): Promise<string> {
  modules ??= (async () => {
    const folder = await mkdtemp(join(tmpdir(), 'node-modules-'));
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    await buildNodeModules(root, folder);
    return folder;
  })();
  return modules;
}

/** The host's half of the bridge, inside the isolate: real asynchronous calls, everything copied. */
const BRIDGE = `(function (bridge) {
  const { installWebApi, nodeHost } = __web;
  delete globalThis.__web;
  const timers = new Map();
  const bodies = new Map();
  let ids = 0;
  globalThis.__fire = (id) => { const t = timers.get(id); if (t) { if (!t.repeat) timers.delete(id); t.callback(); } };
  globalThis.__pull = async (id) => bodies.get(id)?.next();
  globalThis.__stop = (id) => bodies.get(id)?.cancel();
  const async = (ref, args) => ref.apply(undefined, args, { arguments: { copy: true }, result: { promise: true, copy: true } });
  const fail = (r) => { const e = new Error(r.error.message); e.code = r.error.code; throw e; };
  const host = {
    marker: 'the host object',
    async request(op, args, io) {
      const id = ++ids;
      if (io?.body) bodies.set(id, io.body);
      io?.signal?.addEventListener('abort', () => bridge.abort.applyIgnored(undefined, [id]));
      const r = await async(bridge.request, [id, op, args, Boolean(io?.body)]);
      if (r.error) fail(r);
      if (!r.hasBody) return { value: r.value };
      return { value: r.value, body: {
        async next() { const c = await async(bridge.next, [id]); if (c?.error) fail(c); return c?.chunk; },
        cancel() { bridge.cancel.applyIgnored(undefined, [id]); },
      } };
    },
    native: (op, ...args) => bridge.native(op, ...args),
    setTimer(ms, repeat, callback) { const id = ++ids; timers.set(id, { repeat, callback }); bridge.setTimer(id, ms, repeat); return id; },
    clearTimer(id) { timers.delete(id); bridge.clearTimer(id); },
    now: () => bridge.now(),
    log: (level, message) => bridge.log(level, message),
    reportError: (error) => bridge.report(String(error)),
    queueMicrotask: (callback) => void Promise.resolve().then(callback),
    primordials: {},
  };
  installWebApi(globalThis, host);
  globalThis.__host = host;
  globalThis.__nodeHost = nodeHost({ GRANTED: 'yes' });
})`;

export async function createGuest(handler?: Handler): Promise<Guest> {
  const isolate = new ivm.Isolate({ memoryLimit: 64 });
  const context = await isolate.createContext();
  const logs: Guest['logs'] = [];
  const errors: string[] = [];
  const timers = new Map<number, NodeJS.Timeout>();
  const bodies = new Map<number, AsyncIterator<Uint8Array>>();
  const aborts = new Map<number, AbortController>();
  const native = createNative();
  let disposed = false;
  const guestFunction = async (name: string): Promise<ivm.Reference> => context.global.get(name, { reference: true });
  const failed = (error: unknown) => ({
    error: { message: (error as Error).message, code: (error as { code?: string }).code ?? 'ERR_INTERNAL' },
  });

  const fire = async (id: number): Promise<void> => {
    try {
      if (!disposed) await (await guestFunction('__fire')).apply(undefined, [id]);
    } catch (error) {
      // A timer that comes due while its guest is disposed has nobody to tell.
      if (!disposed) throw error;
    }
  };
  const bridge = {
    request: new ivm.Reference(async (id: number, op: string, args: unknown[], hasBody: boolean) => {
      const abort = new AbortController();
      aborts.set(id, abort);
      try {
        if (handler === undefined) throw new Error('no handler');
        const body: RequestBody = {
          next: async () =>
            (await guestFunction('__pull')).apply(undefined, [id], {
              result: { promise: true, copy: true },
            }) as Promise<Uint8Array | undefined>,
          cancel: () => void guestFunction('__stop').then((stop) => stop.apply(undefined, [id])),
        };
        const reply = await handler(op, args, hasBody ? { body, signal: abort.signal } : { signal: abort.signal });
        if (reply.body !== undefined) bodies.set(id, reply.body[Symbol.asyncIterator]());
        return { value: reply.value, hasBody: reply.body !== undefined };
      } catch (error) {
        return failed(error);
      }
    }),
    next: new ivm.Reference(async (id: number) => {
      try {
        const result = await bodies.get(id)?.next();
        return result === undefined || result.done === true ? undefined : { chunk: new Uint8Array(result.value) };
      } catch (error) {
        return failed(error);
      }
    }),
    cancel: new ivm.Reference((id: number) => void bodies.get(id)?.return?.()),
    abort: new ivm.Reference((id: number) => aborts.get(id)?.abort()),
    native: new ivm.Callback((op: string, ...args: unknown[]) => native(op, args)),
    setTimer: new ivm.Callback((id: number, ms: number, repeat: boolean) => {
      timers.set(id, repeat ? setInterval(() => void fire(id), ms) : setTimeout(() => void fire(id), ms));
    }),
    clearTimer: new ivm.Callback((id: number) => clearTimeout(timers.get(id))),
    now: new ivm.Callback(() => performance.now()),
    log: new ivm.Callback((level: string, message: string) => void logs.push({ level, message })),
    report: new ivm.Callback((message: string) => void errors.push(message)),
  };

  await (await isolate.compileScript(await webBundle())).run(context);
  const install = await (await isolate.compileScript(BRIDGE)).run(context, { reference: true });
  const handed = await (await isolate.compileScript('({})')).run(context, { reference: true });
  for (const [name, value] of Object.entries(bridge)) await handed.set(name, value);
  await install.apply(undefined, [handed.derefInto()]);
  return {
    logs,
    errors,
    async run<T>(body: string): Promise<T> {
      const script = await isolate.compileScript(
        `(async () => { try { return { ok: await (async () => { ${body} })() }; } catch (e) { return { error: String(e?.stack ?? e) }; } })()`,
      );
      const result = (await script.run(context, { promise: true, copy: true })) as { ok: T } | { error: string };
      if ('error' in result) throw new Error(`in the guest: ${result.error}`);
      return result.ok;
    },
    async program<T>(source: string): Promise<T> {
      const code = await bundleProgram(source);
      const script = await isolate.compileScript(`(async () => {
        try { return { ok: await (await (async function (__aitbc) { ${code}; return __program.default; })(__nodeHost))() }; }
        catch (e) { return { error: String(e?.stack ?? e) }; } })()`);
      const result = (await script.run(context, { promise: true, copy: true })) as { ok: T } | { error: string };
      if ('error' in result) throw new Error(`in the guest: ${result.error}`);
      return result.ok;
    },
    dispose() {
      disposed = true;
      for (const timer of timers.values()) clearTimeout(timer);
      isolate.dispose();
    },
  };
}
