import type { Value } from '../protocol/values.ts';

/** What a command's option holds, and how it is parsed from the command line. */
export interface CommandOption {
  /** Long name without dashes, kebab-case; the handler gets it in camelCase and as written. */
  readonly name: string;
  readonly type?: 'string' | 'number' | 'boolean';
  readonly short?: string;
  readonly help?: string;
  readonly required?: boolean;
  readonly default?: string | number | boolean;
  readonly choices?: readonly string[];
  /** May be given several times; the handler gets an array. */
  readonly multiple?: boolean;
}

export interface CommandArgument {
  readonly name: string;
  readonly help?: string;
  readonly required?: boolean;
  /** Only the last: takes all the rest. */
  readonly variadic?: boolean;
}

/** What the handler of a command is given beside its options. */
export interface CommandIo {
  readonly stdout: { write(chunk: string | Uint8Array): Promise<void> };
  readonly stderr: { write(chunk: string | Uint8Array): Promise<void> };
  /** Chunks of the host's stdin; ends at end of file; empty where stdin is a terminal nobody asked for. */
  readonly stdin: AsyncIterable<Uint8Array> & { text(): Promise<string> };
  readonly isTTY: boolean;
  readonly columns: number;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
  /** Positional arguments, in order. */
  readonly args: readonly string[];
}

export type CommandHandler = (options: Record<string, Value>, io: CommandIo) => unknown;

export interface Command {
  readonly name: string;
  readonly help: string;
  readonly options?: readonly CommandOption[];
  readonly arguments?: readonly CommandArgument[];
  /** An integer from 0 to 125 that it returns is the exit status; a throw is 1. */
  readonly handler: CommandHandler;
}

/** SPEC A5: mounted on the host's command line as `aitbc <name> <subcommand>`. */
export interface CommandGroup {
  readonly name: string;
  readonly help: string;
  readonly subcommands: readonly Command[];
}

/** The same without handlers: what the lock stores, so that help runs no code. */
export interface CommandGroupManifest {
  readonly name: string;
  readonly help: string;
  readonly subcommands: readonly Omit<Command, 'handler'>[];
}
