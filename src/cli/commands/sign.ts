import { stat } from 'node:fs/promises';
import { basename, join, relative, resolve } from 'node:path';
import { writeAtomic } from '../../core/atomic-file.ts';
import { PluginError } from '../../core/errors.ts';
import { storeError } from '../../core/system-error.ts';
import type { Identified } from '../../loader/types.ts';
import { PLUGIN_SIGNATURE, signatureOf } from '../../trust/files.ts';
import { publicKeyOf } from '../../trust/keys.ts';
import { signRelease } from '../../trust/sign.ts';
import { statementOf } from '../../trust/statement.ts';
import { readPrivateKey } from '../private-key.ts';
import type { Session } from '../session.ts';
import { fromHere } from '../specifier.ts';

export interface SignCommandOptions {
  readonly key?: string;
  readonly out?: string;
  readonly statement?: boolean;
}

/** `aitbc plugin sign`: a signature over name, version and digest, as they would be locked. */
export async function sign(session: Session, target: string, options: SignCommandOptions): Promise<number> {
  const { output } = session;
  const config = await session.config({ begin: true });
  // Asked for before the work, and read before anything else can fail.
  const privateKey =
    options.statement === true ? undefined : await readPrivateKey(options.key, `plugin sign ${target}`);
  const loader = await session.loader(config);
  const identified = await loader.identify(config.plugins.has(target) ? target : fromHere(target, config), {
    signature: 'ignore',
    signal: session.signal,
  });
  session.progress.clear();
  const { entry } = identified;
  const { name, version } = entry.metadata;
  const release = { name, version, integrity: entry.integrity };
  if (privateKey === undefined) {
    const statement = statementOf(release).toString('utf8');
    output.data({ ...release, statement });
    output.line(statement);
    return 0;
  }
  const file = options.out === undefined ? await beside(identified, target) : resolve(options.out);
  const bundle = await signRelease(release, privateKey);
  try {
    await writeAtomic(file, bundle);
  } catch (error) {
    throw storeError('write', file, error);
  }
  const { createPublicKey } = await import('node:crypto');
  const signer = publicKeyOf(createPublicKey(privateKey)).id;
  output.data({ ...release, signer, file });
  output.line(`Signed ${name} ${version} with ${signer}`);
  output.line(`    checksum  ${entry.integrity}`);
  output.line(`    written   ${relative('.', file) || basename(file)}`);
  return 0;
}

/** Where `add` will look for it. */
async function beside({ path }: Identified, target: string): Promise<string> {
  if (path === undefined) {
    throw new PluginError('ERR_USAGE', `Cannot sign "${target}": it is not on this machine`, {
      hint: `Say where the signature goes, and publish it beside the plugin: --out ${PLUGIN_SIGNATURE}`,
    });
  }
  if ((await stat(path)).isDirectory()) return join(path, PLUGIN_SIGNATURE);
  return signatureOf(path);
}
