import { PluginError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';

/** Options that every command takes. Before a plugin's own command they must stand in front of it. */
export interface Globals {
  readonly config?: string;
  readonly json: boolean;
  readonly offline?: boolean;
  readonly frozen?: boolean;
  readonly dataDir?: string;
  readonly cacheDir?: string;
  readonly logLevel?: string;
  readonly color: boolean;
  readonly yes: boolean;
  readonly debug: boolean;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

const VALUES: Readonly<Record<string, 'config' | 'dataDir' | 'cacheDir' | 'logLevel'>> = {
  '--config': 'config',
  '-c': 'config',
  '--data-dir': 'dataDir',
  '--cache-dir': 'cacheDir',
  '--log-level': 'logLevel',
};
const SWITCHES: Readonly<Record<string, (globals: Mutable<Globals>) => void>> = {
  '--json': (globals) => (globals.json = true),
  '--offline': (globals) => (globals.offline = true),
  '--frozen': (globals) => (globals.frozen = true),
  '--no-frozen': (globals) => (globals.frozen = false),
  '--no-color': (globals) => (globals.color = false),
  '--yes': (globals) => (globals.yes = true),
  '-y': (globals) => (globals.yes = true),
  '--debug': (globals) => (globals.debug = true),
};

export const GLOBAL_OPTIONS: readonly (readonly [flags: string, help: string])[] = [
  ['-c, --config <file>', 'the config; default: AITBC_CONFIG, else the nearest plugins.yaml, yml or json'],
  ['--json', 'print one JSON document instead of text'],
  ['--offline', 'fetch nothing'],
  ['--frozen', 'never write the lock; any refusal starts nothing (default where CI is set)'],
  ['--no-frozen', 'write the lock even where CI is set'],
  ['--data-dir <folder>', 'where plugins keep their data; default: .aitbc beside the config'],
  ['--cache-dir <folder>', "where downloads and builds are kept; default: the platform's cache folder"],
  ['--log-level <level>', 'error, warn, info or debug'],
  ['--no-color', 'no colours'],
  ['-y, --yes', 'answer yes to questions, except those that grant permissions'],
  ['--debug', 'show stacks of errors'],
];

/**
 * Takes the global options out of a command line's beginning, up to the first word that is none: a command. With
 * `everywhere`, out of all of it up to `--`.
 * @throws ERR_USAGE
 */
export function takeGlobals(
  argv: readonly string[],
  options: { readonly everywhere: boolean; readonly env: Readonly<Record<string, string | undefined>>; from?: Globals },
): { readonly globals: Globals; readonly rest: string[] } {
  const globals: Mutable<Globals> = options.from ?? {
    json: false,
    color: true,
    yes: false,
    debug: isOn(options.env['AITBC_DEBUG']),
  };
  const rest: string[] = [];
  for (let index = 0; index < argv.length; index++) {
    const word = argv[index] ?? '';
    if (word === '--' || (!options.everywhere && !isGlobal(word))) {
      rest.push(...argv.slice(index));
      break;
    }
    const [flag, inline] = word.startsWith('--') ? splitAt(word, '=') : [word];
    const key = Object.hasOwn(VALUES, flag) ? VALUES[flag] : undefined;
    const turn = Object.hasOwn(SWITCHES, flag) ? SWITCHES[flag] : undefined;
    if (key !== undefined) {
      const value = inline ?? argv[++index];
      if (value === undefined || value === '') {
        throw new PluginError('ERR_USAGE', `Cannot use "${flag}": it needs a value`, { hint: `${flag} <value>` });
      }
      globals[key] = value;
    } else if (turn !== undefined && inline === undefined) turn(globals);
    else rest.push(word);
  }
  return { globals, rest };
}

/** Fails for an option in front of the command that is none. */
export function assertNoFlag(word: string | undefined): void {
  if (word === undefined || !word.startsWith('-') || word === '--') return;
  const known = [...Object.keys(VALUES), ...Object.keys(SWITCHES), '--help', '--version'];
  throw new PluginError('ERR_USAGE', `Cannot use "${word}": there is no such option${didYouMean(word, known)}`, {
    hint: 'aitbc --help lists them; options of a command stand after it',
  });
}

function isGlobal(word: string): boolean {
  const [flag] = splitAt(word, '=');
  return Object.hasOwn(VALUES, flag) || Object.hasOwn(SWITCHES, word);
}

function splitAt(word: string, mark: string): [string, string?] {
  const at = word.indexOf(mark);
  return at === -1 ? [word] : [word.slice(0, at), word.slice(at + 1)];
}

function isOn(value: string | undefined): boolean {
  return value !== undefined && value !== '' && value !== '0' && value !== 'false';
}
