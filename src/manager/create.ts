import { runOptions } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { silentLogger } from '../core/logger.ts';
import { createRedactor } from '../config/redact.ts';
import type { ManagerParts } from './assemble.ts';
import { systemClock } from './clock.ts';
import { HOST_VERSION } from './host-version.ts';
import { joinRooms } from './join-rooms.ts';
import type { ManagerOptions } from './options.ts';
import { redactedLogger } from './redacted-logger.ts';

/** Reads the config and joins the rooms for it. @throws ERR_CONFIG_INVALID, ERR_CONFIG_ENV, ERR_USAGE */
export async function managerParts(options: ManagerOptions): Promise<ManagerParts> {
  const { env = process.env, logger = silentLogger, dataDir, cacheDir } = options;
  const flags = {
    ...(options.frozen === undefined ? {} : { frozen: options.frozen }),
    ...(options.offline === undefined ? {} : { offline: options.offline }),
    ...(dataDir === undefined ? {} : { dataDir }),
    ...(cacheDir === undefined ? {} : { cacheDir }),
  };
  const { frozen, offline } = runOptions(env, flags);
  const config = await loadConfig({
    ...(typeof options.config === 'object' ? { object: options.config } : { file: options.config }),
    lock: options.lock,
    env,
    flags,
  });
  return {
    rooms: joinRooms({
      config,
      logger,
      audit: options.audit,
      progress: options.progress,
      spare: options.spare ?? true,
      env,
      frozen,
      offline,
    }),
    services: options.services ?? {},
    interfaces: options.interfaces ?? {},
    host: { version: options.hostVersion ?? HOST_VERSION, platform: process.platform, arch: process.arch },
    logger: redactedLogger(logger, createRedactor(config.secrets)),
    frozen,
    clock: systemClock,
  };
}
