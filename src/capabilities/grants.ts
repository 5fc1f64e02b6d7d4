import { parseDependency } from '../contract/dependency.ts';
import type { Permissions } from '../contract/metadata.ts';
import { parseEnvRule, type EnvRule } from './env.ts';
import { parsePathRule, type MountRules } from './files/mounts.ts';
import { parseMemberRule, type MemberRule } from './names.ts';
import { parseNetRule, type NetRule } from './net/rules.ts';
import { invalid, parseRules, type RuleSet } from './rules.ts';
import { parseTopicRule, type TopicRule } from './topics.ts';

/** One plugin's permissions, compiled: what every check of the broker asks. Immutable; replaced as a whole. */
export interface Grants {
  /** As the config spells them, with what `plugins` grants by default: what hints start from. */
  readonly permissions: Permissions;
  readonly net: RuleSet<NetRule>;
  readonly mounts: MountRules;
  readonly env: RuleSet<EnvRule>;
  readonly publish: RuleSet<TopicRule>;
  readonly subscribe: RuleSet<TopicRule>;
  readonly services: RuleSet<MemberRule>;
  readonly plugins: RuleSet<MemberRule>;
}

export interface GrantContext {
  /** The plugin's key in the config: errors name `plugins.<name>.permissions.…`. */
  readonly name: string;
  /** What the plugin depends on, `name` or `name@range`: may be called where `plugins` grants nothing else. */
  readonly dependencies?: readonly string[];
  /** The host's data folder and whatever else no plugin may be granted. Absolute. */
  readonly hidden?: readonly string[];
}

const KEYS: readonly string[] = ['net', 'read', 'write', 'env', 'events', 'services', 'plugins'];

/** Compiles what the config grants; paths must be absolute. A bad rule is ERR_CONFIG_INVALID naming its key. */
export function compileGrants(permissions: Permissions, context: GrantContext): Grants {
  const base = `plugins.${context.name}.permissions`;
  const hidden = context.hidden ?? [];
  for (const key of Object.keys(permissions)) {
    if (!KEYS.includes(key)) throw invalid(`${base}.${key}`, `is no permission; there are ${KEYS.join(', ')}`);
  }
  const events = permissions.events ?? {};
  for (const key of Object.keys(events)) {
    if (key !== 'publish' && key !== 'subscribe') {
      throw invalid(`${base}.events.${key}`, 'is no permission; there are publish, subscribe');
    }
  }
  const path = (text: string, denial: boolean) => parsePathRule(text, denial, hidden);
  const plugins = parseRules(permissions.plugins, `${base}.plugins`, parseMemberRule);
  const names = (context.dependencies ?? []).map((each) => parseDependency(each)?.name ?? each);
  const declared = names.map((name) => ({ text: name, name, member: undefined }));
  const byDefault = plugins.allow.length === 0 && declared.length > 0;
  return {
    permissions: byDefault ? { ...permissions, plugins: [...names, ...(permissions.plugins ?? [])] } : permissions,
    net: parseRules(permissions.net, `${base}.net`, parseNetRule),
    mounts: {
      read: parseRules(permissions.read, `${base}.read`, path),
      write: parseRules(permissions.write, `${base}.write`, path),
    },
    env: parseRules(permissions.env, `${base}.env`, parseEnvRule),
    publish: parseRules(events.publish, `${base}.events.publish`, parseTopicRule),
    subscribe: parseRules(events.subscribe, `${base}.events.subscribe`, parseTopicRule),
    services: parseRules(permissions.services, `${base}.services`, parseMemberRule),
    plugins: byDefault ? { allow: declared, deny: plugins.deny } : plugins,
  };
}
