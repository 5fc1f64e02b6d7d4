/**
 * Scripts every isolate runs, with V8's code caches: that of the bootstrap comes from a rehearsal, that of a plugin's script
 * from its first isolate. A cache is used with the script it was made from alone, since V8 would run another script's.
 */
import type Ivm from 'isolated-vm';
import { scriptName, wrapScript } from '../src/protocol/script.ts';
import { rehearse } from './rehearsal.ts';
import type { IvmModule } from './seal.ts';

/** Caches of plugins' scripts that are kept, in the order of their last use. */
const MAX_CACHES = 256;

/** Characters: a shorter script compiles in half a millisecond, and most are opened once in a process. */
const WORTH_CACHING = 32_768;

const BOOTSTRAP = { filename: 'aitbc:guest' } as const;

export class Library {
  readonly ivm: IvmModule;
  readonly #caches = new Map<string, Ivm.ExternalCopy<ArrayBuffer>>();
  #bootstrap: string | undefined;
  #used = false;
  #rehearsed: Promise<Ivm.ExternalCopy<ArrayBuffer> | undefined> | undefined;

  constructor(ivm: IvmModule) {
    this.ivm = ivm;
  }

  /** The guest's bootstrap, from the host. */
  set bootstrap(source: string) {
    this.#bootstrap =
      '(function (post, postBytes, native, wait, bootText, ...bytes) { const boot = JSON.parse(bootText); ' +
      'const configBytes = bytes.slice(0, boot.configBytes), moduleBytes = bytes.slice(boot.configBytes); ' +
      'const __bridge = { post, postBytes, native, wait, boot, configBytes, moduleBytes, enter: undefined };\n' +
      `${source}\nreturn __bridge.enter; })`;
  }

  /** Makes the bootstrap's cache before a plugin comes that needs it. */
  prepare(): void {
    // What fails here fails again, and is told, where a plugin is opened.
    if (!this.#used && this.#bootstrap !== undefined) this.#rehearsal(this.#bootstrap).catch(() => undefined);
  }

  /** Without a rehearsal, the first isolate does without a cache: it may be the only one. */
  async compileBootstrap(isolate: Ivm.Isolate): Promise<Ivm.Script> {
    const source = this.#bootstrap;
    if (source === undefined) throw new Error('no bootstrap was sent');
    const first = !this.#used;
    this.#used = true;
    if (first && this.#rehearsed === undefined) return isolate.compileScript(source, BOOTSTRAP);
    const cachedData = await this.#rehearsal(source);
    return isolate.compileScript(source, cachedData === undefined ? BOOTSTRAP : { ...BOOTSTRAP, cachedData });
  }

  #rehearsal(source: string): Promise<Ivm.ExternalCopy<ArrayBuffer> | undefined> {
    return (this.#rehearsed ??= rehearse(this.ivm, source, BOOTSTRAP));
  }

  compileProgram(isolate: Ivm.Isolate, name: string, digest: string, script: string): Promise<Ivm.Script> {
    return this.#compile(isolate, digest, wrapScript(script), { filename: scriptName(name) });
  }

  async #compile(isolate: Ivm.Isolate, key: string, source: string, origin: Ivm.ScriptOrigin): Promise<Ivm.Script> {
    const cachedData = this.#caches.get(key);
    if (cachedData !== undefined) {
      this.#caches.delete(key);
      this.#caches.set(key, cachedData);
      return isolate.compileScript(source, { ...origin, cachedData });
    }
    if (source.length < WORTH_CACHING) return isolate.compileScript(source, origin);
    const script: Ivm.Script & Ivm.CachedDataResult = await isolate.compileScript(source, {
      ...origin,
      produceCachedData: true,
    });
    if (script.cachedData !== undefined) this.#keep(key, script.cachedData);
    return script;
  }

  #keep(key: string, cache: Ivm.ExternalCopy<ArrayBuffer>): void {
    this.#caches.set(key, cache);
    for (const oldest of this.#caches.keys()) {
      if (this.#caches.size <= MAX_CACHES) break;
      this.#caches.get(oldest)?.release();
      this.#caches.delete(oldest);
    }
  }
}
