import { describe, expect, test } from 'vitest';
import { isTopic, isTopicPattern, topicCovers, topicMatches } from '../../src/core/topics.ts';

describe('topicMatches()', () => {
  test.each([
    ['block.mined', 'block.mined', true],
    ['block.mined', 'block.lost', false],
    ['block.*', 'block.mined', true],
    ['block.*', 'block', false],
    ['block.*', 'block.mined.late', false],
    ['*.mined', 'block.mined', true],
    ['*', 'block', true],
    ['*', 'block.mined', false],
    ['block.#', 'block', true],
    ['block.#', 'block.mined.late', true],
    ['block.#', 'blocks.mined', false],
    ['block.*.#', 'block', false],
    ['block.*.#', 'block.mined', true],
    ['#', 'anything.at.all', true],
  ])('%s on %s: %s', (pattern, topic, expected) => {
    expect(topicMatches(pattern, topic)).toBe(expected);
  });
});

describe('topicCovers()', () => {
  test.each([
    ['wallet.#', 'wallet.#', true],
    ['wallet.#', 'wallet.*', true],
    ['wallet.#', 'wallet', true],
    ['wallet.#', '#', false],
    ['wallet.*', 'wallet.#', false],
    ['wallet.*', 'wallet.paid', true],
    ['wallet.*', 'wallet.*.late', false],
    ['wallet.paid', 'wallet.*', false],
    ['*.paid', 'wallet.paid', true],
    ['#', 'wallet.#', true],
    ['wallet.*.#', 'wallet.#', false],
  ])('%s covers %s: %s', (outer, inner, expected) => {
    expect(topicCovers(outer, inner)).toBe(expected);
  });
});

describe('isTopic() and isTopicPattern()', () => {
  test.each([
    ['block.mined', true, true],
    ['transaction_created', true, true],
    ['block:mined', true, true],
    ['block.*', false, true],
    ['block.#', false, true],
    ['#.block', false, false],
    ['block.m*', false, false],
    ['', false, false],
    ['.block', false, false],
    ['block..mined', false, false],
    ['block mined', false, false],
    ['block\u0000', false, false],
    ['block\u202e', false, false],
    ['x'.repeat(257), false, false],
  ])('%j: topic %s, pattern %s', (text, topic, pattern) => {
    expect(isTopic(text)).toBe(topic);
    expect(isTopicPattern(text)).toBe(pattern);
  });
});
