import { CommanderError, type Command } from 'commander';
import { PluginError } from '../core/errors.ts';

/**
 * Runs commander without letting it end the process: true when a command ran, false when help or the version was shown.
 * @throws ERR_USAGE, in our own words, for what commander would refuse
 */
export async function parseCommand(command: Command, args: readonly string[], help: string): Promise<boolean> {
  prepare(command);
  try {
    await command.parseAsync(args, { from: 'user' });
    return true;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0 || error.code === 'commander.help') return false;
    throw usageError(error, `${help.replace(/ --help$/, '')}${pathOf(command, args)} --help`);
  }
}

/** The words that name commands: where the help for this mistake is. */
function pathOf(command: Command, args: readonly string[]): string {
  const [word] = args;
  const sub = command.commands.find(
    (candidate) => candidate.name() === word || candidate.aliases().includes(word ?? ''),
  );
  return sub ? ` ${sub.name()}${pathOf(sub, args.slice(1))}` : '';
}

function prepare(command: Command): void {
  command
    .exitOverride()
    .showSuggestionAfterError(true)
    .configureOutput({ writeErr: (text) => process.stdout.write(text), outputError: () => {} });
  for (const sub of command.commands) prepare(sub);
}

function usageError(error: CommanderError, help: string): PluginError {
  const [first = '', ...more] = error.message.replace(/^error: /, '').split('\n');
  const suggestion = /\(Did you mean (?:one of )?(.+)\?\)/.exec(more.join(' '))?.[1];
  const message = first.replaceAll("'", '"');
  return new PluginError(
    'ERR_USAGE',
    `Cannot run this command: ${message}${suggestion === undefined ? '' : `, did you mean "${suggestion.split(', ')[0]}"?`}`,
    { hint: `${help} shows how it is used` },
  );
}
