import { writeAtomic } from '../../core/atomic-file.ts';
import { PluginError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import { mergeLocks } from '../../lock/merge.ts';
import { readLockText } from '../../lock/read.ts';
import type { Output } from '../output.ts';
import type { Session } from '../session.ts';

const INSTALL = {
  attributes: 'plugins.lock.json merge=aitbc-lock',
  config: [
    'git config merge.aitbc-lock.name "plugins.lock.json, entry by entry"',
    'git config merge.aitbc-lock.driver "aitbc plugin merge-driver %O %A %B %P"',
  ],
} as const;

/**
 * `aitbc plugin merge-driver <base> <ours> <theirs> [path]`, as git runs it: writes the result into `ours`, and exits 1 for a
 * conflict. Without files it says how to install it.
 */
export async function mergeDriver({ output }: Session, files: readonly string[]): Promise<number> {
  if (files.length === 0) return install(output);
  const [base, ours, theirs, path = 'plugins.lock.json'] = files;
  if (base === undefined || ours === undefined || theirs === undefined) {
    throw new PluginError('ERR_USAGE', 'Cannot merge: three files are needed', {
      hint: 'git runs it with them; aitbc plugin merge-driver alone says how to install it',
    });
  }
  // Git hands over an empty file for a side without the lock; a name without a file is a mistake, and must not look merged.
  const read = async (file: string): Promise<string> => {
    const text = await readLockText(file);
    if (text !== undefined) return text;
    throw new PluginError('ERR_USAGE', `Cannot merge "${file}": there is no such file`, {
      hint: 'git runs it with three files; aitbc plugin merge-driver alone says how to install it',
    });
  };
  const { text, conflicts } = mergeLocks(await read(base), await read(ours), await read(theirs), path);
  await writeAtomic(ours, text);
  output.data({ path, conflicts });
  if (conflicts.length === 0) return 0;
  output.note(`Conflict in ${printable(path)}:`);
  for (const conflict of conflicts) output.note(`  ${printable(conflict)}`);
  output.note('Take one side (git checkout --ours or --theirs), merge the config, then run `aitbc plugin lock`.');
  return 1;
}

function install(output: Output): number {
  output.data({ attributes: INSTALL.attributes, config: INSTALL.config });
  output.line('Merges plugins.lock.json entry by entry. Put this into .gitattributes, and commit it:');
  output.line(`  ${INSTALL.attributes}`);
  output.line('Then, once in each clone:');
  for (const line of INSTALL.config) output.line(`  ${line}`);
  output.line('Where git does not find aitbc, write `npx aitbc` in its place.');
  return 0;
}
