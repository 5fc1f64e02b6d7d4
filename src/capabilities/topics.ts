import { isTopicPattern, topicCovers, topicMatches } from '../core/topics.ts';
import { decide, type Decision, type Rule, type RuleSet } from './rules.ts';

/** `text` is a pattern: `*` stands for one word, a final `#` for the rest. */
export type TopicRule = Rule;

export function parseTopicRule(text: string): TopicRule | string {
  return isTopicPattern(text)
    ? { text }
    : 'must be words joined by dots, with * for one word and a final # for the rest';
}

export function checkPublish(rules: RuleSet<TopicRule>, topic: string): Decision {
  return decide(rules, (rule) => topicMatches(rule.text, topic));
}

/** One grant must cover all that the pattern asks for, and no denial may touch any of it. */
export function checkSubscribe(rules: RuleSet<TopicRule>, pattern: string): Decision {
  const allowing = decide({ allow: rules.allow, deny: [] }, (rule) => topicCovers(rule.text, pattern));
  const denying = decide({ allow: [], deny: rules.deny }, (rule) => topicsMeet(rule.text, pattern));
  const { denials } = denying;
  return {
    allowed: allowing.allowed && denials.length === 0,
    rule: denials[0] ?? allowing.rule,
    granted: allowing.granted,
    denials,
  };
}

/** Whether some topic is matched by both patterns. */
export function topicsMeet(a: string, b: string): boolean {
  const one = a.split('.');
  const two = b.split('.');
  for (let at = 0; ; at++) {
    const x = one[at];
    const y = two[at];
    if (x === '#' || y === '#') return true;
    if (x === undefined || y === undefined) return x === y;
    if (x !== '*' && y !== '*' && x !== y) return false;
  }
}
