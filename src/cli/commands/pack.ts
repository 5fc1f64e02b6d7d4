import { join, resolve } from 'node:path';
import { mkdir } from 'node:fs/promises';
import { writeAtomic } from '../../core/atomic-file.ts';
import { digestOf } from '../../core/digest.ts';
import { storeError } from '../../core/system-error.ts';
import { assertPacked, packPlugin } from '../packing.ts';
import { readPrivateKey } from '../private-key.ts';
import type { Session } from '../session.ts';

export interface PackCommandOptions {
  readonly key?: string;
  readonly out: string;
}

/** `aitbc plugin pack`: the file that `publish` would publish. */
export async function pack(session: Session, target: string, options: PackCommandOptions): Promise<number> {
  const { output, progress } = session;
  const config = await session.config({ begin: true });
  const signing =
    options.key === undefined
      ? ('unsigned' as const)
      : { key: await readPrivateKey(options.key, `plugin pack ${target}`) };
  const packed = await packPlugin(session, config, target, signing);
  await assertPacked(session, config, packed, signing);
  progress.clear();
  const folder = resolve(options.out);
  const all = [packed, ...(packed.beside === undefined ? [] : [packed.beside])];
  for (const { file, bytes } of all) {
    try {
      await mkdir(folder, { recursive: true });
      await writeAtomic(join(folder, file), bytes);
    } catch (error) {
      throw storeError('write', join(folder, file), error);
    }
  }
  const { metadata, integrity } = packed.entry;
  const { name, version } = metadata;
  const checksum = digestOf(packed.bytes);
  const files = all.map(({ file }) => join(folder, file));
  output.data({ name, version, integrity, checksum, size: packed.bytes.byteLength, signer: packed.signer, files });
  output.line(
    `Packed ${name} ${version}${packed.signer === undefined ? ', unsigned' : ` and signed it with ${packed.signer}`}`,
  );
  output.line(`    checksum  ${checksum}   (${packed.bytes.byteLength} bytes)`);
  for (const { file } of all) output.line(`    written   ${join(options.out, file)}`);
  return 0;
}
