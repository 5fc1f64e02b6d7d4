import type { Publishers } from '../publishers.ts';

/**
 * Reviewers who are the publisher of a plugin: of the same name in the config, or with one key or identity in common. Nobody
 * is the author of an unsigned plugin: who wants to know it asks for a signature, too.
 */
export function authorsAmong(
  reviewers: Publishers,
  publishers: Publishers,
  publisher: string | undefined,
): ReadonlySet<string> {
  if (publisher === undefined) return new Set();
  const theirs = signersOf(publishers, publisher);
  const names = new Set([...reviewers.keys.values(), ...reviewers.identities].map((one) => one.publisher));
  return new Set(
    [...names].filter(
      (name) => name === publisher || [...signersOf(reviewers, name)].some((signer) => theirs.has(signer)),
    ),
  );
}

function signersOf({ keys, identities }: Publishers, name: string): ReadonlySet<string> {
  return new Set([
    ...[...keys].filter(([, { publisher }]) => publisher === name).map(([id]) => id),
    ...identities
      .filter(({ publisher }) => publisher === name)
      .map(({ issuer, subject }) => `identity:${issuer}#${subject}`),
  ]);
}
