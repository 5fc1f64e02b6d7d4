import type { Logger, LogLevel } from '../core/logger.ts';
import { printable } from '../core/text.ts';

/** A line of the host's log. */
export interface LogEntry {
  /** ISO 8601. */
  readonly time: string;
  readonly level: LogLevel;
  readonly message: string;
  readonly plugin?: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

export interface LogFilter {
  readonly plugin: string | undefined;
  /** This, and what is graver. */
  readonly level: LogLevel;
}

/** The host's log with a memory: what was said last, and what is said from now on. */
export interface LogHub extends Logger {
  recent(filter: LogFilter, lines: number): readonly LogEntry[];
  /** The result ends it. */
  follow(filter: LogFilter, listener: (entry: LogEntry) => void): () => void;
}

/** Entries that are remembered: of all plugins together, and of one, so that a flood of one leaves the others'. */
const KEEP = 5_000;
const KEEP_OF_ONE = 1_000;
const MAX_FIELD = 4_096;
const ORDER: readonly LogLevel[] = ['error', 'warn', 'info', 'debug'];

/** Hands everything on to `logger`; remembers what is at least `info`. */
export function createLogHub(logger: Logger): LogHub {
  const kept = new Map<string, LogEntry[]>();
  const followers = new Set<(entry: LogEntry) => void>();
  let total = 0;

  const remember = (entry: LogEntry): void => {
    const list = kept.get(entry.plugin ?? '') ?? [];
    kept.set(entry.plugin ?? '', list);
    list.push(entry);
    total += 1;
    const longest = total > KEEP ? [...kept.values()].sort((a, b) => b.length - a.length)[0] : list;
    if (longest && (total > KEEP || list.length > KEEP_OF_ONE)) {
      longest.shift();
      total -= 1;
    }
  };

  return {
    log(level, message, fields = {}) {
      logger.log(level, message, fields);
      if (level === 'debug' && followers.size === 0) return;
      const { plugin, ...rest } = fields;
      const entry: LogEntry = {
        time: new Date().toISOString(),
        level,
        message: printable(message),
        ...(typeof plugin === 'string' ? { plugin } : {}),
        fields: Object.fromEntries(Object.entries(rest).flatMap(([key, value]) => plain(key, value))),
      };
      if (level !== 'debug') remember(entry);
      for (const follower of followers) follower(entry);
    },
    recent({ plugin, level }, lines) {
      const lists = plugin === undefined ? [...kept.values()] : [kept.get(plugin) ?? []];
      const all = lists.flat().filter((entry) => isGrave(entry, level));
      return all
        .sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0))
        .slice(Math.max(0, all.length - lines));
    },
    follow({ plugin, level }, listener) {
      const follower = (entry: LogEntry): void => {
        if ((plugin === undefined || entry.plugin === plugin) && isGrave(entry, level)) listener(entry);
      };
      followers.add(follower);
      return () => followers.delete(follower);
    },
  };
}

function isGrave(entry: LogEntry, level: LogLevel): boolean {
  return ORDER.indexOf(entry.level) <= ORDER.indexOf(level);
}

/** As text or a plain value of bounded size; what is neither goes. */
function plain(key: string, value: unknown): (readonly [string, string | number | boolean])[] {
  if (value === undefined || value === null) return [];
  if (typeof value === 'number' || typeof value === 'boolean') return [[key, value]];
  const text = typeof value === 'string' ? value : value instanceof Error ? value.message : json(value);
  return text === undefined || text === '{}' ? [] : [[key, printable(text, { max: MAX_FIELD })]];
}

function json(value: unknown): string | undefined {
  try {
    return JSON.stringify(value, (_, each: unknown) => (typeof each === 'bigint' ? String(each) : each));
  } catch {
    // Cyclic: a field of the host's own that no log line needs.
    return undefined;
  }
}
