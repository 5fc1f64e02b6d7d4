import { describe, expect, it } from 'vitest';
import { parseStrictJson } from '../../src/core/parse-json.ts';

describe('parseStrictJson()', () => {
  it('agrees with JSON.parse on valid texts', () => {
    const texts = [
      '{"a":[1,-2.5e3,true,false,null,"x\\n\\u00e9\\"\\\\"],"b":{"constructor":{}}}',
      ' [ ] ',
      '"é🙂"',
      '0',
      `"${'x'.repeat(3_000_000)}${'\\n'.repeat(100_000)}"`,
    ];
    for (const text of texts) expect(parseStrictJson(text)).toEqual({ ok: true, value: JSON.parse(text) });
  });

  it.each([
    ['{"a":1,\n "a":2}', 'the key "a" stands twice', 2, 2],
    ['{"\\u0061":1,"a":2}', 'the key "a" stands twice', 1, 13],
    ['{"__proto__":{}}', 'the key "__proto__" is not allowed', 1, 2],
    ['{"a":1,}', 'a key in double quotes was expected', 1, 8],
    ['[1 2]', 'a comma or the end of the list was expected', 1, 4],
    ['[01]', 'a comma or the end of the list was expected', 1, 3],
    ['{"a" 1}', 'a colon was expected', 1, 6],
    ['{"a":1', 'a comma or the end of the object was expected', 1, 7],
    ['{"a":"x\ny"}', 'a string is not closed or holds a bad character', 1, 6],
    ['{}\n{}', 'nothing may follow the value', 2, 1],
    ['', 'the text ends too early', 1, 1],
    ['[.5]', 'a value was expected', 1, 2],
  ])('refuses %j and says where', (text, reason, line, column) => {
    expect(parseStrictJson(text)).toEqual({ ok: false, reason, line, column });
  });

  it('reads a string of nothing but escapes, however long', () => {
    const text = `"${'\\u0041'.repeat(5_000_000)}"`;
    expect(parseStrictJson(text)).toEqual({ ok: true, value: 'A'.repeat(5_000_000) });
    expect(parseStrictJson(`["${'\\u0041'.repeat(5_000_000)}\\x"]`)).toMatchObject({ ok: false, column: 2 });
  });

  it('refuses nesting that would exhaust the stack', () => {
    expect(parseStrictJson('['.repeat(1_000_000))).toMatchObject({ ok: false, reason: 'it is nested deeper than 64' });
  });

  it('makes objects without a prototype and passes a byte order mark', () => {
    const parsed = parseStrictJson('\uFEFF{"toString":1}');
    if (!parsed.ok || typeof parsed.value !== 'object' || parsed.value === null) throw new Error('not an object');
    expect(Object.getPrototypeOf(parsed.value)).toBe(null);
  });
});
