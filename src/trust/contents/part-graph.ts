import type { ModuleId } from '../../source/types.ts';
import type { Part } from './types.ts';

/** A part while its modules and edges are collected. */
export type Draft = Omit<Part, 'dependsOn' | 'chain' | 'modules' | 'included'> & {
  included: boolean;
  readonly modules: Map<ModuleId, Part['modules'][number]>;
  readonly dependsOn: Set<string>;
};

/** The plugin's own code, as a node of the graph. */
export const SELF = '';

/** Parts by purl, and what needs what. */
export class PartGraph {
  readonly #drafts = new Map<string, Draft>();
  readonly #selfDepends = new Set<string>();

  /** The one of this purl; the first that says what it is, says it. */
  draft(base: Omit<Draft, 'included' | 'modules' | 'dependsOn'>): Draft {
    const known = this.#drafts.get(base.purl);
    if (known !== undefined) return known;
    const draft: Draft = { ...base, included: false, modules: new Map(), dependsOn: new Set() };
    this.#drafts.set(base.purl, draft);
    return draft;
  }

  connect(from: string, to: string): void {
    if (from === to || to === SELF) return;
    if (from === SELF) this.#selfDepends.add(to);
    else this.#drafts.get(from)?.dependsOn.add(to);
  }

  /** Purls of what the plugin itself needs. */
  get selfDepends(): readonly string[] {
    return [...this.#selfDepends].sort();
  }

  /** Sorted by purl. */
  parts(): Part[] {
    const parents = this.#parents();
    return [...this.#drafts.values()]
      .map((draft): Part => ({
        ...draft,
        modules: [...draft.modules.values()].sort(byId),
        dependsOn: [...draft.dependsOn].sort(),
        chain: chainTo(draft.purl, parents),
      }))
      .sort((a, b) => (a.purl < b.purl ? -1 : 1));
  }

  /** Of each part, who leads to it on the shortest way from the plugin itself; SELF where nobody is between. */
  #parents(): Map<string, string> {
    const parents = new Map(this.selfDepends.map((purl) => [purl, SELF]));
    // A map's iteration goes on over what is added to it meanwhile.
    for (const purl of parents.keys()) {
      for (const next of [...(this.#drafts.get(purl)?.dependsOn ?? [])].sort()) {
        if (!parents.has(next)) parents.set(next, purl);
      }
    }
    return parents;
  }
}

/** As far as anybody reads: a component may state a way of ten thousand steps. */
const MAX_CHAIN = 64;

function chainTo(purl: string, parents: ReadonlyMap<string, string>): string[] {
  const chain = [purl];
  for (let at = parents.get(purl); at !== undefined && at !== SELF && chain.length < MAX_CHAIN; at = parents.get(at)) {
    chain.push(at);
  }
  return chain.reverse();
}

export function byId(a: { readonly id: string }, b: { readonly id: string }): number {
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
