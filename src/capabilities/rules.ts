import { PluginError } from '../core/errors.ts';

/** One entry of a permission list; `text` is what the config says, without the `!` of a denial. */
export interface Rule {
  readonly text: string;
}

/** One permission list, compiled. Denials win over whatever else matches. */
export interface RuleSet<R extends Rule> {
  readonly allow: readonly R[];
  readonly deny: readonly R[];
}

/** What a check says, and why. */
export interface Decision {
  readonly allowed: boolean;
  /** For the audit: the rule that decided as the config spells it, or `default`. */
  readonly rule: string;
  /** True when a rule, or the default, would allow it if nothing denied it. */
  readonly granted: boolean;
  /** Every denial that matched, as the config spells it. */
  readonly denials: readonly string[];
}

/** The one way rules decide: no match denies, a match allows, a denial wins. */
export function decide<R extends Rule>(rules: RuleSet<R>, matches: (rule: R) => boolean, byDefault = false): Decision {
  const allow = rules.allow.find(matches);
  const denials = rules.deny.filter(matches).map((rule) => `!${rule.text}`);
  const granted = allow !== undefined || byDefault;
  return { allowed: granted && denials.length === 0, rule: denials[0] ?? allow?.text ?? 'default', granted, denials };
}

/** Every decision must allow; the first that does not is the answer. */
export function firstRefusal(decisions: readonly [Decision, ...Decision[]]): Decision {
  return decisions.find((decision) => !decision.allowed) ?? decisions[0];
}

const MAX_RULES = 1_000;
const MAX_RULE = 4_096;

/**
 * Compiles a list of the config. `parse` returns the rule, or says what is wrong with the text. `key` is the full key of
 * the list (`plugins.greeter.permissions.net`).
 */
export function parseRules<R extends Rule>(
  list: unknown,
  key: string,
  parse: (text: string, denial: boolean) => R | string,
): RuleSet<R> {
  if (list === undefined || list === null) return { allow: [], deny: [] };
  if (!Array.isArray(list)) throw invalid(key, 'must be a list of strings');
  if (list.length > MAX_RULES) throw invalid(key, `has ${list.length} rules; ${MAX_RULES} are the most`);
  const allow: R[] = [];
  const deny: R[] = [];
  for (const [at, item] of list.entries()) {
    const place = `${key}[${at}]`;
    if (typeof item !== 'string') throw invalid(place, 'must be a string');
    const denial = item.startsWith('!');
    const text = denial ? item.slice(1) : item;
    if (text === '' || text.length > MAX_RULE || text !== text.trim() || /[\0\r\n]/.test(text)) {
      throw invalid(place, 'must be one line of text without spaces around it');
    }
    const rule = parse(text, denial);
    if (typeof rule === 'string') throw invalid(place, `"${item}" ${rule}`);
    (denial ? deny : allow).push(rule);
  }
  return { allow, deny };
}

export function invalid(key: string, state: string): PluginError {
  return new PluginError('ERR_CONFIG_INVALID', `Cannot use "${key}": ${state}`, {
    hint: 'the grammar of permissions is in docs/permissions.md',
    details: { key },
  });
}
