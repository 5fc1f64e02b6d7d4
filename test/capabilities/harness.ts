import { mkdtemp, realpath, rm } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { createBroker, type Broker, type BrokerOptions } from '../../src/capabilities/broker.ts';
import { compileGrants } from '../../src/capabilities/grants.ts';
import type { AuditRecord, Switchboard } from '../../src/capabilities/types.ts';
import type { Limits } from '../../src/config/types.ts';
import type { Permissions } from '../../src/contract/metadata.ts';
import type { PortResult } from '../../src/contract/port.ts';
import { PluginError } from '../../src/core/errors.ts';
import type { Logger } from '../../src/core/logger.ts';
import type { GuestOp, NetResponse } from '../../src/protocol/requests.ts';
import type { Value } from '../../src/protocol/values.ts';

export const LIMITS: Limits = {
  memory: 64 * 1_048_576,
  cpu: 500,
  timeout: 10_000,
  startTimeout: 10_000,
  stopTimeout: 10_000,
  storage: 1_048_576,
  files: 100,
  concurrency: 64,
  message: 1_048_576,
  logRate: 100,
  eventRate: 100,
  timers: 100,
  netConcurrency: 8,
  netRate: 1_000,
  netBytes: 1_048_576,
};

export interface Rig {
  readonly broker: Broker;
  readonly folder: string;
  readonly audited: AuditRecord[];
  readonly logged: { level: string; message: string; fields: Readonly<Record<string, unknown>> | undefined }[];
  readonly published: { from: string; topic: string; data: Value }[];
  readonly subscribed: Set<string>;
  ask(op: GuestOp, args: readonly Value[], io?: AskOptions): Promise<PortResult>;
}

export interface AskOptions {
  readonly signal?: AbortSignal;
  readonly body?: ReadableStream<Uint8Array>;
  readonly call?: number;
}

export interface RigOptions {
  readonly limits?: Partial<Limits>;
  readonly dependencies?: readonly string[];
  readonly switchboard?: Partial<Switchboard>;
  readonly net?: BrokerOptions['net'];
  readonly plugin?: ReadonlyMap<string, Uint8Array>;
  readonly hidden?: readonly string[];
  readonly redact?: (text: string) => string;
  readonly folder?: string;
}

/** Not below /tmp, which a plugin sees as its own; a real path. */
export async function tempFolder(): Promise<string> {
  const folder = await realpath(await mkdtemp('/var/tmp/caps-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  return folder;
}

/** A broker with real folders, a switchboard that remembers, and everything closed at the end of the test. */
export async function rig(permissions: Permissions = {}, options: RigOptions = {}): Promise<Rig> {
  const folder = options.folder ?? (await tempFolder());
  const audited: AuditRecord[] = [];
  const logged: Rig['logged'] = [];
  const published: Rig['published'] = [];
  const subscribed = new Set<string>();
  const logger: Logger = {
    log: (level, message, fields) => {
      logged.push({ level, message, fields });
    },
  };
  const nobody = async (): Promise<Value> => {
    throw new PluginError('ERR_STATE', 'Cannot call: nobody is there');
  };
  const broker = createBroker({
    plugin: { name: 'greeter', version: '1.0.0', digest: `sha256:${'0'.repeat(64)}` },
    grants: compileGrants(permissions, {
      name: 'greeter',
      ...(options.dependencies === undefined ? {} : { dependencies: options.dependencies }),
    }),
    limits: { ...LIMITS, ...options.limits },
    switchboard: {
      publish: (from, topic, data) => published.push({ from, topic, data }),
      subscribe: (_plugin, pattern) => subscribed.add(pattern),
      unsubscribe: (_plugin, pattern) => subscribed.delete(pattern),
      callPlugin: nobody,
      callService: nobody,
      registerService: () => undefined,
      passed: () => undefined,
      ...options.switchboard,
    },
    audit: (record) => audited.push(record),
    files: {
      dataDir: join(folder, 'data'),
      tempDir: join(folder, 'tmp'),
      plugin: options.plugin ?? new Map(),
      ...(options.hidden === undefined ? {} : { hidden: options.hidden }),
    },
    redact: options.redact ?? ((text) => text),
    logger,
    ...(options.net === undefined ? {} : { net: options.net }),
  });
  onTestFinished(() => broker.close());
  return {
    broker,
    folder,
    audited,
    logged,
    published,
    subscribed,
    ask: (op, args, io = {}) =>
      broker.request(op, args, {
        signal: io.signal ?? new AbortController().signal,
        body: io.body,
        call: io.call,
      }),
  };
}

/** What `work` throws, which must be a PluginError. */
export async function refusalOf(work: Promise<unknown>): Promise<PluginError> {
  try {
    await work;
  } catch (error) {
    if (error instanceof PluginError) return error;
    throw error;
  }
  throw new Error('it was not refused');
}

export interface Asked {
  readonly url: string;
  readonly method?: string;
  readonly headers?: readonly (readonly [string, string])[];
  readonly redirect?: 'follow' | 'error' | 'manual';
  readonly body?: string | ReadableStream<Uint8Array>;
  readonly signal?: AbortSignal;
}

/** `net.fetch` as a guest asks for it. */
export async function get(
  { ask }: Rig,
  request: Asked,
): Promise<{ head: NetResponse; body: ReadableStream<Uint8Array> | undefined; text: () => Promise<string> }> {
  const body = typeof request.body === 'string' ? new Blob([request.body]).stream() : request.body;
  const result = await ask(
    'net.fetch',
    [
      {
        url: request.url,
        method: request.method ?? 'GET',
        headers: request.headers ?? [],
        redirect: request.redirect ?? 'follow',
        hasBody: body !== undefined,
      },
    ],
    {
      ...(body === undefined ? {} : { body }),
      ...(request.signal === undefined ? {} : { signal: request.signal }),
    },
  );
  return {
    head: result.value as unknown as NetResponse,
    body: result.body,
    text: async () => {
      const chunks: Uint8Array[] = [];
      for await (const chunk of result.body ?? []) chunks.push(chunk);
      return Buffer.concat(chunks).toString();
    },
  };
}

export interface TestServer {
  readonly port: number;
  readonly host: string;
  readonly url: string;
  readonly server: Server;
}

/** A real HTTP server on 127.0.0.1, ended with the test. */
export async function serve(
  handler: (request: IncomingMessage, response: ServerResponse) => void,
  host = '127.0.0.1',
): Promise<TestServer> {
  const server = createServer(handler);
  await new Promise<void>((resolve) => {
    server.listen(0, host, resolve);
  });
  onTestFinished(
    () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  );
  const { port } = server.address() as AddressInfo;
  return { port, host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}/`, server };
}
