import type { KeyObject } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { PluginError } from '../core/errors.ts';
import { codeOf, storeError } from '../core/system-error.ts';
import { parsePrivateKey } from '../trust/sign.ts';

/** What is a slip of the one who wrote the command, not a failure of the machine. */
const MISTYPED = new Map([
  ['ENOENT', 'there is no such file'],
  ['ENOTDIR', 'there is no such file'],
  ['EISDIR', 'it is a folder'],
]);

/** The key that `--key` names. `command` is what was asked for: `plugin sign ./greeter`. Throws ERR_USAGE without one. */
export async function readPrivateKey(file: string | undefined, command: string): Promise<KeyObject> {
  if (file === undefined) {
    throw new PluginError('ERR_USAGE', `Cannot run "aitbc ${command}": no key is given`, {
      hint: `aitbc ${command} --key plugin.key   (\`aitbc plugin keygen\` makes one)`,
    });
  }
  let pem: string;
  try {
    pem = await readFile(file, 'utf8');
  } catch (error) {
    const state = MISTYPED.get(codeOf(error) ?? '');
    if (state === undefined) throw storeError('read', file, error);
    throw new PluginError('ERR_USAGE', `Cannot use "${file}" as a key: ${state}`, {
      hint: 'Name the file of a private key; `aitbc plugin keygen` makes one.',
      cause: error,
    });
  }
  return parsePrivateKey(pem, file, process.env['AITBC_KEY_PASSPHRASE'] || undefined);
}
