import { CLIPlugin, type CommandGroup, type CommandIo, type PluginMetadata } from '@aitbc/plugins/sdk';
import { type Agent, AgentStore } from './agents.ts';
import configSchema from './config_schema.json' with { type: 'json' };
import manifest from './plugin.json' with { type: 'json' };

interface Config {
  readonly default_agent_type: string;
  readonly max_agents: number;
}

/** The specification's first example: agents managed from the command line, kept in the plugin's own data folder. */
export default class AgentCli extends CLIPlugin<Config> {
  readonly #agents = new AgentStore(this.context.dataDir, this.context.config.max_agents);

  getMetadata(): PluginMetadata {
    const { entry: _, commands: __, ...metadata } = manifest;
    return metadata;
  }

  override getConfigSchema(): typeof configSchema {
    return configSchema;
  }

  override async initialize(): Promise<boolean> {
    await this.#agents.open();
    return true;
  }

  override async start(): Promise<boolean> {
    await this.context.eventBus.publish('agent.ready', { agents: (await this.#agents.names()).length });
    return true;
  }

  getCommands(): CommandGroup[] {
    const handlers: Record<string, (options: Record<string, unknown>, io: CommandIo) => Promise<number>> = {
      create: (options, io) => this.#create(options, io),
      list: (options, io) => this.#list(options, io),
      show: (_options, io) => this.#show(io),
      remove: (_options, io) => this.#remove(io),
    };
    return manifest.commands.map((group) => ({
      ...group,
      subcommands: group.subcommands.map((command) => ({ ...command, handler: handlers[command.name] })),
    })) as CommandGroup[];
  }

  /** For other plugins and the application: `plugin('agent-cli').listAgents()`. */
  async listAgents(): Promise<Agent[]> {
    return this.#agents.all();
  }

  async getAgent(name: string): Promise<Agent | null> {
    return (await this.#agents.find(name)) ?? null;
  }

  async createAgent(options: { name: string; type?: string; description?: string }): Promise<Agent> {
    const agent: Agent = {
      name: options.name,
      type: options.type ?? this.context.config.default_agent_type,
      description: options.description ?? '',
      created: new Date().toISOString(),
    };
    await this.#agents.create(agent);
    await this.context.eventBus.publish('agent.created', { ...agent });
    return agent;
  }

  async removeAgent(name: string): Promise<boolean> {
    const removed = await this.#agents.remove(name);
    if (removed) await this.context.eventBus.publish('agent.removed', { name });
    return removed;
  }

  async #create(options: Record<string, unknown>, io: CommandIo): Promise<number> {
    const agent = await this.createAgent(options as { name: string; type?: string; description?: string });
    await io.stdout.write(`created ${agent.name} (${agent.type})\n`);
    return 0;
  }

  async #list(options: Record<string, unknown>, io: CommandIo): Promise<number> {
    const agents = (await this.#agents.all()).filter(
      (agent) => options.type === undefined || agent.type === options.type,
    );
    if (options.json === true) await io.stdout.write(`${JSON.stringify(agents)}\n`);
    else if (agents.length === 0) await io.stderr.write('no agents\n');
    else await io.stdout.write(table(agents));
    return 0;
  }

  async #show(io: CommandIo): Promise<number> {
    const [name = ''] = io.args;
    const agent = await this.#agents.find(name);
    if (!agent) return missing(name, io);
    for (const [key, value] of Object.entries(agent)) await io.stdout.write(`${key.padEnd(12)} ${value}\n`);
    return 0;
  }

  async #remove(io: CommandIo): Promise<number> {
    const [name = ''] = io.args;
    if (!(await this.removeAgent(name))) return missing(name, io);
    await io.stdout.write(`removed ${name}\n`);
    return 0;
  }
}

async function missing(name: string, io: CommandIo): Promise<number> {
  await io.stderr.write(`no agent "${name}"\n`);
  return 1;
}

function table(agents: readonly Agent[]): string {
  const rows = [['NAME', 'TYPE', 'CREATED'], ...agents.map(({ name, type, created }) => [name, type, created])];
  const widths = [0, 1, 2].map((column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  return rows
    .map(
      (row) =>
        `${row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('');
}
