import type { Value } from '../protocol/values.ts';

/** One line of the audit: every use of a capability, allowed or not (SPEC E5). */
export interface AuditRecord {
  /** ISO 8601. */
  readonly time: string;
  readonly plugin: string;
  readonly version: string;
  readonly digest: string;
  /** `net`, `read`, `write`, `env`, `events.publish`, `events.subscribe`, `services`, `plugins`; `limits` for a limit it passed. */
  readonly capability: string;
  readonly value: string;
  readonly outcome: 'allowed' | 'denied' | 'failed';
  /** The rule that decided, as the config spells it; `default` where none matched. */
  readonly rule: string;
  /** How many equal uses this line stands for, where it is more than one. */
  readonly count?: number;
}

export type AuditSink = (record: AuditRecord) => void;

/** What a service of the application is: `defineService` makes one. */
export interface HostService {
  readonly methods: ReadonlyMap<string, ServiceMethod>;
}

export type ServiceMethod = (input: never, context: ServiceContext) => unknown;

export interface ServiceContext {
  /** Who calls. */
  readonly plugin: string;
  readonly version: string;
  readonly signal: AbortSignal;
}

/** How the broker reaches what lives above it: events, other plugins, services of plugins. The manager implements it. */
export interface Switchboard {
  publish(from: string, topic: string, data: Value): void;
  subscribe(plugin: string, pattern: string): void;
  unsubscribe(plugin: string, pattern: string): void;
  callPlugin(from: string, plugin: string, method: string, args: readonly Value[], signal: AbortSignal): Promise<Value>;
  /** Host services first, then services that plugins registered. */
  callService(
    from: { plugin: string; version: string },
    service: string,
    method: string,
    args: readonly Value[],
    signal: AbortSignal,
  ): Promise<Value>;
  registerService(plugin: string, service: string, methods: readonly string[]): void;
  /** The plugin passed a limit, `times` more. */
  passed(plugin: string, limit: string, times: number): void;
}
