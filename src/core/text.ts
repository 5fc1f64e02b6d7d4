/**
 * Makes untrusted text safe to show: control characters, escape sequences and bidirectional overrides become visible
 * escapes, and length is bounded. With `lines`, line feeds stay.
 */
export function printable(text: string, options: { lines?: boolean; max?: number } = {}): string {
  const max = options.max ?? 8_192;
  const cut = text.length > max ? `${text.slice(0, max)}… (${text.length - max} more)` : text;
  return cut
    .toWellFormed()
    .replaceAll(UNPRINTABLE, (char) =>
      char === '\n' && options.lines ? char : `\\u{${char.codePointAt(0)?.toString(16)}}`,
    );
}

/** JSON text with the same meaning and nothing in it that a terminal acts on; line feeds between its members stay. */
export function printableJson(json: string): string {
  return json.replaceAll(UNPRINTABLE, (char) =>
    char === '\n' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

// C0, DEL and C1 controls; bidirectional marks, embeddings, overrides and isolates; line and paragraph separators.
const UNPRINTABLE =
  /[\u0000-\u0008\u000a-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069]/gu;

/** `512 B`, `1.5 KiB`, `3.0 MiB`. */
export function bytesText(bytes: number): string {
  if (bytes < 1_024) return `${bytes} B`;
  return bytes < 1_048_576 ? `${(bytes / 1_024).toFixed(1)} KiB` : `${(bytes / 1_048_576).toFixed(1)} MiB`;
}

/** `1 module`, `3 modules`. */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
