/**
 * Guarantees that none of the secrets it was made with is left in a text, as itself, URL-encoded, JSON-escaped or in base64.
 * Trusts that whoever shows or writes a text passes it through here. Values that would redact ordinary words are not secrets.
 */
const MARK = '[redacted]';
const MIN_LENGTH = 4;
const ORDINARY = new Set(
  'true false null none undefined localhost 127.0.0.1 0.0.0.0 production development staging test debug info warn error http https main default regtest testnet mainnet root admin user guest openai'.split(
    ' ',
  ),
);

export type Redactor = (text: string) => string;

export function createRedactor(secrets: Iterable<string>): Redactor {
  const forms = new Set<string>();
  for (const secret of secrets) {
    for (const part of [secret, ...(secret.includes('\n') ? secret.split(/\r?\n/) : [])]) {
      if (!isSecret(part)) continue;
      forms.add(part);
      forms.add(encodeURIComponent(part.toWellFormed()));
      forms.add(JSON.stringify(part).slice(1, -1));
      if (part.length >= 8) forms.add(Buffer.from(part).toString('base64').replace(/=+$/, ''));
    }
  }
  if (forms.size === 0) return (text) => text;
  // Longest first, so that no secret survives as the rest of a shorter one.
  const longestFirst = [...forms].sort((a, b) => b.length - a.length);
  const pattern = new RegExp(
    longestFirst.map((form) => form.replaceAll(/[\\^$.*+?()[\]{}|/-]/g, '\\$&')).join('|'),
    'g',
  );
  return (text) => text.replace(pattern, MARK);
}

function isSecret(text: string): boolean {
  const short = text.trim();
  return short.length >= MIN_LENGTH && !ORDINARY.has(short.toLowerCase()) && !/^[0-9]{1,5}$/.test(short);
}
