/**
 * esbuild's way through one graph. Guarantees that whatever esbuild asks for is resolved by `resolveImport` and read by
 * `open`, that no source makes it read a file by itself, and that every refusal says who imported what. Trusts nothing
 * of the sources.
 */
import type * as Esbuild from 'esbuild';
import type { Message, OnLoadResult, OnResolveArgs, Plugin } from 'esbuild';
import { messageOf, PluginError } from '../../core/errors.ts';
import type { Loader, ModuleId } from '../types.ts';
import type { GraphSource, OpenModule } from './graph-source.ts';
import {
  buildError,
  computedImport,
  detailsOf,
  importDenied,
  type Place,
  placeOf,
  problemOf,
  showPlace,
  withDetails,
} from './diagnostics.ts';
import type { Watch } from './esbuild.ts';
import { importAs } from './loaders.ts';
import { addressOf, idOfAddress } from './names.ts';
import { findPatternImport, mayImportPatterns } from './pattern-imports.ts';
import { isNpmId } from '../npm/names.ts';
import { PackageImports, type Asking } from './package-imports.ts';
import { resolveImport, type Resolution } from './resolve.ts';

/** Before the name of a node: module that CommonJS requires. */
const REQUIRED = 'require ';

/** One run over the graph: what was opened, and who asked first. */
export class Walk {
  readonly #source: GraphSource;
  readonly #opened = new Map<ModuleId, OpenModule>();
  readonly #importers = new Map<ModuleId, ModuleId>();
  readonly #packages: PackageImports;

  constructor(source: GraphSource) {
    this.#source = source;
    this.#packages = new PackageImports(source);
  }

