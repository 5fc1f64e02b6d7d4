import { LANGUAGE_MEMBERS, LIFECYCLE_MEMBERS } from '../protocol/members.ts';
import type { Rule } from './rules.ts';

/** `name` or `name.member`: what `services` and `plugins` are granted by. */
export interface MemberRule extends Rule {
  readonly name: string;
  /** Undefined: every member. */
  readonly member: string | undefined;
}

const NAME = /^[a-zA-Z][a-zA-Z0-9_-]{0,127}$/;
const MEMBER = /^[a-zA-Z$][a-zA-Z0-9_$]{0,127}$/;

export function isServiceName(text: string): boolean {
  return NAME.test(text);
}

/** A method that may be asked for from outside: neither what every object has nor what makes a promise of it. */
export function isMethodName(text: string): boolean {
  return MEMBER.test(text) && !RESERVED.has(text);
}

const RESERVED: ReadonlySet<string> = new Set(LANGUAGE_MEMBERS);

const LIFECYCLE: ReadonlySet<string> = new Set(LIFECYCLE_MEMBERS);

export function isPluginMethod(text: string): boolean {
  return isMethodName(text) && !LIFECYCLE.has(text);
}

export function parseMemberRule(text: string): MemberRule | string {
  const dot = text.indexOf('.');
  const name = dot === -1 ? text : text.slice(0, dot);
  const member = dot === -1 ? undefined : text.slice(dot + 1);
  if (!NAME.test(name)) return 'must be a name, or name.method';
  if (member !== undefined && member !== '*' && !isMethodName(member)) return `has no method name after "${name}."`;
  return { text, name, member: member === '*' ? undefined : member };
}

export function matchesMember(rule: MemberRule, name: string, member: string): boolean {
  return rule.name === name && (rule.member === undefined || rule.member === member);
}
