/** Writes docs/errors.md from the table of codes: `node scripts/errors-doc.ts`. */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { CODES } from '../src/core/codes.ts';

export const ERRORS_DOC: string = fileURLToPath(new URL('../docs/errors.md', import.meta.url));

export function errorsDoc(): string {
  const rows = Object.entries(CODES).map(
    ([code, { exit, cause, remedy }]) => `| \`${code}\` | ${exit} | ${cell(cause)} | ${cell(remedy)} |`,
  );
  return [
    '# Errors',
    '',
    'Every error is a `PluginError` with `code`, `message`, `hint`, `details`, `plugin` and `exitCode`. The command line prints',
    '`error[CODE]: message` on stderr with details and hint, or with `--json` one `{"schema":1,"ok":false,"error":{…}}` on',
    'stdout, and exits with the status of the code. This page is written from `src/core/codes.ts` by `scripts/errors-doc.ts`.',
    '',
    '| exit | when |',
    '|---|---|',
    '| 0 | done; `start` ended by SIGINT or SIGTERM after draining |',
    '| 1 | the work failed: a plugin threw, crashed, passed a limit; a source cannot be reached |',
    '| 2 | usage or config |',
    '| 3 | refused: integrity, policy, permission |',
    '| 4 | not in the lock, or the lock is outdated |',
    '| 130 | interrupted before it was done |',
    '',
    '| code | exit | cause | what to do |',
    '|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await writeFile(ERRORS_DOC, errorsDoc());
