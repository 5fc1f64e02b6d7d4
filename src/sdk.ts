/**
 * `@aitbc/plugins/sdk`: all that a plugin imports of the host. The same code runs inside the sandbox and, for unit tests,
 * in Node; it imports nothing of either.
 */
export { BasePlugin } from './contract/plugin.ts';
export { CLIPlugin } from './contract/cli-plugin.ts';
export { BlockchainPlugin } from './contract/blockchain-plugin.ts';
export { AIPlugin } from './contract/ai-plugin.ts';
export { definePlugin } from './contract/define-plugin.ts';
export type { Health, PluginClass } from './contract/plugin.ts';
export type { PluginDefinition } from './contract/define-plugin.ts';
export type {
  Command,
  CommandArgument,
  CommandGroup,
  CommandHandler,
  CommandIo,
  CommandOption,
} from './contract/commands.ts';
export type { EventBus, PluginContext, PluginEvent, PluginLogger, RemoteMethods } from './contract/context.ts';
export type { JsonSchema, Permissions, PluginMetadata, Requested, RequestedPermissions } from './contract/metadata.ts';
export type { Remote } from './contract/remote.ts';
export type { PluginStatus } from './contract/status.ts';
export type { Value } from './protocol/values.ts';
