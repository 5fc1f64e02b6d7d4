const MAX_TOPIC = 256;
// Words of visible characters between single dots; `*` and `#` are for patterns alone.
const WORD = /^[^\s.*#\p{Cc}\p{Cf}]+$/u;

/** A topic is one or more words joined by dots (`block.mined`), at most 256 characters. */
export function isTopic(text: string): boolean {
  return text.length <= MAX_TOPIC && text.split('.').every((word) => WORD.test(word));
}

/** A pattern is a topic in which `*` stands for one word and a final `#` for the rest, none included. */
export function isTopicPattern(text: string): boolean {
  if (text.length > MAX_TOPIC) return false;
  const words = text.split('.');
  return words.every((word, at) => word === '*' || (word === '#' && at === words.length - 1) || WORD.test(word));
}

export function topicMatches(pattern: string, topic: string): boolean {
  const wanted = pattern.split('.');
  const words = topic.split('.');
  for (const [at, word] of wanted.entries()) {
    if (word === '#') return true;
    if (at >= words.length || (word !== '*' && word !== words[at])) return false;
  }
  return wanted.length === words.length;
}

/** Whether every topic that `inner` matches is matched by `outer`: what a grant of `outer` lets subscribe to. */
export function topicCovers(outer: string, inner: string): boolean {
  const wide = outer.split('.');
  const narrow = inner.split('.');
  for (const [at, word] of wide.entries()) {
    if (word === '#') return true;
    const other = narrow[at];
    if (other === undefined || other === '#' || (word !== '*' && word !== other)) return false;
  }
  return wide.length === narrow.length;
}
