import { resolve } from 'node:path';
import { writeAtomic } from '../../core/atomic-file.ts';
import { PluginError } from '../../core/errors.ts';
import { storeError } from '../../core/system-error.ts';
import { generateKeys, type KeyType } from '../../trust/sign.ts';
import type { Session } from '../session.ts';

/** `aitbc plugin keygen`: writes a private key that only its owner can read, and its public key beside it. */
export async function keygen(
  session: Session,
  options: { readonly out: string; readonly type: KeyType },
): Promise<number> {
  const { output } = session;
  const file = resolve(options.out);
  const passphrase = process.env['AITBC_KEY_PASSPHRASE'] || undefined;
  const { privateKey, publicKey } = generateKeys(options.type, passphrase);
  await publish(file, privateKey, 0o600);
  await publish(`${file}.pub`, `${publicKey.text}\n`, 0o644);
  output.data({ privateKey: file, publicKey: `${file}.pub`, key: publicKey.text, id: publicKey.id });
  output.line(
    `Private key  ${options.out}   (keep it secret${passphrase === undefined ? '; it is not encrypted' : ''})`,
  );
  output.line(`Public key   ${options.out}.pub`);
  output.line(`Who trusts it puts this into plugins.yaml:`);
  output.line(`trust:\n  publishers:\n    <your name>: { keys: ["${publicKey.text}"] }`);
  return 0;
}

/** Never in the place of another key. */
async function publish(file: string, text: string, mode: number): Promise<void> {
  let written;
  try {
    written = await writeAtomic(file, text, { mode, exclusive: true });
  } catch (error) {
    throw storeError('write', file, error);
  }
  if (written) return;
  throw new PluginError('ERR_USAGE', `Cannot write "${file}": it is there already`, {
    hint: 'Choose another place with --out <file>.',
  });
}
