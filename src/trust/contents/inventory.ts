/**
 * What is in a plugin's program, told from its locked modules. Guarantees that every module with code in the program belongs to
 * a part, to the plugin itself or to a gap, so that nothing is taken for looked up that was not. Trusts the lock for
 * packages and digests; what a URL, a copied package.json or a component states is marked as such.
 */
import type { LockEntry } from '../../lock/types.ts';
import { pinOf } from '../../lock/integrity.ts';
import { printable } from '../../core/text.ts';
import type { BundledModule } from '../../source/graph/contents.ts';
import { manifestsAbove, packageOf } from '../../source/graph/vendored.ts';
import { isPackageName, isVersion, parseNpmId, splitKey } from '../../source/npm/names.ts';
import type { ModuleId } from '../../source/types.ts';
import { cdnPackage } from './cdn.ts';
import { hostParts, type HostParts } from './host-parts.ts';
import { byId, PartGraph, SELF, type Draft } from './part-graph.ts';
import { genericPurl, npmPurl, npmPurlOfKey } from './purl.ts';
import type { Gap, Inventory, Part } from './types.ts';
import { statementsOf } from './wasm-statements.ts';

export interface InventoryInput {
  /** Its name in the config, or the specifier. */
  readonly plugin: string;
  readonly entry: LockEntry;
  /** Of the plugin, verified or just read. */
  readonly files: ReadonlyMap<ModuleId, { readonly bytes: Uint8Array }>;
  readonly contents: readonly BundledModule[];
}

export async function inventoryOf(input: InventoryInput): Promise<Inventory> {
  return new Inventorist(input, await hostParts()).inventory();
}

class Inventorist {
  readonly #input: InventoryInput;
  readonly #host: HostParts;
  readonly #graph = new PartGraph();
  readonly #gaps = new Map<string, Gap>();
  readonly #self: Part['modules'][number][] = [];
  /** Answered URL -> the URL that the lock has it under. */
  readonly #askedAs: ReadonlyMap<ModuleId, ModuleId>;

  constructor(input: InventoryInput, host: HostParts) {
    this.#input = input;
    this.#host = host;
    this.#askedAs = new Map(Object.entries(input.entry.redirects ?? {}).map(([asked, answered]) => [answered, asked]));
  }

