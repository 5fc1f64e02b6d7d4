import { appendFile, readFile } from 'node:fs/promises';
import { CLIPlugin, type CommandGroup, type PluginEvent, type PluginMetadata } from '@aitbc/plugins/sdk';
import manifest from './plugin.json' with { type: 'json' };

/** Subscribes to the events of agents and appends one JSON line for each to `/data/journal.jsonl`. */
export default class Journal extends CLIPlugin {
  readonly #file = `${this.context.dataDir}/journal.jsonl`;

  getMetadata(): PluginMetadata {
    const { entry: _, commands: __, ...metadata } = manifest;
    return metadata;
  }

  override async start(): Promise<boolean> {
    await this.context.eventBus.subscribe('agent.#', (event) => this.#write(event));
    return true;
  }

  getCommands(): CommandGroup[] {
    return [
      {
        name: 'journal',
        help: 'Read the journal',
        subcommands: [
          {
            ...manifest.commands[0]!.subcommands[0]!,
            handler: async (options, io) => {
              const lines = await this.#lines();
              for (const line of lines.slice(-Number(options.last))) await io.stdout.write(`${line}\n`);
              return 0;
            },
          },
        ],
      },
    ] as CommandGroup[];
  }

  /** For the application: how many entries there are. */
  async count(): Promise<number> {
    return (await this.#lines()).length;
  }

  async #write(event: PluginEvent): Promise<void> {
    const { time, type, source, data } = event;
    await appendFile(this.#file, `${JSON.stringify({ time, type, source, data })}\n`);
    this.context.logger.info(`${type} from ${source}`);
  }

  async #lines(): Promise<string[]> {
    try {
      return (await readFile(this.#file, 'utf8')).split('\n').filter(Boolean);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
      throw error;
    }
  }
}
