import { Argument, Command, Option } from 'commander';
import type { CommandArgument, CommandGroupManifest, CommandOption } from '../contract/commands.ts';
import { PluginError } from '../core/errors.ts';
import { printable } from '../core/text.ts';

type Listed = CommandGroupManifest['subcommands'][number];

/** What was asked for: the command of a plugin with its typed options. */
export interface ParsedCommand {
  readonly path: readonly [group: string, command: string];
  readonly options: Readonly<Record<string, string | number | boolean | readonly (string | number)[]>>;
  readonly args: readonly string[];
}

/**
 * A plugin's command group as commander knows it. Help and every check of options come from the lock; `onParsed` is told once a
 * command with valid options was found.
 */
export function groupCommand(group: CommandGroupManifest, onParsed: (parsed: ParsedCommand) => void): Command {
  const command = new Command(group.name).description(text(group.help));
  for (const listed of group.subcommands) command.addCommand(subcommand(group.name, listed, onParsed));
  return command;
}

function subcommand(group: string, listed: Listed, onParsed: (parsed: ParsedCommand) => void): Command {
  const command = new Command(listed.name).description(text(listed.help)).allowExcessArguments(false);
  const options = listed.options ?? [];
  if (options.some(({ short }) => short === 'h')) command.helpOption('--help', 'display help for command');
  for (const option of options) command.addOption(optionOf(option));
  for (const argument of listed.arguments ?? []) command.addArgument(argumentOf(argument));
  return command.action((...given: unknown[]) => {
    const values = command.opts<Record<string, string | number | boolean | (string | number)[]>>();
    onParsed({ path: [group, listed.name], options: named(options, values), args: positional(given, listed) });
  });
}

/** By the name as written and in camelCase: handlers may read either. */
function named(
  options: readonly CommandOption[],
  values: Readonly<Record<string, string | number | boolean | (string | number)[]>>,
): ParsedCommand['options'] {
  const out: Record<string, string | number | boolean | readonly (string | number)[]> = {};
  for (const { name } of options) {
    const key = camelCase(name);
    const value = Object.hasOwn(values, key) ? values[key] : undefined;
    if (value === undefined) continue;
    out[name] = value;
    out[key] = value;
  }
  return out;
}

function positional(given: readonly unknown[], listed: Listed): string[] {
  const count = listed.arguments?.length ?? 0;
  return given.slice(0, count).flatMap((value) => [value].flat().filter((word) => typeof word === 'string'));
}

function optionOf(option: CommandOption): Option {
  const type = option.type ?? 'string';
  const short = option.short === undefined ? '' : `-${option.short}, `;
  const negated = type === 'boolean' && option.default === true;
  const flags =
    type === 'boolean'
      ? `${negated ? '' : short}--${negated ? 'no-' : ''}${option.name}`
      : `${short}--${option.name} <${type}>`;
  const made = new Option(flags, text(option.help ?? ''));
  if (option.choices) made.choices(option.choices.map((choice) => text(choice)));
  if (option.required && type !== 'boolean') made.makeOptionMandatory();
  if (option.default !== undefined && !negated) {
    made.default(option.multiple ? [option.default] : option.default, text(JSON.stringify(option.default)));
  }
  const { choices } = option;
  if (type === 'number' || option.multiple) {
    const list: (string | number)[] = [];
    made.argParser((given: string) => {
      const value = type === 'number' ? numberOf(option.name, given) : chosen(option.name, given, choices);
      list.push(value);
      return option.multiple ? [...list] : value;
    });
  }
  return made;
}

function argumentOf({ name, help, required, variadic }: CommandArgument): Argument {
  const inner = `${name}${variadic ? '...' : ''}`;
  return new Argument(required ? `<${inner}>` : `[${inner}]`, text(help ?? ''));
}

function numberOf(name: string, given: string): number {
  const value = Number(given);
  if (given.trim() !== '' && Number.isFinite(value)) return value;
  throw new PluginError('ERR_USAGE', `Cannot use "${given}" for --${name}: it must be a number`);
}

function chosen(name: string, given: string, choices: readonly string[] | undefined): string {
  if (choices === undefined || choices.includes(given)) return given;
  throw new PluginError('ERR_USAGE', `Cannot use "${given}" for --${name}: it must be one of ${choices.join(', ')}`);
}

function camelCase(name: string): string {
  return name.replace(/-([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** What a plugin wrote, without control characters. */
function text(given: string): string {
  return printable(given, { lines: true, max: 4_000 });
}
