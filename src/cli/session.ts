import { resolve } from 'node:path';
import { runOptions, type RunOptions } from '../config/environment.ts';
import { findConfig } from '../config/find.ts';
import type { HostConfig } from '../config/types.ts';
import { isPluginError } from '../core/errors.ts';
import type { Logger, LogLevel } from '../core/logger.ts';
import type { Loader } from '../loader/types.ts';
import type { PluginManager } from '../manager/manager.ts';
import type { StartReport } from '../manager/report.ts';
import type { Sandbox } from '../sandbox/types.ts';
import type { Globals } from './globals.ts';
import { interruptSignal } from './interrupts.ts';
import { createHeldLogger, type HeldLogger } from './held-logger.ts';
import { createLogger } from './logger.ts';
import type { Output } from './output.ts';
import { createProgress, type ProgressLine } from './progress.ts';

/** What one run of the command line works with. Heavy rooms are loaded when they are first asked for. */
export interface Session {
  readonly globals: Globals;
  readonly output: Output;
  readonly run: RunOptions;
  readonly logger: HeldLogger;
  readonly progress: ProgressLine;
  /** Aborted by SIGINT and SIGTERM; the second one ends the process. */
  readonly signal: AbortSignal;
  /** Where the config is, or would be; undefined when there is none upward. */
  configFile(): Promise<string | undefined>;
  /** The config; `begin`: where there is none, or an empty one, it is begun with no plugins. */
  config(options?: { readonly begin?: boolean }): Promise<HostConfig>;
  loader(config: HostConfig): Promise<Loader>;
  /** `spare`: a host that stays up has a runtime process standing by. `logger`: in place of the session's. */
  manager(options?: { readonly spare?: boolean; readonly logger?: Logger }): Promise<PluginManager>;
  /** A manager that has started these plugins, or all. What failed is in the report; the logger holds it, too. */
  start(
    names?: readonly string[],
    manager?: PluginManager,
  ): Promise<{ readonly manager: PluginManager; readonly report: StartReport }>;
  /** From now on the secrets of this config are kept out of what is written. */
  redact(config: HostConfig): Promise<void>;
  /** Ends what the session opened. */
  close(): Promise<void>;
}

export interface SessionOptions {
  readonly globals: Globals;
  readonly output: Output;
  /** What is logged unless `--log-level` or `AITBC_LOG` says. */
  readonly logLevel: LogLevel;
}

export function createSession({ globals, output, logLevel }: SessionOptions): Session {
  const { env } = process;
  const cwd = process.cwd();
  const level = globals.logLevel ?? (env['AITBC_LOG'] ? undefined : logLevel);
  const run = runOptions(env, { ...globals, ...(level === undefined ? {} : { logLevel: level }) });
  const logger = createHeldLogger(createLogger(run.logLevel, output));
  const progress = createProgress({ enabled: !globals.json && !run.ci });
  const flags = {
    ...(globals.dataDir === undefined ? {} : { dataDir: globals.dataDir }),
    ...(globals.cacheDir === undefined ? {} : { cacheDir: globals.cacheDir }),
  };
  const closers: (() => Promise<void>)[] = [];
  let signal: AbortSignal | undefined;

  const session: Session = {
    globals,
    output,
    run,
    logger,
    progress,
    get signal() {
      return (signal ??= interruptSignal());
    },
    configFile: () => findConfig({ file: globals.config, env, cwd }),
    async config({ begin = false } = {}) {
      const { loadConfig } = await import('../config/load.ts');
      const file = await session.configFile();
      const load = async (): Promise<HostConfig> => {
        if (!begin || (file !== undefined && !(await isBlank(file)))) return loadConfig({ file, env, cwd, flags });
        return beginConfig(file ?? resolve(cwd, 'plugins.yaml'));
      };
      const config = await load();
      await session.redact(config);
      return config;
    },
    async loader(config) {
      const [{ createLoader }, { openStore }] = await Promise.all([
        import('../loader/loader.ts'),
        import('../store/store.ts'),
      ]);
      const { frozen, offline } = run;
      const store = openStore({ cacheDir: config.cacheDir, logger });
      // A plugin without a manifest is asked what it is, in a sandbox with nothing granted.
      let sandbox: Promise<Sandbox> | undefined;
      const loader = createLoader({
        config,
        store,
        frozen,
        offline,
        logger,
        progress,
        sandbox: () =>
          (sandbox ??= import('../sandbox/create-sandbox.ts').then((room) =>
            room.createSandbox({ logger, hardening: config.hardening }),
          )),
      });
      closers.push(async () => (await sandbox)?.close());
      return loader;
    },
    async manager({ spare = false, ...options } = {}) {
      const [file, { PluginManager }] = await Promise.all([session.configFile(), import('../manager/manager.ts')]);
      const { frozen, offline } = run;
      const manager = await PluginManager.create({
        progress,
        spare,
        ...(file === undefined ? {} : { config: file }),
        ...flags,
        frozen,
        offline,
        logger: options.logger ?? logger,
      });
      await session.redact(manager.config);
      closers.push(() => manager.close());
      return manager;
    },
    async start(names, given) {
      const manager = given ?? (await session.manager({ spare: names === undefined }));
      try {
        const report = await manager.startAll({
          ...(names ? { names, retry: false } : {}),
          signal: session.signal,
        });
        return { manager, report };
      } finally {
        progress.clear();
      }
    },
    async redact({ secrets }) {
      if (secrets.length === 0) return;
      const { createRedactor } = await import('../config/redact.ts');
      output.redactWith(createRedactor(secrets));
    },
    async close() {
      progress.clear();
      for (const close of closers.splice(0).reverse()) await close();
    },
  };

  const beginConfig = async (file: string): Promise<HostConfig> => {
    const { loadConfig } = await import('../config/load.ts');
    const { lockFileOf } = await import('../config/paths.ts');
    const { dirname } = await import('node:path');
    const config = await loadConfig({ object: { plugins: {} }, env, cwd: dirname(file), flags });
    return { ...config, file, lockFile: lockFileOf(file) };
  };
  return session;
}

/** True for a config that is not there, or holds nothing yet. */
async function isBlank(file: string): Promise<boolean> {
  const { readFile } = await import('node:fs/promises');
  const { parseText } = await import('../config/parse-text.ts');
  try {
    const text = (await readFile(file, 'utf8')).replace(/^\uFEFF/, '');
    return text.trim() === '' || (!file.endsWith('.json') && parseText(text, file).value === null);
  } catch (error) {
    if (!isPluginError(error) && (error as NodeJS.ErrnoException).code === 'ENOENT') return true;
    throw error;
  }
}
