/**
 * Bundles a graph with esbuild: once to learn which modules it has, again to build it. Guarantees: esbuild reads nothing
 * itself, neither files nor environment; every byte comes from `open`, and every import goes through `resolveImport`.
 * Trusts what `open` gives to be allowed, not to be well-formed.
 */
import type { Message, OnLoadResult, OnResolveArgs, Plugin } from 'esbuild';
import { messageOf, PluginError } from '../../core/errors.ts';
import type { Loader, ModuleId } from '../types.ts';
import {
  buildError,
  computedImport,
  detailsOf,
  importDenied,
  placeOf,
  problemOf,
  showPlace,
  withDetails,
} from './diagnostics.ts';
import { type EsbuildLimits, withEsbuild, type Watch } from './esbuild.ts';
import { importAs } from './loaders.ts';
import { type ResolveContext, resolveImport } from './resolve.ts';

/** A module that was opened. Two imports that lead to one `id` get one instance. */
export interface OpenModule {
  /** An own id, or the URL that a foreign module finally came from. */
  readonly id: ModuleId;
  readonly bytes: Uint8Array;
  readonly loader: Loader;
}

export interface GraphSource extends ResolveContext {
  /** For messages: the plugin's name or source. */
  readonly subject: string;
  readonly entry: ModuleId;
  /** The first candidate that exists; undefined where none does. `importer` is undefined for the entry. */
  open(candidates: readonly ModuleId[], importer: ModuleId | undefined): Promise<OpenModule | undefined>;
  /** The code of what the host provides: `sdk`, or the name of a node: module. */
  provided(name: string): Promise<string>;
  /** What to throw where nothing exists. */
  missing(specifier: string): PluginError;
  readonly limits?: Partial<EsbuildLimits>;
}

export interface Bundle {
  /** An ES module without imports; its first line is free of code. */
  readonly code: string;
  /** Source map v3 whose sources are ids as esbuild names them: see `idOfSource`. */
  readonly map: string;
}

/** Errors: ERR_BUILD, ERR_IMPORT_DENIED, and what `open` threw, all with the chain of imports that led there. */
export async function bundle(source: GraphSource): Promise<Bundle> {
  const graph = new Graph(source);
  return await withEsbuild(async (esbuild, watch) => {
    try {
      const result = await esbuild.build({
        // Never the entry's own name: esbuild would expand a `*` in it from disk.
        entryPoints: ['entry'],
        bundle: true,
        write: false,
        outfile: '/program.js',
        absWorkingDir: '/',
        nodePaths: [],
        tsconfigRaw: {},
        platform: 'neutral',
        mainFields: [],
        conditions: [],
        format: 'esm',
        // Node 24 is the oldest V8 a program runs on; esbuild's `esnext` would leave decorators as they are.
        target: 'node24',
        charset: 'utf8',
        keepNames: true,
        legalComments: 'none',
        sourcemap: 'external',
        banner: { js: '"use strict";' },
        logLevel: 'silent',
        logLimit: 100,
        ...(source.importMap.jsxImportSource === undefined
          ? { jsx: 'transform' as const }
          : { jsx: 'automatic' as const, jsxImportSource: source.importMap.jsxImportSource }),
        plugins: [graph.plugin(watch)],
      });
      const text = (suffix: string): string =>
        result.outputFiles.find((file) => file.path.endsWith(suffix))?.text ?? '';
      return { code: text('.js'), map: text('.map') };
    } catch (error) {
      throw graph.explain(error);
    }
  }, source.limits);
}

/** The module id of a name that esbuild gave to a source. */
export function idOfSource(name: string): string {
  return name === 'host:sdk' ? '@aitbc/plugins/sdk' : name.replace(/^plugin:/, '');
}

/** One run over the graph: what was opened, and who asked first. */
class Graph {
  readonly #source: GraphSource;
  readonly #opened = new Map<ModuleId, OpenModule>();
  readonly #importers = new Map<ModuleId, ModuleId>();

  constructor(source: GraphSource) {
    this.#source = source;
  }

