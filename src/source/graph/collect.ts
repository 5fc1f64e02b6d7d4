import { digestOf } from '../../core/digest.ts';
import { isPluginError, PluginError } from '../../core/errors.ts';
import { saysNothing } from '../absent.ts';
import type { JsonObject } from '../../core/json.ts';
import type { PackageGraph, PackagePins } from '../npm/types.ts';
import type { ArtifactFile, ModuleId, Origin, SourceFile } from '../types.ts';
import { isWasm } from '../component/sections.ts';
import { recognise } from '../component/recognise.ts';
import { bundle } from './bundle.ts';
import { refuseComputedImports } from './computed-imports.ts';
import type { BundledModule } from './contents.ts';
import type { EsbuildLimits } from './esbuild.ts';
import type { OpenModule } from './graph-source.ts';
import { NO_IMPORT_MAP, npmAddresses, readImportMap } from './import-map.ts';
import { lex } from './lex.ts';
import { loaderOfFile } from './loaders.ts';
import { findImportMap, MANIFEST_FILES } from './manifest-files.ts';
import { createPlaces } from './places.ts';
import { readProvided } from './provided.ts';
import { Queue } from './queue.ts';
import { isUrl } from './resolve.ts';
import { vendoredManifests } from './vendored.ts';

export interface CollectOptions {
  /** Modules and assets of the plugin together. Default 5,000 (`FetchConfig.maxModules`). */
  readonly maxModules?: number;
  /** Bytes of one of them. Default 16 MiB (`FetchConfig.maxModuleBytes`). */
  readonly maxModuleBytes?: number;
  /** Bytes of all of them. Default 64 MiB. */
  readonly maxBytes?: number;
  readonly signal?: AbortSignal;
  readonly limits?: Partial<EsbuildLimits>;
}

/** What `collectGraph` adds to an origin to make an Artifact of it. */
export interface Graph {
  readonly kind: 'module' | 'component';
  readonly files: ReadonlyMap<ModuleId, ArtifactFile>;
  readonly redirects: Readonly<Record<string, string>>;
  readonly importMap: JsonObject | undefined;
  readonly packages?: PackagePins;
  readonly contents: readonly BundledModule[];
}

/**
 * Every module that the plugin's program will be made of, and its manifests: what `build` asks for later, no more and no
 * less, because both run the same bundler over the same resolution. A WebAssembly entry is alone. Errors: ERR_BUILD,
 * ERR_COMPONENT, ERR_IMPORT_DENIED, ERR_SOURCE_TOO_LARGE, and what the origin throws.
 */
export async function collectGraph(
  origin: Pick<Origin, 'read' | 'base' | 'source' | 'packages' | 'list'>,
  entry: ModuleId,
  options: CollectOptions = {},
): Promise<Graph> {
  // A peer dependency may be provided by an import that is found later: the next pass knows it from the start.
  for (let pass = 1; ; pass++) {
    const packages: { graph?: PackageGraph } = {};
    try {
      const graph = await collectOnce(origin, entry, options, packages);
      if ((await packages.graph?.settled()) !== false) return graph;
      if (pass === MAX_PASSES) throw unsettled(origin.source);
    } catch (error) {
      if (pass === MAX_PASSES || packages.graph?.mayHelpToRepeat() !== true) throw error;
    }
  }
}

const MAX_PASSES = 4;

async function collectOnce(
  origin: Pick<Origin, 'read' | 'base' | 'source' | 'packages' | 'list'>,
  entry: ModuleId,
  options: CollectOptions,
  packages: { graph?: PackageGraph },
): Promise<Graph> {
  const collector = new Collector(origin, options);
  const first = await collector.open([entry], undefined);
  if (first !== undefined && (first.loader === 'wasm' || isWasm(first.bytes))) {
    recognise(first.bytes, origin.source);
    await collector.keepAssets(MANIFEST_FILES);
    const pins = (await origin.packages?.graph([]))?.pins();
    return {
      ...collector.result(),
      kind: 'component',
      importMap: undefined,
      contents: [{ id: entry, included: true, imports: [] }],
      ...(pins === undefined ? {} : { packages: pins }),
    };
  }
  const { importMap, file } = await findImportMap((id) => collector.peek(id));
  await collector.keepAssets(file === undefined ? MANIFEST_FILES : [...MANIFEST_FILES, file]);
  const read = readImportMap(importMap);
  const map = typeof read === 'string' ? NO_IMPORT_MAP : read;
  if (origin.packages !== undefined) packages.graph = await origin.packages.graph(npmAddresses(map));
  const {
    code,
    map: sourceMap,
    contents,
  } = await bundle({
    subject: origin.source,
    entry,
    base: origin.base,
    importMap: map,
    ...(packages.graph === undefined ? {} : { packages: packages.graph }),
    open: (candidates, importer) => collector.open(candidates, importer),
    provided: readProvided,
    missing: (specifier) => missing(specifier, entry),
    ...(options.limits === undefined ? {} : { limits: options.limits }),
  });
  refuseComputedImports(lex(code), createPlaces(code, sourceMap));
  // Where files are listed, asking for one that is not there costs nothing.
  if (origin.list !== undefined)
    await collector.keepAssets(await vendoredManifests(contents, (id) => collector.peek(id)));
  const pins = packages.graph?.pins();
  return {
    ...collector.result(),
    kind: 'module',
    importMap,
    contents,
    ...(pins === undefined ? {} : { packages: pins }),
  };
}

