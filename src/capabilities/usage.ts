import type { Permissions } from '../contract/metadata.ts';
import type { AuditRecord } from './types.ts';

/** One rule of the config, and what it was used for. */
export interface RuleUse {
  /** `net`, `events.publish`, … */
  readonly kind: string;
  readonly rule: string;
  /** How often it let something through. */
  readonly uses: number;
  /** ISO 8601; undefined: never. */
  readonly last: string | undefined;
}

/** One thing that a plugin did, or tried. */
export interface ValueUse {
  readonly kind: string;
  readonly value: string;
  /** The rule that let it through; `default` where it needs none, or none matched. */
  readonly rule: string;
  readonly count: number;
  readonly last: string;
}

export interface PermissionUse {
  readonly granted: readonly RuleUse[];
  readonly used: readonly ValueUse[];
  readonly denied: readonly ValueUse[];
  /** Limits that it passed; `rule` is what they were. */
  readonly limits: readonly ValueUse[];
  /** Rules that nothing has needed. */
  readonly neverUsed: readonly RuleUse[];
}

/** Different values of one rule beyond which the rule itself is what was used: `/var/log`, not its thousand files. */
const MAX_VALUES = 20;
const KINDS: readonly string[] = [
  'net',
  'read',
  'write',
  'env',
  'events.publish',
  'events.subscribe',
  'services',
  'plugins',
];

/** Joins what the config grants with what the audit says. */
export async function permissionUse(
  permissions: Permissions,
  records: AsyncIterable<AuditRecord>,
): Promise<PermissionUse> {
  const used = new Map<string, ValueUse>();
  const denied = new Map<string, ValueUse>();
  const limits = new Map<string, ValueUse>();
  for await (const { capability: kind, value, rule, outcome, time, count = 1 } of records) {
    const into = kind === 'limits' ? limits : outcome === 'denied' ? denied : used;
    const key = JSON.stringify([kind, value, rule]);
    const before = into.get(key);
    into.set(key, { kind, value, rule, count: (before?.count ?? 0) + count, last: time });
  }
  const uses = [...used.values()];
  const granted = rulesOf(permissions)
    .filter(([, rule]) => !rule.startsWith('!'))
    .map(([kind, rule]): RuleUse => {
      const own = uses.filter((use) => use.kind === kind && use.rule === rule);
      const last = own.map((use) => use.last).reduce((a, b) => (a > b ? a : b), '');
      return { kind, rule, uses: own.reduce((sum, use) => sum + use.count, 0), last: last === '' ? undefined : last };
    });
  return {
    granted,
    used: uses,
    denied: [...denied.values()],
    limits: [...limits.values()],
    neverUsed: granted.filter((each) => each.uses === 0),
  };
}

/**
 * The least that lets through what was used: single values in place of wide rules, and every denial that stands. `withDenied`
 * adds what was refused: nobody but the operator can say whether it should have been.
 */
export function leastPermissions(now: Permissions, { used, denied }: PermissionUse, withDenied: boolean): Permissions {
  const rules = new Map<string, Set<string>>();
  const add = (kind: string, rule: string): void => {
    rules.set(kind, (rules.get(kind) ?? new Set()).add(rule));
  };
  const byRule = new Map<string, ValueUse[]>();
  for (const use of used.filter(({ kind, rule }) => rule !== 'default' && KINDS.includes(kind))) {
    const key = JSON.stringify([use.kind, use.rule]);
    byRule.set(key, [...(byRule.get(key) ?? []), use]);
  }
  for (const uses of byRule.values()) {
    const isWhole = uses.length > MAX_VALUES || uses.some(({ value }) => !isExact(value));
    for (const { kind, rule, value } of uses) add(kind, isWhole ? rule : value);
  }
  if (withDenied) for (const { kind, value } of denied) if (KINDS.includes(kind) && isExact(value)) add(kind, value);
  for (const [kind, rule] of rulesOf(now)) if (rule.startsWith('!')) add(kind, rule);

  const lists: Record<string, readonly string[]> = {};
  const events: Record<string, readonly string[]> = {};
  for (const kind of KINDS) {
    const list = [...(rules.get(kind) ?? [])].sort((a, b) => (a < b ? -1 : 1));
    if (list.length === 0) continue;
    const [, topic] = kind.split('.');
    if (topic === undefined) lists[kind] = list;
    else events[topic] = list;
  }
  return Object.keys(events).length === 0 ? lists : { ...lists, events };
}

/** Cut short, counted together or redacted, a value is no rule; nor is one with characters that rules give a meaning. */
function isExact(value: string): boolean {
  return value !== '' && !/…|\[redacted\]|^!|\\u\{/.test(value);
}

function rulesOf({ events, ...lists }: Permissions): (readonly [kind: string, rule: string])[] {
  const all: Record<string, readonly string[] | undefined> = {
    ...lists,
    'events.publish': events?.publish,
    'events.subscribe': events?.subscribe,
  };
  return Object.entries(all).flatMap(([kind, list]) => (list ?? []).map((rule) => [kind, rule] as const));
}
