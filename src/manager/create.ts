import { runOptions } from '../config/environment.ts';
import { loadConfig } from '../config/load.ts';
import { silentLogger } from '../core/logger.ts';
import type { HostConfig } from '../config/types.ts';
import type { ManagerParts } from './assemble.ts';
import { systemClock } from './clock.ts';
import { HOST_VERSION } from '../core/host-version.ts';
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
  const from = typeof options.config === 'object' ? { object: options.config } : { file: options.config };
  const read = (): Promise<HostConfig> => loadConfig({ ...from, lock: options.lock, env, flags });
  const config = await read();
  // The file that was found at first is the host's, wherever the application moves to.
  const again = (): Promise<HostConfig> =>
    config.file === undefined ? read() : loadConfig({ file: config.file, lock: options.lock, env, flags });
  const rooms = joinRooms({
    config,
    read: again,
    logger,
    audit: options.audit,
    progress: options.progress,
    spare: options.spare ?? true,
    env,
    frozen,
    offline,
    hostVersion: options.hostVersion,
  });
  return {
    rooms,
    services: options.services ?? {},
    interfaces: options.interfaces ?? {},
    host: { version: options.hostVersion ?? HOST_VERSION, platform: process.platform, arch: process.arch },
    logger: redactedLogger(logger, (text) => rooms.redact(text)),
    frozen,
    clock: systemClock,
  };
}
