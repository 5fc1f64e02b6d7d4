import { stringWidth } from './string-width.ts';

/** Rows under headings, in columns. The last column gets what is left of `width`, and is wrapped there. */
export function table(headings: readonly string[], rows: readonly (readonly string[])[], width: number): string[] {
  const all = [headings, ...rows];
  const widths = headings.map((_, column) => Math.max(...all.map((row) => displayWidth(row[column] ?? ''))));
  const last = headings.length - 1;
  const before = widths.slice(0, last).reduce((sum, each) => sum + each + 2, 0);
  const room = Math.max(20, width - before);
  return all.flatMap((row) => {
    const head = row
      .slice(0, last)
      .map((cell, column) => pad(cell, widths[column] ?? 0))
      .join('  ');
    const [first = '', ...more] = wrap(row[last] ?? '', room);
    return [`${head}  ${first}`.trimEnd(), ...more.map((line) => ' '.repeat(before) + line)];
  });
}

/** Breaks at `, ` and blanks only. */
function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}

function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - displayWidth(text)));
}

function displayWidth(text: string): number {
  return stringWidth(text);
}
