/** Writes the tables of limits in docs/config.md: `node scripts/config-doc.ts`. */
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { FETCH_LIMITS, format, LIMITS, type Quantity } from '../src/config/limits.ts';

export const CONFIG_DOC: string = fileURLToPath(new URL('../docs/config.md', import.meta.url));

/** The page as it should be, from the page as it is. */
export function configDoc(page: string = readFileSync(CONFIG_DOC, 'utf8')): string {
  return fill(fill(page, 'limits', LIMITS), 'fetch', FETCH_LIMITS);
}

function fill(page: string, mark: string, table: Readonly<Record<string, Quantity>>): string {
  const rows = Object.values(table).map((quantity) => {
    const [preset, min, max] = [quantity.default, quantity.min, quantity.max].map((value) => format(quantity, value));
    return `| \`${quantity.key}\` | ${quantity.help} | ${preset} | ${min} | ${max} |\n`;
  });
  const keys = Object.values(table).map(({ key }) => key);
  const head = `<!-- ${mark} -->\n| \`${mark}\` | of | default | from | to |\n|---|---|---|---|---|\n`;
  const start = page.indexOf(head) + head.length;
  let end = start;
  for (let line = lineAt(page, end); keys.some((key) => line.startsWith(`| \`${key}\` |`)); line = lineAt(page, end)) {
    end += line.length;
  }
  return page.slice(0, start) + rows.join('') + page.slice(end);
}

function lineAt(page: string, offset: number): string {
  return page.slice(offset, page.indexOf('\n', offset) + 1);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(CONFIG_DOC, configDoc());
