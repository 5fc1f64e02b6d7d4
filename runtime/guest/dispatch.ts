/** What the host asks of the plugin (HostRequests): each answer leaves as data, each throw as text. */
import { encodeValue, ValueError } from '../../src/protocol/encode.ts';
import { FRAME, type WireThrown } from '../../src/protocol/messages.ts';
import type { CommandContext, HostRequests, WireDelivery } from '../../src/protocol/requests.ts';
import type { Value } from '../../src/protocol/values.ts';
import { boot, send } from './bridge.ts';
import { componentHost, duringCall } from './component.ts';
import type { ComponentHost } from './component/host.ts';
import { commandManifest, runCommand } from './command.ts';
import { handleBatch } from './event-batch.ts';
import { deliver } from './events.ts';
import { Refusal, thrownText } from './failure.ts';
import { passed } from './passed.ts';
import { findMethod, instantiate, publicMethods, type PluginObject } from './plugin.ts';
import { arrayJoin, dateNow, promiseThen, reflectApply } from './primordials.ts';
import type { NodeHost } from './node/shared/host.ts';
import { callService } from './services.ts';
import { nodeHost } from './web/node-host.ts';

type Lifecycle = HostRequests['lifecycle']['args'][0];

/** The status a successful lifecycle method leads to: kept here for `healthCheck`, decided by the host. */
const STATUS_AFTER = { initialize: 'loaded', start: 'active', stop: 'inactive', cleanup: 'unloading' } as const;

type Program = (host: NodeHost | ComponentHost) => Promise<unknown>;

let script: Program | undefined;
let plugin: PluginObject | undefined;
let errors = 0;
const born = dateNow();

export function define(program: Program): void {
  script = program;
}

/** One call of the host; settles by a message, whatever the plugin does. */
export function onCall(call: number, op: string, args: readonly unknown[]): void {
  void promiseThen(
    duringCall(call, () => answer(call, op, args)),
    (value) => settle(call, value),
    (error) => fail(call, error),
  );
}

function settle(call: number, value: unknown): void {
  let encoded;
  try {
    encoded = encodeValue(value, boot.limits.message, 'result');
  } catch (error) {
    send(FRAME.thrown, call, thrownText(error, kindOf(error)));
    return;
  }
  send(FRAME.result, call, encoded.text, encoded.bytes);
}

function kindOf(error: unknown): WireThrown['kind'] {
  if (!ValueError.is(error)) return 'threw';
  if (error.code === 'ERR_VALUE') return 'value';
  passed('message');
  return 'limit';
}

function countError(): void {
  errors += 1;
}

function fail(call: number, error: unknown): void {
  countError();
  send(FRAME.thrown, call, thrownText(error));
}

async function answer(call: number, op: string, args: readonly unknown[]): Promise<unknown> {
  if (op === 'describe') return await describe();
  const self = plugin;
  if (self === undefined) throw new Refusal('state', 'it was not described yet');
  switch (op) {
    // `return await`: a bare return of a promise would call its `then`, which the plugin may have replaced.
    case 'call':
      return await callMethod(self, args[0] as string, args[1] as readonly Value[]);
    case 'lifecycle':
      return await lifecycle(self, args[0] as Lifecycle);
    case 'health':
      return await health(self);
    case 'service':
      return await callService(args[0] as string, args[1] as string, args[2] as readonly Value[]);
    case 'events':
      return await handleBatch(
        call,
        args[0] as readonly WireDelivery[],
        (delivery) => event(self, delivery),
        countError,
      );
    case 'command':
      return await runCommand(
        self,
        call,
        args[0] as [string, string],
        args[1] as { readonly [name: string]: Value },
        args[2] as CommandContext,
      );
    default:
      throw new Refusal('method', `the runtime knows no operation "${op}"`);
  }
}

/** A component of the world cli: one export runs the commands that its manifest names. */
function runsCommands(self: PluginObject): boolean {
  return boot.kind === 'component' && typeof self['_command'] === 'function';
}

async function describe(): Promise<unknown> {
  const program = script;
  script = undefined;
  if (program === undefined) throw new Refusal('state', 'it was described already');
  const self = await instantiate(await program(boot.kind === 'component' ? componentHost() : nodeHost(boot.env)));
  const metadata = await (optional(self, 'getMetadata') ?? self['metadata']);
  if (typeof metadata !== 'object' || metadata === null) {
    throw new Refusal('metadata', 'it has no metadata: getMetadata() returns an object with name, version, …');
  }
  const configSchema = (await optional(self, 'getConfigSchema')) ?? self['configSchema'] ?? {};
  const description = {
    metadata,
    commands: commandManifest(self),
    configSchema,
    methods: publicMethods(self),
    interfaces: (metadata as { interfaces?: unknown }).interfaces ?? (runsCommands(self) ? ['cli'] : []),
  };
  plugin = self;
  return description;
}

function callMethod(self: PluginObject, name: string, args: readonly Value[]): unknown {
  if (name === 'getCommands') return commandManifest(self);
  const method = findMethod(self, name);
  if (method === undefined) {
    const methods = arrayJoin(publicMethods(self), ', ');
    throw new Refusal('method', `it has no public method "${name}"; it has: ${methods === '' ? 'none' : methods}`);
  }
  return reflectApply(method, self, args as never);
}

async function lifecycle(self: PluginObject, method: Lifecycle): Promise<boolean> {
  const accepted = (await optional(self, method, [self['context']])) !== false;
  if (accepted) keep(self, 'status', STATUS_AFTER[method]);
  return accepted;
}

async function health(self: PluginObject): Promise<unknown> {
  keep(self, 'errorCount', errors);
  const answer = await optional(self, 'healthCheck');
  if (answer !== undefined) return answer;
  return {
    status: self['status'] ?? 'active',
    uptime: (dateNow() - born) / 1_000,
    memory_usage: 0,
    error_count: errors,
  };
}

function event(self: PluginObject, delivery: WireDelivery): unknown {
  const given = delivery[0];
  const subscription = delivery[1];
  if (subscription !== null) return deliver(subscription, given);
  const args: unknown[] = boot.kind === 'component' ? [given.type, given.data, given] : [given.type, given.data];
  return optional(self, 'handleEvent', args);
}

/** Calls a method of the contract, where the plugin has it. */
function optional(self: PluginObject, name: string, args: readonly unknown[] = []): unknown {
  const method = self[name];
  if (typeof method !== 'function') return undefined;
  return reflectApply(method as () => unknown, self, args as never);
}

/** A frozen plugin object keeps what it has. */
function keep(self: PluginObject, name: string, value: unknown): void {
  try {
    self[name] = value;
  } catch {
    return;
  }
}
