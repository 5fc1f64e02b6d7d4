import { PluginError } from '../core/errors.ts';
import type { Permissions } from '../contract/metadata.ts';
import type { Grants } from './grants.ts';
import type { Decision } from './rules.ts';

/** A list of `permissions` in the config. */
export type PermissionKey =
  | 'net'
  | 'read'
  | 'write'
  | 'env'
  | 'events.publish'
  | 'events.subscribe'
  | 'services'
  | 'plugins';

export interface Refused {
  /** `fetch`, `read`, `publish`: the message says `Cannot <verb> "<thing>"`. */
  readonly verb: string;
  readonly thing: string;
  readonly key: PermissionKey;
  /** The rule that would grant it, and what the message says is missing. */
  readonly value: string;
}

/** The one form of ERR_PERMISSION_DENIED; its hint is the config that would grant what was asked. */
export function refusal(plugin: string, refused: Refused, decision: Decision, grants: Grants): PluginError {
  const { verb, thing, key, value } = refused;
  const state =
    decision.denials.length > 0
      ? `the rule "${decision.rule}" denies "${plugin}" the ${key} permission for ${value}`
      : `"${plugin}" has no ${key} permission for ${value}`;
  return new PluginError('ERR_PERMISSION_DENIED', `Cannot ${verb} "${thing}": ${state}`, {
    plugin,
    hint: grantingLines(plugin, grants.permissions, refused, decision),
    details: { permission: key, value, key: `plugins.${plugin}.permissions.${key}` },
  });
}

/**
 * The YAML that grants it: the list as it stands now, without the denials that matched and with the missing rule. It can
 * take the place of the same keys of the config as it is.
 */
export function grantingLines(plugin: string, now: Permissions, refused: Refused, decision: Decision): string {
  const lines = ['plugins:', `  ${plugin}:`, '    permissions:'];
  const wanted = (list: readonly string[] | undefined): string => {
    const kept = (list ?? []).filter((rule) => !decision.denials.includes(rule));
    return flow(decision.granted || kept.includes(refused.value) ? kept : [...kept, refused.value]);
  };
  const { key } = refused;
  if (key === 'events.publish' || key === 'events.subscribe') {
    lines.push('      events:');
    for (const side of ['publish', 'subscribe'] as const) {
      const list = now.events?.[side];
      if (key.endsWith(side)) lines.push(`        ${side}: ${wanted(list)}`);
      else if (list !== undefined) lines.push(`        ${side}: ${flow(list)}`);
    }
    return lines.join('\n');
  }
  // Either path list may hold the denial that stands in the way.
  const other = key === 'write' ? 'read' : undefined;
  const blocking = other === undefined ? undefined : now[other];
  if (other !== undefined && blocking?.some((rule) => decision.denials.includes(rule))) {
    lines.push(`      ${other}: ${flow(blocking.filter((rule) => !decision.denials.includes(rule)))}`);
  }
  lines.push(`      ${key}: ${wanted(now[key])}`);
  return lines.join('\n');
}

function flow(list: readonly string[]): string {
  return `[${list.map(quoted).join(', ')}]`;
}

/** A YAML scalar in double quotes; whatever could not be seen on a terminal is escaped. */
function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    /[\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}
