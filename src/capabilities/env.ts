import { decide, type Decision, type Rule, type RuleSet } from './rules.ts';

/** A name, or with a final `*` every name that begins so. */
export interface EnvRule extends Rule {
  readonly name: string;
  readonly prefix: boolean;
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,254}$/;

export function isEnvName(text: string): boolean {
  return NAME.test(text);
}

export function parseEnvRule(text: string): EnvRule | string {
  const prefix = text.endsWith('*');
  const name = prefix ? text.slice(0, -1) : text;
  return NAME.test(name) ? { text, name, prefix } : 'must be the name of a variable, or the beginning of names and a *';
}

export function checkEnv(rules: RuleSet<EnvRule>, name: string): Decision {
  return decide(rules, (rule) => (rule.prefix ? name.startsWith(rule.name) : name === rule.name));
}

/** The granted variables of `env`: what a sandbox is opened with. Null for a name that is granted and not set. */
export function grantedEnv(
  rules: RuleSet<EnvRule>,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | null> {
  const named = rules.allow.filter((rule) => !rule.prefix).map((rule) => rule.name);
  const set = Object.keys(env).filter((name) => env[name] !== undefined);
  const granted = [...named, ...set].filter((name) => isEnvName(name) && checkEnv(rules, name).allowed);
  return Object.fromEntries(granted.map((name) => [name, env[name] ?? null]));
}
