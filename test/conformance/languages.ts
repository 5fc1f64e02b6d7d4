import { fileURLToPath } from 'node:url';

/** The notebook in one language: every one of them behaves the same. */
export interface Language {
  /** As the manifest has it. */
  readonly plugin: string;
  readonly folder: string;
  /** Whether its strings hold half of a surrogate pair; the others, which are Unicode text, have U+FFFD in its place. */
  readonly keepsSurrogates: boolean;
}

const language = (name: string, keepsSurrogates: boolean): Language => ({
  plugin: `notebook-${name}`,
  folder: fileURLToPath(new URL(`../../plugins/notebook/${name}`, import.meta.url)),
  keepsSurrogates,
});

export const TYPESCRIPT: Language = language('typescript', true);

/** Those that are components. */
export const COMPONENTS: readonly Language[] = [
  language('c', false),
  language('rust', false),
  language('assemblyscript', false),
  language('javascript', true),
];

export const LANGUAGES: readonly Language[] = [TYPESCRIPT, ...COMPONENTS];
