import type { Clock } from '../../src/manager/clock.ts';
import { BasePlugin } from '../../src/contract/plugin.ts';
import type { JsonSchema, PluginMetadata } from '../../src/contract/metadata.ts';

export interface FakeClock extends Clock {
  /** Moves the time on and runs what is due, in order; what that sets going is awaited. */
  advance(ms: number): Promise<void>;
  /** Timers that are set. */
  readonly pending: number;
}

export function createFakeClock(): FakeClock {
  let time = Date.parse('2026-01-01T00:00:00Z');
  const timers = new Set<{ at: number; work: () => void }>();
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
  };
  return {
    now: () => time,
    random: () => 0,
    after(ms, work) {
      const timer = { at: time + ms, work };
      timers.add(timer);
      return () => timers.delete(timer);
    },
    get pending() {
      return timers.size;
    },
    async advance(ms) {
      await settle();
      const end = time + ms;
      for (;;) {
        const [next] = [...timers].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        timers.delete(next);
        time = Math.max(time, next.at);
        next.work();
        await settle();
      }
      time = end;
      await settle();
    },
  };
}

export function metadataOf(name: string, more: Partial<PluginMetadata> = {}): PluginMetadata {
  return { name, version: '1.0.0', description: 'A test', author: 'tests', license: 'MIT', ...more };
}

export interface Recorded {
  readonly steps: string[];
  /** A plugin class that notes its lifecycle as `name.step`; `hooks` override what a step does. */
  plugin(
    name: string,
    more?: Partial<PluginMetadata>,
    hooks?: Partial<Record<Step, () => unknown>>,
    schema?: JsonSchema,
  ): new (context: never) => BasePlugin<never>;
}

type Step = 'initialize' | 'start' | 'stop' | 'cleanup' | 'healthCheck';

export function recorder(): Recorded {
  const steps: string[] = [];
  return {
    steps,
    plugin(name, more = {}, hooks = {}, schema = {}) {
      const run = async (step: Step): Promise<boolean> => {
        steps.push(`${name}.${step}`);
        const result = await hooks[step]?.();
        return result !== false;
      };
      return class extends BasePlugin {
        getMetadata(): PluginMetadata {
          return metadataOf(name, more);
        }
        override getConfigSchema(): JsonSchema {
          return schema;
        }
        override initialize = () => run('initialize');
        override start = () => run('start');
        override stop = () => run('stop');
        override cleanup = () => run('cleanup');
        override healthCheck = async () =>
          ((await hooks.healthCheck?.()) ?? { status: 'active' }) as Record<string, string>;
      } as never;
    },
  };
}
