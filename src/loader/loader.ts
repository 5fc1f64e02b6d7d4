import type { HostConfig } from '../config/types.ts';
import { HOST_VERSION } from '../core/host-version.ts';
import { silentLogger, type Logger } from '../core/logger.ts';
import type { Registries } from '../registry/types.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { PluginScan } from '../source/scan.ts';
import type { Store } from '../store/types.ts';
import { NO_PUBLISHERS, readPublishers, readSigners, type Publishers } from '../trust/publishers.ts';
import type { RegistryRevocations } from '../trust/revocations/revoked.ts';
import type { LoaderContext } from './context.ts';
import { prepare, verifyLocked } from './prepare.ts';
import { info, list } from './report.ts';
import { rooms } from './rooms.ts';
import type { Loader, Progress } from './types.ts';

export interface LoaderOptions {
  readonly config: HostConfig;
  readonly store: Store;
  /** The lock may not be written: `runOptions` of src/config says when. Default false. */
  readonly frozen?: boolean;
  /** Nothing may be fetched. Default false. */
  readonly offline?: boolean;
  readonly logger?: Logger;
  readonly progress?: Progress;
  /** What plugins' `min_aitbc_version` and `max_aitbc_version` are compared with. Default: this package's version. */
  readonly hostVersion?: string;
  /** Where a plugin without a manifest is asked what it is; called when one is pinned, and its result is not closed here. */
  readonly sandbox: () => Promise<Sandbox>;
}

export function createLoader(options: LoaderOptions): Loader {
  const { config, store, logger = silentLogger } = options;
  /** One operation: `plugin_paths` are scanned once in it. */
  const context = (): LoaderContext => {
    let scan: Promise<PluginScan> | undefined;
    let publishers: Promise<Publishers> | undefined;
    let reviewers: Promise<Publishers> | undefined;
    let registries: Promise<Registries> | undefined;
    let revoked: Promise<readonly RegistryRevocations[]> | undefined;
    const made: LoaderContext = {
      config,
      store,
      logger,
      frozen: options.frozen ?? false,
      offline: options.offline ?? false,
      progress: options.progress ?? { update() {} },
      host: { version: options.hostVersion ?? HOST_VERSION, platform: process.platform, arch: process.arch },
      sandbox: options.sandbox,
      registries: (signal) => (registries ??= rooms.registries(made, signal)),
      revoked: () => (revoked ??= hasRevocations(config) ? rooms.revoked(made) : Promise.resolve([])),
      publishers: () => (publishers ??= publishersOf(config)),
      reviewers: () => (reviewers ??= reviewersOf(config)),
      scan: () => (scan ??= scanAndReport(config, logger)),
    };
    return made;
  };
  return {
    prepare: (wanted) => prepare(context(), wanted),
    fetchAll: (wanted) => prepare(context(), { ...wanted, heal: true }),
    verify: (wanted) => verifyLocked(context(), wanted),
    inventories: async (wanted) => (await rooms.inventories()).inventories(context(), wanted),
    audit: async (wanted) => (await rooms.vulnerabilities()).audit(context(), wanted),
    identify: async (target, wanted) => (await rooms.write()).identify(context(), target, wanted),
    add: async (specifier, wanted) => (await rooms.write()).add(context(), specifier, wanted),
    remove: async (name, wanted) => (await rooms.write()).remove(context(), name, wanted),
    setEnabled: async (name, enabled) => (await rooms.write()).setEnabled(context(), name, enabled),
    lockAll: async (wanted) => (await rooms.write()).lockAll(context(), wanted),
    update: async (names, wanted) => (await rooms.write()).update(context(), names, wanted),
    rollback: async (name, wanted) => (await import('./rollback.ts')).rollback(context(), name, wanted),
    dependencies: async () => (await rooms.dependencies()).dependencies(context()),
    search: async (text, wanted) => (await rooms.discover()).searchRegistries(context(), text, wanted),
    offers: async (name, { signal } = {}) => (await rooms.discover()).offersOf(context(), name, signal),
    compare: async (before, after, wanted = {}) =>
      (await import('./compare.ts')).compare(context(), before, after, wanted),
    list: () => list(context()),
    info: (name) => info(context(), name),
  };
}

/** Without a list that somebody may sign, a start evaluates nothing of this. */
function hasRevocations({ registries = [] }: HostConfig): boolean {
  return registries.some(({ revocations }) => revocations !== undefined);
}

async function publishersOf({ trust }: HostConfig): Promise<Publishers> {
  return trust === undefined ? NO_PUBLISHERS : readPublishers(trust);
}

async function reviewersOf({ trust }: HostConfig): Promise<Publishers> {
  if (trust?.reviews === undefined) return NO_PUBLISHERS;
  return readSigners(trust.reviews.reviewers, trust.trustedRoot, 'trust.reviews.reviewers');
}

async function scanAndReport(config: HostConfig, logger: Logger): Promise<PluginScan> {
  const scan = await rooms.scanPluginPaths(config.pluginPaths);
  for (const { path, error } of scan.broken) {
    logger.log('warn', 'a folder of plugin_paths has what looks like a plugin and is none', {
      path,
      code: error.code,
      cause: error.message,
    });
  }
  return scan;
}