class Collector {
  readonly #origin: Pick<Origin, 'read' | 'source'>;
  readonly #options: CollectOptions;
  readonly #queue = new Queue(32);
  readonly #reads = new Map<string, Promise<SourceFile | undefined>>();
  readonly #files = new Map<ModuleId, ArtifactFile>();
  readonly #redirects = new Map<ModuleId, string>();
  /** Final URL -> digest: one URL has one content. */
  readonly #contents = new Map<string, string>();
  #bytes = 0;
  /** The first refusal: nothing is asked for after it. */
  #refused: unknown;

  constructor(origin: Pick<Origin, 'read' | 'source'>, options: CollectOptions) {
    this.#origin = origin;
    this.#options = options;
  }

  async peek(id: ModuleId): Promise<Uint8Array | undefined> {
    return (await this.#asset(id))?.bytes;
  }

  /** Files that belong to the plugin without being imported, as far as they exist. */
  async keepAssets(ids: readonly ModuleId[]): Promise<void> {
    for (const id of ids) {
      const file = await this.#asset(id);
      if (file !== undefined) this.#keep(id, file);
    }
  }

  async #asset(id: ModuleId): Promise<SourceFile | undefined> {
    try {
      return await this.#read(id, undefined);
    } catch (error) {
      if (saysNothing(error)) return undefined;
      throw error;
    }
  }

  async open(candidates: readonly ModuleId[], importer: ModuleId | undefined): Promise<OpenModule | undefined> {
    let absent: unknown;
    try {
      for (const id of candidates) {
        // The next candidate is tried; where none is there, the answer itself is the error.
        const file = await this.#read(id, importer).catch((error: unknown) => {
          if (!saysNothing(error)) throw error;
          absent ??= error;
          return undefined;
        });
        if (file === undefined) continue;
        const kept = this.#keep(id, file);
        return { ...kept, id: this.#redirects.get(id) ?? id };
      }
      if (absent !== undefined) throw absent;
      return undefined;
    } catch (error) {
      this.#refused ??= error;
      throw error;
    }
  }

  result(): Pick<Graph, 'files' | 'redirects'> {
    const byId = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number => (a < b ? -1 : 1);
    return {
      files: new Map([...this.#files].sort(byId)),
      redirects: Object.fromEntries([...this.#redirects].sort(byId)),
    };
  }

  /**
   * Undefined for what does not exist. A foreign module is asked for once for each host that imports it: the origin
   * decides by the importer whether it may be reached.
   */
  #read(id: ModuleId, importer: ModuleId | undefined): Promise<SourceFile | undefined> {
    const from = isUrl(id) && importer !== undefined && isUrl(importer) ? new URL(importer).origin : '';
    const key = `${id}\n${from}`;
    let reading = this.#reads.get(key);
    if (reading === undefined) {
      reading = this.#queue.run(() => this.#ask(id, importer));
      this.#reads.set(key, reading);
    }
    return reading;
  }

  async #ask(id: ModuleId, importer: ModuleId | undefined): Promise<SourceFile | undefined> {
    const { signal } = this.#options;
    if (this.#refused !== undefined) throw this.#refused;
    if (signal?.aborted) throw new PluginError('ERR_ABORTED', `Cannot read "${id}": the work was aborted`);
    try {
      return await this.#origin.read(id, {
        ...(importer === undefined ? {} : { importer }),
        ...(signal === undefined ? {} : { signal }),
      });
    } catch (error) {
      if (!isUrl(id) && isPluginError(error, 'ERR_SOURCE_NOT_FOUND')) return undefined;
      throw error;
    }
  }

  #keep(id: ModuleId, file: SourceFile): ArtifactFile {
    const known = this.#files.get(id);
    const digest = known !== undefined && known.bytes === file.bytes ? known.digest : digestOf(file.bytes);
    const finalUrl = isUrl(id) ? (file.finalUrl ?? id) : undefined;
    if (finalUrl !== undefined) {
      const answered = this.#contents.get(finalUrl) ?? digest;
      if (answered !== digest) throw changing(finalUrl);
      this.#contents.set(finalUrl, digest);
      if (finalUrl !== id) this.#redirects.set(id, finalUrl);
    }
    if (known !== undefined) {
      if (known.digest !== digest) throw changing(id);
      return known;
    }
    this.#count(id, file.bytes.byteLength);
    const kept = { bytes: file.bytes, digest, loader: loaderOfFile(id, finalUrl, file.contentType) };
    this.#files.set(id, kept);
    return kept;
  }

  #count(id: ModuleId, bytes: number): void {
    const { maxModules = 5_000, maxModuleBytes = 16 * 2 ** 20, maxBytes = 64 * 2 ** 20 } = this.#options;
    this.#bytes += bytes;
    if (bytes > maxModuleBytes) throw tooLarge(id, `it has ${bytes} bytes, and a module may have ${maxModuleBytes}`);
    if (this.#files.size >= maxModules) throw tooLarge(id, `the plugin has more than ${maxModules} modules`);
    if (this.#bytes > maxBytes) throw tooLarge(id, `the plugin's modules have more than ${maxBytes} bytes together`);
  }
}

function missing(specifier: string, entry: ModuleId): PluginError {
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot import "${specifier}": there is no such file`, {
    details: specifier === entry ? {} : { specifier },
  });
}

function tooLarge(id: ModuleId, state: string): PluginError {
  return new PluginError('ERR_SOURCE_TOO_LARGE', `Cannot read "${id}": ${state}`);
}

function unsettled(source: string): PluginError {
  return new PluginError('ERR_INCOMPATIBLE', `Cannot lock "${source}": its peer dependencies do not settle`, {
    hint: 'Name the packages that others have as peers in the import map.',
  });
}

function changing(url: string): PluginError {
  return new PluginError('ERR_INTEGRITY', `Cannot read "${url}": it was answered with two different contents`, {
    hint: 'Import a URL whose content does not change, one with a full version.',
  });
}
