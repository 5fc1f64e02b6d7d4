import type { PluginManager } from '../manager/manager.ts';
import type { PluginState } from '../manager/report.ts';

/** One plugin in one sample of `top`. */
export interface TopRow {
  readonly name: string;
  readonly version: string | undefined;
  readonly status: PluginState['status'];
  readonly reason: PluginState['reason'];
  readonly pid: number | undefined;
  /** Bytes; undefined: it has no isolate, or its process does not answer now. */
  readonly memory: number | undefined;
  /** Share of one CPU since the sample before, from 0. */
  readonly cpu: number | undefined;
  readonly calls: PluginState['calls'];
  readonly restarts: number;
  readonly errors: number;
  /** Limits it passed, and how often. */
  readonly passed: PluginState['passed'];
  readonly events: { readonly delivered: number; readonly dropped: number; readonly failed: number };
}

export interface TopSample {
  readonly time: string;
  readonly plugins: readonly TopRow[];
}

/** Takes samples: shares of CPU are counted from one to the next. */
export function createTop(manager: PluginManager): () => Promise<TopSample> {
  let before = new Map<string, { readonly at: number; readonly cpu: number }>();
  return async () => {
    const usage = await manager.usage();
    const at = performance.now();
    const now = new Map<string, { at: number; cpu: number }>();
    const plugins = manager.listPlugins().map((state): TopRow => {
      const used = usage.get(state.name);
      const last = before.get(state.name);
      if (used) now.set(state.name, { at, cpu: used.cpu });
      else if (last) now.set(state.name, last);
      const { delivered, dropped, failed } = manager.eventCounts(state.name);
      return {
        name: state.name,
        version: state.version,
        status: state.status,
        reason: state.reason,
        pid: state.pid,
        memory: used?.memory,
        // A new isolate counts from nothing.
        cpu: used && last && used.cpu >= last.cpu ? (used.cpu - last.cpu) / Math.max(1, at - last.at) : undefined,
        calls: state.calls,
        restarts: state.restarts,
        errors: state.errors,
        passed: state.passed,
        events: { delivered, dropped, failed },
      };
    });
    before = now;
    return { time: new Date().toISOString(), plugins };
  };
}
