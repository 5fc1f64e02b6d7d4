/** `@aitbc/plugins`: the plugin host as a library. Plugins themselves import `@aitbc/plugins/sdk`. */
export { PluginManager, type StartOptions } from './manager/manager.ts';
export type { ManagerOptions } from './manager/options.ts';
export type { CallOptions } from './manager/calls.ts';
export type { CommandPath, ExecIo, ExecSink } from './manager/exec.ts';
export type { EventCounts, EventHandler } from './manager/event-hub.ts';
export type { AppInterfaces } from './manager/interfaces.ts';
export type { StatusChange } from './manager/managed-plugin.ts';
export type { NotStarted, PluginState, StartReport } from './manager/report.ts';
export { defineService, type DefinedService, type ServiceClient } from './capabilities/services.ts';
export type { AuditRecord, AuditSink, HostService, ServiceContext } from './capabilities/types.ts';
export { createTestManager, type TestManagerOptions } from './testing/test-manager.ts';
export type { FakePlugin } from './testing/fake-instance.ts';
export { PluginError, isPluginError } from './core/errors.ts';
export { CODES, type ErrorCode } from './core/codes.ts';
export type { LogLevel, Logger } from './core/logger.ts';
export { PLUGIN_STATUSES, type PluginStatus, type StatusReason } from './contract/status.ts';
export type { AIPlugin } from './contract/ai-plugin.ts';
export type { BasePlugin } from './contract/plugin.ts';
export type { BlockchainPlugin } from './contract/blockchain-plugin.ts';
export type { CLIPlugin } from './contract/cli-plugin.ts';
export type { CommandGroup, CommandGroupManifest } from './contract/commands.ts';
export type { PluginContext, PluginEvent } from './contract/context.ts';
export type { Permissions, PluginMetadata } from './contract/metadata.ts';
// A star, because declarations of an application are merged into what a star re-exports, not into an alias.
export * from './contract/remote.ts';
export type { Value } from './protocol/values.ts';
