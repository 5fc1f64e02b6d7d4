import type { Value } from '../protocol/values.ts';
import { commandHelp } from './command-help.ts';
import type { CommandGroup } from './commands.ts';
import { BasePlugin } from './plugin.ts';

/** SPEC A5: its command groups are mounted on `aitbc`. */
export abstract class CLIPlugin<Config = Record<string, Value>> extends BasePlugin<Config> {
  abstract getCommands(): readonly CommandGroup[];

  /** Help of a group (`agent`) or of one command (`agent create`); an empty string for what is not there. */
  getCommandHelp(command: string): string {
    return commandHelp(this.getCommands(), command);
  }
}
