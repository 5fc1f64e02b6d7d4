import type { Value } from '../protocol/values.ts';
import { commandHelp } from './command-help.ts';
import type { CommandGroup } from './commands.ts';
import type { PluginContext } from './context.ts';
import type { JsonSchema, PluginMetadata } from './metadata.ts';
import { BasePlugin } from './plugin.ts';

type Lifecycle<Config> = (context: PluginContext<Config>) => boolean | void | Promise<boolean | void>;
type Methods = Record<string, (...args: never[]) => unknown>;
type PerContext<Config, T> = T | ((context: PluginContext<Config>) => T);

/** A plugin as a plain object. Lifecycle functions refuse with `false`; nothing returned means `true`. */
export interface PluginDefinition<Config, M extends Methods> {
  readonly metadata: PluginMetadata;
  readonly configSchema?: JsonSchema;
  readonly initialize?: Lifecycle<Config>;
  readonly start?: Lifecycle<Config>;
  readonly stop?: Lifecycle<Config>;
  readonly cleanup?: Lifecycle<Config>;
  readonly healthCheck?: (context: PluginContext<Config>) => Record<string, Value> | Promise<Record<string, Value>>;
  readonly handleEvent?: (type: string, data: Value, context: PluginContext<Config>) => unknown;
  /** Methods the host and dependents can call; a function is called once, with the context. */
  readonly methods?: PerContext<Config, M>;
  /** Command groups for `aitbc`; a function is called once, with the context. */
  readonly commands?: PerContext<Config, readonly CommandGroup[]>;
}

/** A class as the host wants it, made of a plain object. Export it as the module's default. */
// oxlint-disable-next-line typescript/no-generated-empty-object-type -- a plugin without methods adds none
export function definePlugin<Config = Record<string, Value>, M extends Methods = Record<never, never>>(
  definition: PluginDefinition<Config, M>,
): new (context: PluginContext<Config>) => BasePlugin<Config> & M {
  class DefinedPlugin extends BasePlugin<Config> {
    override getMetadata(): PluginMetadata {
      return definition.metadata;
    }
    override initialize(): Promise<boolean> {
      return accepted(definition.initialize, this.context);
    }
    override start(): Promise<boolean> {
      return accepted(definition.start, this.context);
    }
    override stop(): Promise<boolean> {
      return accepted(definition.stop, this.context);
    }
    override cleanup(): Promise<boolean> {
      return accepted(definition.cleanup, this.context);
    }
    override async healthCheck(): Promise<Record<string, Value>> {
      return definition.healthCheck ? definition.healthCheck(this.context) : super.healthCheck();
    }
    override async handleEvent(type: string, data: Value): Promise<void> {
      await definition.handleEvent?.(type, data, this.context);
    }
    override getConfigSchema(): JsonSchema {
      return definition.configSchema ?? {};
    }
  }
  return class extends DefinedPlugin {
    constructor(context: PluginContext<Config>) {
      super(context);
      const { methods, commands } = definition;
      add(this, typeof methods === 'function' ? methods(context) : (methods ?? {}));
      if (commands === undefined) return;
      let groups: readonly CommandGroup[] | undefined;
      const getCommands = (): readonly CommandGroup[] => {
        groups ??= typeof commands === 'function' ? commands(context) : commands;
        return groups;
      };
      add(this, { getCommands, getCommandHelp: (command: string) => commandHelp(getCommands(), command) });
    }
  } as unknown as new (context: PluginContext<Config>) => BasePlugin<Config> & M;
}

async function accepted<Config>(step: Lifecycle<Config> | undefined, context: PluginContext<Config>): Promise<boolean> {
  return (await step?.(context)) !== false;
}

function add(plugin: object, methods: Methods): void {
  for (const [name, method] of Object.entries(methods)) {
    if (name in plugin) throw new TypeError(`Cannot define method "${name}": the plugin contract has it already`);
    if (typeof method !== 'function') throw new TypeError(`Cannot define method "${name}": it is not a function`);
    Object.defineProperty(plugin, name, { value: method.bind(plugin as never), enumerable: true });
  }
}
