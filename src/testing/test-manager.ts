import { loadConfig } from '../config/load.ts';
import { silentLogger } from '../core/logger.ts';
import { HOST_VERSION } from '../core/host-version.ts';
import { systemClock, type Clock } from '../manager/clock.ts';
import { PluginManager } from '../manager/manager.ts';
import type { ManagerOptions } from '../manager/options.ts';
import type { FakePlugin } from './fake-instance.ts';
import { createFakeRooms, type FakeRooms } from './fake-rooms.ts';

export interface TestManagerOptions extends Pick<
  ManagerOptions,
  'services' | 'interfaces' | 'hostVersion' | 'logger' | 'frozen'
> {
  /** By the names the application calls them by: classes, `definePlugin({…})`, or objects of methods. */
  readonly plugins: Readonly<Record<string, FakePlugin>>;
  /**
   * What plugins.yaml would say beside them. Default: each is enabled, without config. `plugins` is merged by name, so
   * `{ plugins: { greeter: { config: { greeting: 'Hi' } } } }` is enough.
   */
  readonly config?: { readonly plugins?: Readonly<Record<string, object>>; readonly [key: string]: unknown };
}

/**
 * A manager for the tests of an application: the real one, with its states, order, events and calls, on plugins that run in
 * this process. No files, no processes, no permissions, no memory limits.
 */
export async function createTestManager(options: TestManagerOptions): Promise<PluginManager> {
  return (await createTestRooms(options)).manager;
}

/** The same, with a hand on the time and on the fakes: for the tests of this package. */
export async function createTestRooms(
  options: TestManagerOptions & { readonly clock?: Clock },
): Promise<{ manager: PluginManager; rooms: FakeRooms }> {
  const { plugins, clock = systemClock, logger = silentLogger } = options;
  const { plugins: settings = {}, ...rest } = options.config ?? {};
  const names = [...new Set([...Object.keys(plugins), ...Object.keys(settings)])];
  const entries = names.map((name) => [name, { enabled: true, ...settings[name] }]);
  const config = await loadConfig({ object: { ...rest, plugins: Object.fromEntries(entries) }, env: {} });
  const rooms = createFakeRooms(config, plugins, clock, logger);
  const manager = new PluginManager({
    rooms,
    clock,
    logger,
    services: options.services ?? {},
    interfaces: options.interfaces ?? {},
    frozen: options.frozen ?? false,
    host: { version: options.hostVersion ?? HOST_VERSION, platform: process.platform, arch: process.arch },
  });
  return { manager, rooms };
}