  plugin(esbuild: typeof Esbuild, watch: Watch): Plugin {
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
          watch.asked()();
          try {
            if (args.namespace === 'empty') return { contents: 'module.exports = {};', loader: 'js' };
            if (args.namespace === 'absent') return { contents: absent(args.path), loader: 'js' };
            if (args.namespace === 'host') return { contents: await this.#source.provided('sdk'), loader: 'js' };
            if (args.namespace === 'node') return { contents: await this.#provided(args.path), loader: 'js' };
            return await this.#load(esbuild, idOfAddress(args.namespace, args.path), args.with);
          } catch (error) {
            return { errors: [{ text: messageOf(error), detail: error }] };
          }
        });
      },
    };
  }

  async #resolve(args: OnResolveArgs): Promise<{ path: string; namespace: string }> {
    if (args.kind === 'entry-point') {
      const entry = await this.#open(this.#source.entry, [this.#source.entry], undefined);
      if (!CODE.has(entry.loader)) throw notCode(this.#source.subject, entry);
      return addressOf(entry.id);
    }
    const importer = idOfAddress(args.namespace, args.importer);
    if (args.namespace === 'host' || args.namespace === 'node') {
      // The host's own bundles import each other alone.
      return { namespace: 'node', path: args.path.replace(/^node:/, '') };
    }
    const resolution = await this.#find(args, importer);
    if (resolution.kind === 'sdk') return { namespace: 'host', path: 'sdk' };
    if (resolution.kind === 'node') {
      const required = args.kind === 'require-call' ? REQUIRED : '';
      return { namespace: 'node', path: required + resolution.name };
    }
    if (resolution.kind === 'empty') return { namespace: 'empty', path: 'module' };
    if (resolution.kind === 'absent') return { namespace: 'absent', path: resolution.name };
    if (resolution.kind === 'denied') throw new Denied(args.path, resolution.why, resolution.hint);
    const opened = await this.#open(args.path, resolution.candidates, importer);
    const taken = importAs(opened.loader, args.with);
    if ('why' in taken) throw new Denied(args.path, taken.why, taken.hint);
    return addressOf(opened.id);
  }

  /** A refusal, or what is there; packages are asked for what they mean. */
  async #find(args: OnResolveArgs, importer: ModuleId): Promise<Resolution> {
    const asking: Asking = {
      manner: args.kind.startsWith('require') ? 'require' : 'import',
      late: args.kind !== 'import-statement',
    };
    const resolution = isNpmId(importer)
      ? await this.#packages.inside(args.path, importer, asking)
      : resolveImport(args.path, importer, this.#source);
    if (resolution.kind === 'package') return this.#packages.request(resolution.request, asking);
    if (resolution.kind !== 'bare') return resolution;
    return (await this.#packages.own(args.path, importer, asking)) ?? resolution.otherwise;
  }

  /** CommonJS gets the default export, as Node's own `require` gives: `class X extends require('events')` works. */
  async #provided(path: string): Promise<string> {
    if (!path.startsWith(REQUIRED)) return this.#source.provided(path);
    return `module.exports = require(${JSON.stringify(`node:${path.slice(REQUIRED.length)}`)}).default;`;
  }

  async #open(specifier: string, candidates: readonly ModuleId[], importer: ModuleId | undefined): Promise<OpenModule> {
    const opened = await this.#source.open(candidates, importer);
    if (opened === undefined) throw this.#source.missing(specifier);
    const known = this.#opened.get(opened.id);
    if (known === undefined) {
      this.#opened.set(opened.id, opened);
      if (importer !== undefined) this.#importers.set(opened.id, importer);
    } else if (known.digest !== opened.digest || known.loader !== opened.loader) {
      throw new PluginError(
        'ERR_INTEGRITY',
        `Cannot import "${specifier}": two URLs that lead to it differ in what it is`,
        {
          details: { module: opened.id },
        },
      );
    }
    return opened;
  }

  async #load(
    esbuild: typeof Esbuild,
    id: ModuleId,
    attributes: Readonly<Record<string, string>>,
  ): Promise<OnLoadResult> {
    const module = this.#opened.get(id);
    if (module === undefined) throw new PluginError('ERR_INTERNAL', `Cannot load "${id}": it was not opened`);
    const taken = importAs(module.loader, attributes);
    if ('why' in taken) throw new Denied(id, taken.why, taken.hint);
    if (taken.loader === 'binary' || taken.loader === 'wasm') return { contents: module.bytes, loader: 'binary' };
    const text = decode(id, module.bytes);
    if (taken.loader === 'text' || taken.loader === 'json') return { contents: text, loader: taken.loader };
    // A line of its own for a shell, which would stay at the head of the bundle.
    const contents = text.replace(/^#!/, '//') + NO_SOURCE_MAP;
    const pattern = mayImportPatterns(text) ? await findPatternImport(esbuild, id, contents, taken.loader) : undefined;
    if (pattern !== undefined) throw this.#computed(pattern);
    return { contents, loader: taken.loader };
  }

  explain(error: unknown): unknown {
    const messages = messagesOf(error);
    if (messages === undefined) return error;
    const failed = messages.find((message) => message.detail instanceof PluginError);
    if (failed !== undefined) return withDetails(failed.detail as PluginError, this.#facts(failed));
    const denied = messages.filter((message) => message.detail instanceof Denied);
    const [first, ...others] = denied;
    if (first === undefined) return buildError(this.#source.subject, messages.map(problemOf));
    return this.#refusal(first, others);
  }

  #refusal(message: Message, others: readonly Message[]): PluginError {
    const { specifier, why, hint } = message.detail as Denied;
    const details = this.#facts(message, specifier);
    for (const [index, other] of others.slice(0, 20).entries()) {
      const at = placeOf(other.location);
      details[`error ${index + 2}`] = `${at === undefined ? '' : `${showPlace(at)}: `}${other.text}`;
    }
    return importDenied(`"${specifier}"`, placeOf(message.location), why, { details, hint });
  }

  #computed(place: Place): PluginError {
    const chain = this.#chain(place.file);
    return computedImport(place, {
      ...(chain.length > 1 ? { chain: chain.join(' -> ') } : {}),
      ...detailsOf(place),
    });
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

/** The code of a package that is not there: it fails when it is asked for, as in Node. */
function absent(name: string): string {
  const message = JSON.stringify(`Cannot find module '${name}'`);
  return `throw Object.assign(new Error(${message}), { code: 'MODULE_NOT_FOUND' });\nmodule.exports = {};`;
}

const CODE: ReadonlySet<Loader> = new Set(['ts', 'tsx', 'js', 'jsx']);

function notCode(subject: string, entry: OpenModule): PluginError {
  return new PluginError(
    'ERR_BUILD',
    `Cannot compile "${subject}": its entry "${entry.id}" is no JavaScript or TypeScript`,
    {
      hint: 'Name it with .ts, .tsx, .js or .jsx, or let its server send the media type of one.',
    },
  );
}

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