  inventory(): Inventory {
    const { plugin, entry, contents } = this.#input;
    const owners = new Map<ModuleId, string>();
    for (const module of contents) owners.set(module.id, this.#place(module));
    for (const { id, imports } of contents) {
      for (const other of imports) this.#graph.connect(owners.get(id) ?? SELF, owners.get(other) ?? SELF);
    }
    if (entry.kind === 'component') this.#readComponent();
    return {
      plugin,
      self: { ...this.#selfPart(), modules: this.#self.sort(byId), dependsOn: this.#graph.selfDepends },
      parts: this.#graph.parts(),
      gaps: [...this.#gaps.values()].sort(byId),
    };
  }

  #selfPart(): Omit<Part, 'modules' | 'dependsOn'> {
    const { entry } = this.#input;
    const { name, version } = entry.metadata;
    const common = { integrity: undefined, inferred: false, included: true, chain: [], origin: 'lock' } as const;
    const released = /^npm:(.+)$/.exec(entry.resolved)?.[1];
    const key = released === undefined ? undefined : splitKey(released);
    if (key !== undefined) {
      const integrity = entry.packages?.['.']?.integrity;
      return { ...common, purl: npmPurl(key.name, key.version), ...key, ecosystem: 'npm', integrity };
    }
    const from: Record<string, string> = {};
    if (entry.git !== undefined) from['vcs_url'] = `${withoutQuery(entry.resolved)}@${entry.git.commit}`;
    else if (/^https?:/.test(entry.resolved)) {
      from['download_url'] = entry.resolved;
      const pin = entry.modules[entry.entry];
      if (entry.resolved.endsWith(`/${entry.entry}`) && pin !== undefined)
        from['checksum'] = pinOf(entry.entry, pin).digest;
    }
    return { ...common, purl: genericPurl(name, version, from), name, version, ecosystem: undefined };
  }

  /** Gives a module to its part; the part's purl, or SELF. */
  #place({ id, included }: BundledModule): string {
    const npm = parseNpmId(id);
    if (npm !== undefined) return this.#add(this.#npmPart(npm.key), id, included);
    if (id === '@aitbc/plugins/sdk' || id.startsWith('node:')) return this.#placeHost(id, included);
    if (/^https?:/.test(id)) return this.#placeUrl(id, included);
    return this.#placeOwn(id, included);
  }

  #npmPart(key: string): Draft {
    const { name, version } = splitKey(key) ?? { name: key, version: undefined };
    const integrity = this.#input.entry.packages?.[key]?.integrity;
    return this.#graph.draft({
      purl: npmPurlOfKey(key),
      name,
      version,
      ecosystem: 'npm',
      origin: 'lock',
      inferred: false,
      integrity,
    });
  }

  /** A package of npm, going by what a URL or a manifest says. */
  #inferred(origin: 'url' | 'vendored', name: string, version: string): Draft {
    const purl = npmPurl(name, version);
    return this.#graph.draft({ purl, name, version, ecosystem: 'npm', origin, inferred: true, integrity: undefined });
  }

  #placeHost(id: ModuleId, included: boolean): string {
    const { own, packages } = this.#host;
    const part = this.#graph.draft({
      purl: npmPurl(own.name, own.version),
      ...own,
      ecosystem: 'npm',
      origin: 'host',
      inferred: false,
      integrity: undefined,
    });
    this.#add(part, id, included);
    for (const key of packages.get(id) ?? []) {
      const { name = key, version } = splitKey(key) ?? {};
      const purl = npmPurlOfKey(key);
      const inner = this.#graph.draft({
        purl,
        name,
        version,
        ecosystem: 'npm',
        origin: 'host',
        inferred: false,
        integrity: undefined,
      });
      inner.included ||= included;
      part.dependsOn.add(inner.purl);
    }
    return part.purl;
  }

  #placeUrl(id: ModuleId, included: boolean): string {
    const found = cdnPackage(id);
    if (found !== undefined) {
      const { name, version, bundled } = found;
      if (bundled && included) {
        this.#gap(id, `${printable(id, { max: 300 })} was bundled with dependencies that its URL does not name`);
      }
      return this.#add(this.#inferred('url', name, version), id, included);
    }
    const digest = this.#digestOf(id);
    const name = nameOfUrl(id);
    const qualifiers = { download_url: id, ...(digest === undefined ? {} : { checksum: digest }) };
    const purl = genericPurl(name, undefined, qualifiers);
    if (included) this.#gap(purl, 'no vulnerability database knows modules by their URL');
    return this.#add(
      this.#graph.draft({
        purl,
        name,
        version: undefined,
        ecosystem: undefined,
        origin: 'url',
        inferred: false,
        integrity: undefined,
      }),
      id,
      included,
    );
  }

  #placeOwn(id: ModuleId, included: boolean): string {
    const { files } = this.#input;
    for (const manifest of manifestsAbove(id)) {
      const bytes = files.get(manifest)?.bytes;
      const stated = bytes === undefined ? undefined : packageOf(bytes);
      if (stated === undefined) continue;
      if (!isPackageName(stated.name) || !isVersion(stated.version)) {
        if (included) this.#gap(manifest, `${manifest} states no name and version that npm would take`);
        break;
      }
      const { name, version } = stated;
      return this.#add(this.#inferred('vendored', name, version), id, included);
    }
    const copied = /(?:^|\/)node_modules\/((?:@[^/]+\/)?[^/]+)\//.exec(id)?.[1];
    if (copied !== undefined && included && !this.#hasManifest(id)) {
      this.#gap(
        `node_modules/${copied}`,
        `a copy of ${printable(copied, { max: 214 })} lies in the plugin, without a package.json that says its version`,
      );
    }
    this.#self.push({ id, digest: this.#digestOf(id) });
    return SELF;
  }

  #hasManifest(id: ModuleId): boolean {
    return manifestsAbove(id).some((manifest) => this.#input.files.has(manifest));
  }

  #readComponent(): void {
    const { entry, files } = this.#input;
    const bytes = files.get(entry.entry)?.bytes;
    this.#graph.connect(SELF, this.#placeHost('component', true));
    const { packages, faults } = statementsOf(bytes ?? new Uint8Array());
    for (const fault of faults) this.#gap(entry.entry, fault);
    if (packages === undefined) {
      if (faults.length === 0) this.#gap(entry.entry, 'the component does not say what it was made of');
      return;
    }
    const root = new Set(packages.filter((stated) => stated.root).map(({ purl }) => purl));
    const needed = new Set(packages.flatMap(({ dependsOn }) => dependsOn));
    for (const { purl, name, version, ecosystem, dependsOn } of packages) {
      if (root.has(purl)) {
        for (const other of dependsOn) this.#graph.connect(SELF, other);
        continue;
      }
      if (ecosystem === undefined) this.#gap(purl, 'no database that is supported knows this kind of package');
      const draft = this.#graph.draft({
        purl,
        name,
        version,
        ecosystem,
        origin: 'stated',
        inferred: false,
        integrity: undefined,
      });
      draft.included = true;
      for (const other of dependsOn) if (!root.has(other)) draft.dependsOn.add(other);
      if (root.size === 0 && !needed.has(purl)) this.#graph.connect(SELF, purl);
    }
  }

  #add(draft: Draft, id: ModuleId, included: boolean): string {
    draft.included ||= included;
    draft.modules.set(id, { id, digest: this.#digestOf(id) });
    return draft.purl;
  }

  #gap(id: string, why: string): void {
    if (!this.#gaps.has(id)) this.#gaps.set(id, { id, why });
  }

  #digestOf(id: ModuleId): Part['modules'][number]['digest'] {
    const { modules } = this.#input.entry;
    const key = Object.hasOwn(modules, id) ? id : (this.#askedAs.get(id) ?? id);
    const pin = Object.hasOwn(modules, key) ? modules[key] : undefined;
    return pin === undefined ? undefined : pinOf(key, pin).digest;
  }
}

function nameOfUrl(id: string): string {
  const { hostname, pathname } = new URL(id);
  return pathname.split('/').findLast((segment) => segment !== '') ?? hostname;
}

function withoutQuery(resolved: string): string {
  return resolved.replace(/#.*$/s, '');
}