  plugin(watch: Watch): Plugin {
    return {
      name: 'graph',
      setup: (build) => {
        build.onResolve({ filter: /.*/ }, async (args) => {
          const answered = watch.asked();
          try {
            return await this.#resolve(args);
          } catch (error) {
            // esbuild adds the place and hands `detail` back.
            return { errors: [{ text: messageOf(error), detail: error }] };
          } finally {
            answered();
          }
        });
        build.onLoad({ filter: /.*/ }, async (args): Promise<OnLoadResult> => {
          const answered = watch.asked();
          try {
            if (args.namespace === 'host') return { contents: await this.#source.provided('sdk'), loader: 'js' };
            if (args.namespace === 'node') return { contents: await this.#source.provided(args.path), loader: 'js' };
            return this.#load(idOf(args.namespace, args.path), args.with);
          } catch (error) {
            return { errors: [{ text: messageOf(error), detail: error }] };
          } finally {
            answered();
          }
        });
      },
    };
  }

  async #resolve(args: OnResolveArgs): Promise<{ path: string; namespace: string }> {
    if (args.kind === 'entry-point') {
      return address(await this.#open(this.#source.entry, [this.#source.entry], undefined));
    }
    const importer = idOf(args.namespace, args.importer);
    if (args.namespace === 'host' || args.namespace === 'node') {
      // The host's own bundles import each other alone.
      return { namespace: 'node', path: args.path.replace(/^node:/, '') };
    }
    if (args.kind === 'require-resolve') throw new Denied(args.path, 'require.resolve() finds no files here');
    const resolution = resolveImport(args.path, importer, this.#source);
    if (resolution.kind === 'sdk') return { namespace: 'host', path: 'sdk' };
    if (resolution.kind === 'node') return { namespace: 'node', path: resolution.name };
    if (resolution.kind === 'denied') throw new Denied(args.path, resolution.why, resolution.hint);
    const opened = await this.#open(args.path, resolution.candidates, importer);
    const taken = importAs(opened.loader, args.with);
    if ('why' in taken) throw new Denied(args.path, taken.why, taken.hint);
    return address(opened);
  }

  async #open(specifier: string, candidates: readonly ModuleId[], importer: ModuleId | undefined): Promise<OpenModule> {
    const opened = await this.#source.open(candidates, importer);
    if (opened === undefined) throw this.#source.missing(specifier);
    if (!this.#opened.has(opened.id)) {
      this.#opened.set(opened.id, opened);
      if (importer !== undefined) this.#importers.set(opened.id, importer);
    }
    return opened;
  }

  #load(id: ModuleId, attributes: Readonly<Record<string, string>>): OnLoadResult {
    const module = this.#opened.get(id);
    if (module === undefined) throw new PluginError('ERR_INTERNAL', `Cannot load "${id}": it was not opened`);
    const taken = importAs(module.loader, attributes);
    if ('why' in taken) throw new Denied(id, taken.why, taken.hint);
    if (taken.loader === 'binary' || taken.loader === 'wasm') return { contents: module.bytes, loader: 'binary' };
    const text = decode(id, module.bytes);
    if (taken.loader === 'text' || taken.loader === 'json') return { contents: text, loader: taken.loader };
    return { contents: text + NO_SOURCE_MAP, loader: taken.loader };
  }

  explain(error: unknown): unknown {
    const messages = messagesOf(error);
    if (messages === undefined) return error;
    const failed = messages.find((message) => message.detail instanceof PluginError);
    if (failed !== undefined) return withDetails(failed.detail as PluginError, this.#facts(failed));
    const denied = messages.filter((message) => message.detail instanceof Denied || isGlobImport(message));
    const [first, ...others] = denied;
    if (first === undefined) return buildError(this.#source.subject, messages.map(problemOf));
    return this.#refusal(first, others);
  }

  #refusal(message: Message, others: readonly Message[]): PluginError {
    const denied = message.detail instanceof Denied ? message.detail : undefined;
    const place = placeOf(message.location);
    const details = this.#facts(message, denied?.specifier);
    for (const [index, other] of others.slice(0, 20).entries()) {
      const at = placeOf(other.location);
      details[`error ${index + 2}`] = `${at === undefined ? '' : `${showPlace(at)}: `}${other.text}`;
    }
    return denied === undefined
      ? computedImport(place, details)
      : importDenied(`"${denied.specifier}"`, place, denied.why, { details, hint: denied.hint });
  }

  #facts(message: Message, specifier?: string): Record<string, string | number> {
    const place = placeOf(message.location);
    const chain = [...this.#chain(place?.file), ...(specifier === undefined ? [] : [specifier])];
    return {
      ...(chain.length > 1 ? { chain: chain.join(' -> ') } : {}),
      ...(place === undefined ? {} : detailsOf(place)),
    };
  }

  /** From the entry to a module, by who asked first. */
  #chain(id: ModuleId | undefined): ModuleId[] {
    const chain: ModuleId[] = [];
    for (let at = id; at !== undefined && chain.length < 100; at = this.#importers.get(at)) chain.unshift(at);
    return chain;
  }
}

/**
 * Ends every source. esbuild follows the last `sourceMappingURL` of a file, from disk too (`file:///…`): a hostile source
 * would make it read files of the host, or a device without end. An empty map is no map.
 */
const NO_SOURCE_MAP = '\n//# sourceMappingURL=data:application/json,{"version":3,"sources":[],"mappings":""}';

/** An import that is refused; esbuild finds its place. */
class Denied extends Error {
  readonly specifier: string;
  readonly why: string;
  readonly hint: string | undefined;
  constructor(specifier: string, why: string, hint?: string) {
    super(`"${specifier}": ${why}`);
    this.specifier = specifier;
    this.why = why;
    this.hint = hint;
  }
}

function isGlobImport(message: Message): boolean {
  return message.text.startsWith('Could not resolve import(') && message.detail === undefined;
}

function decode(id: ModuleId, bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new PluginError('ERR_BUILD', `Cannot compile "${id}": it is not UTF-8 text`, { cause });
  }
}

function messagesOf(error: unknown): readonly Message[] | undefined {
  return error instanceof Error && 'errors' in error && Array.isArray(error.errors)
    ? (error.errors as Message[])
    : undefined;
}

/** Ids as esbuild sees them: own ids in the namespace `plugin`, URLs split at their scheme, so that messages read well. */
function address(module: OpenModule): { path: string; namespace: string } {
  const url = /^(https?):(.*)$/s.exec(module.id);
  return url?.[1] === undefined || url[2] === undefined
    ? { namespace: 'plugin', path: module.id }
    : { namespace: url[1], path: url[2] };
}

function idOf(namespace: string, path: string): ModuleId {
  return namespace === 'plugin' ? path : `${namespace}:${path}`;
}
