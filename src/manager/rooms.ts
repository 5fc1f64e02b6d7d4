import type { Switchboard } from '../capabilities/types.ts';
import type { HostConfig } from '../config/types.ts';
import type { Permissions } from '../contract/metadata.ts';
import type { HostPort } from '../contract/port.ts';
import type { PrepareOptions, PrepareReport, Prepared } from '../loader/types.ts';
import type { PluginDescription } from '../protocol/requests.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { Quarantine } from './quarantine.ts';

/** Where the bytes of one running command come from and go to. */
export interface CommandStreams {
  /** Undefined: empty. */
  readonly stdin: AsyncIterable<Uint8Array> | undefined;
  /** Resolves when the stream has taken the chunk. */
  write(stream: 'stdout' | 'stderr', chunk: Uint8Array): Promise<void>;
}

/** One plugin's door to what the config grants it. */
export interface Grant {
  readonly port: HostPort;
  /** Granted variables alone. */
  readonly env: Readonly<Record<string, string | null>>;
  /** Takes the secrets of the config out of a text. */
  redact(text: string): string;
  /** From now on these, as the config would spell them with absolute paths; what runs and is no longer granted is cut. */
  setPermissions(permissions: Permissions): void;
  /** Joins the streams of a command to the call that runs it; what it returns parts them. */
  attach(call: number, streams: CommandStreams): () => void;
  /** Ends all that the plugin holds on the host: requests, files, sockets. Idempotent. */
  close(): Promise<void>;
}

/** A config that was read and does not hold yet. */
export interface NextConfig {
  readonly config: HostConfig;
  /** Verifies and builds by this config and the lock as it is now. */
  prepare(options: PrepareOptions): Promise<PrepareReport>;
  /** From now on the rooms are this config's. */
  use(): void;
}

/** The rooms below the manager, joined: what it needs of each, and nothing else. */
export interface Rooms {
  /** What holds now: `NextConfig.use` replaces it. */
  readonly config: HostConfig;
  readonly sandbox: Sandbox;
  readonly quarantine: Quarantine;
  /** Takes the secrets of the config out of a text. */
  redact(text: string): string;
  /** Reads the config anew from where it came; nothing changes yet. @throws what `loadConfig` throws, ERR_STATE */
  next(): Promise<NextConfig>;
  /** Verifies and builds; runs nothing. */
  prepare(options: PrepareOptions): Promise<PrepareReport>;
  /** By `prepared.config.permissions`. `secrets`: values of its config that are redacted beside those of the whole config. */
  grant(prepared: Prepared, switchboard: Switchboard, secrets: readonly string[]): Promise<Grant>;
  /** @throws ERR_CONFIG_INVALID for a rule that is none. */
  assertPermissions(name: string, permissions: Permissions): void;
  /** @throws ERR_METADATA when the code says something else than the lock. */
  assertAgrees(prepared: Prepared, description: PluginDescription): void;
  /** Ends every process, connection and timer of the rooms. Idempotent. */
  close(): Promise<void>;
}
