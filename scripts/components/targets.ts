/** A component of this repository: where its source is, how it is compiled, and which world it implements. */
export interface Target {
  /** Below `plugins/`; its `plugin.json` is the manifest, `plugin.wasm` what is built. */
  readonly folder: string;
  readonly language: Language;
  /** Below `folder`. */
  readonly source: string;
  readonly world: 'plugin' | 'cli' | 'blockchain' | 'ai';
}

export type Language = 'c' | 'rust' | 'assemblyscript' | 'javascript';

export const TARGETS: readonly Target[] = [
  { folder: 'notebook/c', language: 'c', source: 'notebook.c', world: 'plugin' },
  { folder: 'notebook/rust', language: 'rust', source: 'notebook.rs', world: 'plugin' },
  { folder: 'notebook/assemblyscript', language: 'assemblyscript', source: 'exports.ts', world: 'plugin' },
  { folder: 'notebook/javascript', language: 'javascript', source: 'notebook.js', world: 'plugin' },
  { folder: 'notes', language: 'rust', source: 'notes.rs', world: 'cli' },
  { folder: 'translation-ai', language: 'rust', source: 'translation_ai.rs', world: 'ai' },
  { folder: 'evm', language: 'rust', source: 'evm.rs', world: 'blockchain' },
];
