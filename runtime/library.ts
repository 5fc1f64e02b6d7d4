/**
 * Scripts every isolate runs, with V8's code caches: the first isolate makes a cache, later ones start from it. A cache is
 * used with the digest of the script it was made from alone, since V8 would run another script's (FACTS).
 */
import type Ivm from 'isolated-vm';
import { scriptName, wrapScript } from '../src/protocol/script.ts';
import type { IvmModule } from './seal.ts';

/** Caches of plugins' scripts that are kept, in the order of their last use. */
const MAX_CACHES = 256;

export class Library {
  readonly ivm: IvmModule;
  readonly #caches = new Map<string, Ivm.ExternalCopy<ArrayBuffer>>();
  #bootstrap: string | undefined;

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

  compileBootstrap(isolate: Ivm.Isolate): Promise<Ivm.Script> {
    if (this.#bootstrap === undefined) throw new Error('no bootstrap was sent');
    return this.#compile(isolate, 'bootstrap', this.#bootstrap, { filename: 'aitbc:guest' });
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
