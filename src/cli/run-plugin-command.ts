import type { CommandGroupManifest } from '../contract/commands.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import { didYouMean } from '../core/suggest.ts';
import { groupCommand, type ParsedCommand } from './command-of-plugin.ts';
import { terminalWidth } from './output.ts';
import { parseCommand } from './parse.ts';
import { startOne } from './start-one.ts';
import type { Session } from './session.ts';

/** Parses and runs `words` as a command of the plugin; resolves to its exit status. Help and usage errors start nothing. */
export async function runPluginCommand(
  session: Session,
  plugin: string,
  groups: readonly CommandGroupManifest[],
  words: readonly string[],
  usage: string,
): Promise<number> {
  const [name = '', ...rest] = words;
  const group = groups.find((candidate) => candidate.name === name);
  if (!group) {
    const names = groups.map((candidate) => candidate.name);
    throw new PluginError(
      'ERR_USAGE',
      `Cannot run "${name}": "${plugin}" has no such command${didYouMean(name, names)}`,
      {
        plugin,
        hint: names.length === 0 ? `${plugin} has no commands` : `it has: ${names.join(', ')}`,
      },
    );
  }
  let parsed: ParsedCommand | undefined;
  const command = groupCommand(group, (found) => {
    parsed = found;
  });
  command.name(`${usage}${group.name}`);
  const ran = await parseCommand(command, rest, `${usage}${group.name} --help`);
  return ran && parsed ? execute(session, plugin, parsed) : 0;
}

async function execute(session: Session, plugin: string, { path, options, args }: ParsedCommand): Promise<number> {
  const manager = await startOne(session, plugin);
  try {
    return await manager.exec(plugin, path, options, {
      args,
      stdin: standardInput(),
      stdout: process.stdout,
      stderr: process.stderr,
      isTTY: process.stdout.isTTY,
      columns: terminalWidth(),
      signal: session.signal,
    });
  } catch (error) {
    if (session.signal.aborted && !isPluginError(error, 'ERR_ABORTED')) {
      throw new PluginError('ERR_ABORTED', `Cannot finish "${path.join(' ')}": interrupted`, { plugin, cause: error });
    }
    throw error;
  }
}

/** Touches stdin only when the command reads it: an open terminal must not hold up a command that doesn't. */
async function* standardInput(): AsyncGenerator<Uint8Array> {
  for await (const chunk of process.stdin) yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Uint8Array);
}
