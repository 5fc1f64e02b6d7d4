import { join } from 'node:path';
import { createAuditLog } from '../capabilities/audit.ts';
import { createBroker } from '../capabilities/broker.ts';
import { checkEnv, grantedEnv } from '../capabilities/env.ts';
import { compileGrants } from '../capabilities/grants.ts';
import type { AuditSink, Switchboard } from '../capabilities/types.ts';
import { createRedactor } from '../config/redact.ts';
import type { HostConfig } from '../config/types.ts';
import type { Permissions } from '../contract/metadata.ts';
import { parseDependency } from '../contract/dependency.ts';
import type { Logger } from '../core/logger.ts';
import { assertAgrees } from '../loader/agree.ts';
import { createLoader } from '../loader/loader.ts';
import type { Loader, Prepared, Progress } from '../loader/types.ts';
import { PluginError } from '../core/errors.ts';
import { createSandbox } from '../sandbox/create-sandbox.ts';
import { openStore } from '../store/store.ts';
import { openQuarantine, quarantineFile } from './quarantine.ts';
import { redactedLogger } from './redacted-logger.ts';
import type { Grant, NextConfig, Rooms } from './rooms.ts';

export interface JoinOptions {
  /** Reads the config again, from where `config` came. */
  readonly read: () => Promise<HostConfig>;
  readonly config: HostConfig;
  readonly logger: Logger;
  readonly audit: AuditSink | undefined;
  readonly progress: Progress | undefined;
  readonly spare: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly frozen: boolean;
  readonly offline: boolean;
  readonly hostVersion: string | undefined;
}

/** Joins loader, sandbox and capabilities for one config. No process is started yet, and no file is written. */
export function joinRooms({ config: first, env, ...options }: JoinOptions): Rooms {
  let config = first;
  let redactor = createRedactor(config.secrets);
  const redact = (text: string): string => redactor(text);
  const logger = redactedLogger(options.logger, redact);
  const sandbox = createSandbox({ logger, hardening: config.hardening, spare: options.spare });
  const store = openStore({ cacheDir: config.cacheDir, logger });
  const loaderFor = (host: HostConfig): Loader =>
    createLoader({
      config: host,
      store,
      logger,
      frozen: options.frozen,
      offline: options.offline,
      sandbox: async () => sandbox,
      ...(options.progress ? { progress: options.progress } : {}),
      ...(options.hostVersion === undefined ? {} : { hostVersion: options.hostVersion }),
    });
  let loader = loaderFor(config);
  const quarantine = openQuarantine(quarantineFile(config.dataDir), logger);
  const audit = createAuditLog({ file: join(config.dataDir, 'audit.jsonl'), redact, logger });
  if (options.audit) audit.listen(options.audit);

  const grant = async (prepared: Prepared, switchboard: Switchboard, secrets: readonly string[]): Promise<Grant> => {
    const { name, lock, config: plugin } = prepared;
    const hidden = hiddenIn(config);
    const compile = (permissions: Permissions) =>
      compileGrants(permissions, { name, dependencies: dependencyNames(prepared), hidden });
    const grants = compile(plugin.permissions);
    const own = secrets.length === 0 ? redact : createRedactor([...config.secrets, ...secrets]);
    const folder = join(config.dataDir, 'plugins', `${name}-${prepared.identity.replace('sha256:', '').slice(0, 12)}`);
    const broker = createBroker({
      plugin: { name, version: lock.metadata.version, digest: lock.integrity },
      grants,
      limits: plugin.limits,
      switchboard,
      audit: audit.sink,
      files: { dataDir: join(folder, 'data'), tempDir: join(folder, 'tmp'), plugin: prepared.files, hidden },
      redact: own,
      logger,
    });
    const variables = grantedEnv(grants.env, env);
    // To hand a variable over is its use: what the plugin then does with it nobody sees.
    for (const [value, text] of Object.entries(variables)) {
      if (text === null) continue;
      const { rule } = checkEnv(grants.env, value);
      audit.sink({
        time: new Date().toISOString(),
        plugin: name,
        version: lock.metadata.version,
        digest: lock.integrity,
        capability: 'env',
        value,
        outcome: 'allowed',
        rule,
      });
    }
    return {
      port: broker,
      env: variables,
      redact: own,
      setPermissions: (permissions) => broker.setGrants(compile(permissions)),
      attach: (call, streams) => broker.attachStdio(call, streams),
      close: () => broker.close(),
    };
  };

  const next = async (): Promise<NextConfig> => {
    const read = await options.read();
    for (const [key, before, after] of [
      ['data_dir', config.dataDir, read.dataDir],
      ['cache_dir', config.cacheDir, read.cacheDir],
      ['hardening', config.hardening, read.hardening],
    ] as const) {
      if (before !== after) {
        throw new PluginError('ERR_STATE', `Cannot reload the config: ${key} is another`, {
          details: { before, after },
          hint: 'end the host and start it again',
        });
      }
    }
    const loaderOfNext = loaderFor(read);
    return {
      config: read,
      prepare: (wanted) => loaderOfNext.prepare(wanted),
      use() {
        config = read;
        redactor = createRedactor(read.secrets);
        loader = loaderOfNext;
      },
    };
  };

  return {
    get config() {
      return config;
    },
    sandbox,
    quarantine,
    redact,
    next,
    prepare: (wanted) => loader.prepare(wanted),
    grant,
    assertPermissions: (name, permissions) => void compileGrants(permissions, { name, hidden: hiddenIn(config) }),
    assertAgrees,
    async close() {
      await sandbox.close();
      await quarantine.settled();
      await audit.close();
    },
  };
}

/** What no plugin may be granted. */
function hiddenIn({ file, lockFile, dataDir, cacheDir }: HostConfig): string[] {
  return [dataDir, cacheDir, lockFile, ...(file === undefined ? [] : [file])];
}

/** What it may call where `permissions.plugins` says nothing else. */
function dependencyNames({ config, lock }: Prepared): string[] {
  const written = [...config.dependencies, ...(lock.metadata.dependencies ?? [])];
  return written.flatMap((text) => parseDependency(text)?.name ?? []);
}
