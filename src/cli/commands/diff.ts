import type { Comparison, ComparisonSide } from '../../loader/types.ts';
import { printable } from '../../core/text.ts';
import { changeData, changeLines } from '../changes.ts';
import { oneLine, type Output } from '../output.ts';
import type { Session } from '../session.ts';
import { fromHere } from '../specifier.ts';

/** A comparison line by line stops here: minified code has few and long lines, and nobody reads it. */
const MAX_TEXT = 512 * 1024;
const MAX_LINE = 2_000;
const MAX_TIME = 2_000;

/** `aitbc plugin diff <before> [<after>]`: what is different, down to the lines of each module. */
export async function diff(
  session: Session,
  before: string,
  after: string | undefined,
  options: { readonly stat: boolean },
): Promise<number> {
  const { output } = session;
  const config = await session.config({ begin: true });
  const loader = await session.loader(config);
  const here = (text: string): string => (config.plugins.has(text) ? text : fromHere(text, config));
  const compared = await loader.compare(here(before), after === undefined ? undefined : here(after), {
    signal: session.signal,
  });
  session.progress.clear();
  const patches = options.stat ? [] : await patchesOf(compared);
  output.data({ change: changeData(compared.change), metadata: metadataOf(compared), patches });
  if (compared.change.kind === 'unchanged') {
    output.line('They are the same.');
    return 0;
  }
  for (const line of changeLines(compared.change, output)) output.line(line);
  for (const { key, from, to } of metadataOf(compared)) output.line(`    ${key.padEnd(9)} ${from} -> ${to}`);
  const { added, removed, changed } = compared.change.modules;
  const lists = [
    ['+', added],
    ['-', removed],
    ['~', changed],
  ] as const;
  for (const [mark, ids] of lists) {
    for (const id of ids) output.line(`  ${mark} ${oneLine(id)} ${sizes(compared, id)}`.trimEnd());
  }
  for (const { module, patch, why } of patches) {
    output.line();
    if (patch === undefined) output.line(`${oneLine(module)}: ${why ?? ''}`);
    else for (const line of patch.split('\n')) output.line(painted(line, output));
  }
  return 0;
}

interface Patch {
  readonly module: string;
  readonly patch: string | undefined;
  /** Why there is none. */
  readonly why?: string;
}

async function patchesOf({ before, after, change }: Comparison): Promise<readonly Patch[]> {
  const { createTwoFilesPatch } = await import('diff');
  const { added, removed, changed } = change.modules;
  return [...changed, ...added, ...removed].map((module) => {
    const [old, now] = [textOf(before, module), textOf(after, module)];
    const why = old.why ?? now.why;
    if (why !== undefined) return { module, patch: undefined, why };
    const patch = createTwoFilesPatch(
      module,
      module,
      old.text,
      now.text,
      before.entry.metadata.version,
      after.entry.metadata.version,
      {
        timeout: MAX_TIME,
      },
    );
    return patch === undefined ? { module, patch, why: 'too different to be shown line by line' } : { module, patch };
  });
}

/** Absent: ''. */
function textOf({ entry, files }: ComparisonSide, id: string): { readonly text: string; readonly why?: string } {
  if (entry.modules[id] === undefined) return { text: '' };
  const bytes = files?.get(id);
  if (bytes === undefined) return { text: '', why: 'its bytes cannot be had any more' };
  if (bytes.byteLength > MAX_TEXT) return { text: '', why: 'too large to be shown line by line' };
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    return text.includes('\0') ? { text: '', why: 'it is no text' } : { text };
  } catch (error) {
    if (error instanceof TypeError) return { text: '', why: 'it is no text' };
    throw error;
  }
}

function sizes({ before, after }: Comparison, id: string): string {
  const of = ({ files }: ComparisonSide): number | undefined => files?.get(id)?.byteLength;
  const known = [of(before), of(after)].filter((size) => size !== undefined);
  return known.length === 0 ? '' : `(${[...new Set(known)].join(' -> ')} bytes)`;
}

/** What of the metadata is different, beside version and permissions, which are shown anyway. */
function metadataOf({ before, after }: Comparison): readonly { key: string; from: string; to: string }[] {
  const [old, now] = [before.entry.metadata, after.entry.metadata] as unknown as Record<string, unknown>[];
  const keys = [...new Set([...Object.keys(old ?? {}), ...Object.keys(now ?? {})])].filter((key) => key !== 'version');
  const shown = (value: unknown): string =>
    value === undefined ? 'nothing' : oneLine(typeof value === 'string' ? value : JSON.stringify(value));
  return keys
    .filter((key) => JSON.stringify(old?.[key]) !== JSON.stringify(now?.[key]))
    .map((key) => ({ key, from: shown(old?.[key]), to: shown(now?.[key]) }));
}

/** Code of others: a terminal acts on what it says. */
function painted(line: string, output: Output): string {
  const text = printable(line.replaceAll('\t', '    '), { max: MAX_LINE });
  if (line.startsWith('+')) return output.style('green', text);
  if (line.startsWith('-')) return output.style('red', text);
  return line.startsWith('@@') ? output.style('cyan', text) : text;
}
