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

/** The granted variables of `env`: what a sandbox is opened with. */
export function grantedEnv(
  rules: RuleSet<EnvRule>,
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const granted = Object.entries(env).filter(
    (entry): entry is [string, string] =>
      entry[1] !== undefined && isEnvName(entry[0]) && checkEnv(rules, entry[0]).allowed,
  );
  return Object.fromEntries(granted);
}
