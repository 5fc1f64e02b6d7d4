import { join } from 'node:path';
import { createAuditLog } from '../capabilities/audit.ts';
import { createBroker } from '../capabilities/broker.ts';
import { grantedEnv } from '../capabilities/env.ts';
import { compileGrants } from '../capabilities/grants.ts';
import type { AuditSink, Switchboard } from '../capabilities/types.ts';
import { createRedactor } from '../config/redact.ts';
import type { HostConfig } from '../config/types.ts';
import { parseDependency } from '../contract/dependency.ts';
import type { Logger } from '../core/logger.ts';
import { assertAgrees } from '../loader/agree.ts';
import { createLoader } from '../loader/loader.ts';
import type { Prepared, Progress } from '../loader/types.ts';
import { createSandbox } from '../sandbox/create-sandbox.ts';
import { openStore } from '../store/store.ts';
import { redactedLogger } from './redacted-logger.ts';
import type { Grant, Rooms } from './rooms.ts';

export interface JoinOptions {
  readonly config: HostConfig;
  readonly logger: Logger;
  readonly audit: AuditSink | undefined;
  readonly progress: Progress | undefined;
  readonly spare: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly frozen: boolean;
  readonly offline: boolean;
}

/** Joins loader, sandbox and capabilities for one config. No process is started yet, and no file is written. */
export function joinRooms({ config, env, ...options }: JoinOptions): Rooms {
  const redact = createRedactor(config.secrets);
  const logger = redactedLogger(options.logger, redact);
  const sandbox = createSandbox({ logger, spare: options.spare });
  const store = openStore({ cacheDir: config.cacheDir, logger });
  const loader = createLoader({
    config,
    store,
    logger,
    frozen: options.frozen,
    offline: options.offline,
    sandbox: async () => sandbox,
    ...(options.progress ? { progress: options.progress } : {}),
  });
  const audit = createAuditLog({ file: join(config.dataDir, 'audit.jsonl'), redact, logger });
  if (options.audit) audit.listen(options.audit);

  const grant = async (prepared: Prepared, switchboard: Switchboard, secrets: readonly string[]): Promise<Grant> => {
    const { name, lock, config: plugin } = prepared;
    const files = [config.file, config.lockFile].filter((path) => path !== undefined);
    const hidden = [config.dataDir, config.cacheDir, ...files];
    const grants = compileGrants(plugin.permissions, { name, dependencies: dependencyNames(prepared), hidden });
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
    return {
      port: broker,
      env: grantedEnv(grants.env, env),
      redact: own,
      attach: (call, streams) => broker.attachStdio(call, streams),
      close: () => broker.close(),
    };
  };

  return {
    config,
    sandbox,
    prepare: (wanted) => loader.prepare(wanted),
    grant,
    assertAgrees,
    async close() {
      await sandbox.close();
      await audit.close();
    },
  };
}

/** What it may call where `permissions.plugins` says nothing else. */
function dependencyNames({ config, lock }: Prepared): string[] {
  const written = [...config.dependencies, ...(lock.metadata.dependencies ?? [])];
  return written.flatMap((text) => parseDependency(text)?.name ?? []);
}
