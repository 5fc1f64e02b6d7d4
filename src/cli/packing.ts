/**
 * Makes what is published of a plugin. Guarantees that it was read back from the bytes that go out, and that it is the same
 * plugin there, signed as it says. Trusts the loader to say what a plugin is.
 */
import { createPublicKey, type KeyObject } from 'node:crypto';
import { mkdtemp, mkdir, readFile, realpath, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { NO_TRUST } from '../config/no-trust.ts';
import type { HostConfig, TrustConfig } from '../config/types.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import { storeError } from '../core/system-error.ts';
import type { LockEntry } from '../lock/types.ts';
import { packArchive } from '../registry/publish/archive.ts';
import { assertOneFile, filesOfFolder } from '../registry/publish/contents.ts';
import { PLUGIN_SIGNATURE, signatureOf } from '../trust/files.ts';
import { publicKeyOf } from '../trust/keys.ts';
import { signRelease } from '../trust/sign.ts';
import type { Session } from './session.ts';
import { fromHere } from './specifier.ts';

export interface Packed {
  readonly entry: LockEntry;
  /** Name of the file that is downloaded. */
  readonly file: string;
  readonly bytes: Uint8Array;
  /** The signature beside a single file or an archive; a folder's lies in its archive. */
  readonly beside: { readonly file: string; readonly bytes: Uint8Array } | undefined;
  readonly signer: string | undefined;
  /** What the config calls who signed. */
  readonly publisher: string | undefined;
}

/** A private key to sign with; `signed`: it is signed already, by a publisher of the config; `unsigned`: nobody has to. */
export type Signing = { readonly key: KeyObject } | 'signed' | 'unsigned';

export const ARCHIVE: RegExp = /\.(?:tgz|tar\.gz)$/i;

/** ERR_USAGE for what cannot be packed; whatever `plugin add` would refuse of the result. */
export async function packPlugin(
  session: Session,
  config: HostConfig,
  target: string,
  signing: Signing,
): Promise<Packed> {
  const given = await identify(session, config, target, signing === 'signed' ? 'signed' : 'unsigned').catch(
    (error: unknown) => {
      throw signing === 'signed' ? askForKey(error, target) : error;
    },
  );
  const { entry, path } = given;
  if (path === undefined) {
    throw new PluginError('ERR_USAGE', `Cannot pack "${target}": it is not on this machine`, {
      hint: 'name a folder, a file or an archive',
    });
  }
  const { name, version } = entry.metadata;
  const signature = typeof signing === 'object' ? await signedBy(signing.key, entry) : undefined;
  const own = entry.signature?.file;
  const packed = { entry, ...whoOf(signing, entry, config) };
  if ((await stat(path)).isDirectory()) {
    const { maxModuleBytes, maxModules } = config.fetch;
    const folder = { source: target, root: await realpath(path), maxBytes: maxModuleBytes, maxFiles: maxModules };
    const files = await filesOfFolder(folder, entry);
    if (signature !== undefined) files.set(PLUGIN_SIGNATURE, signature);
    else if (own !== undefined) files.set(own, await readPlain(join(folder.root, own)));
    const file = `${name}-${version}.tgz`;
    return { ...packed, file, bytes: await packArchive(files), beside: undefined };
  }
  const bytes = await readPlain(path);
  if (ARCHIVE.test(path)) {
    const file = `${name}-${version}.tgz`;
    // One that lies inside is a part of the archive already.
    const lies = own === signatureOf(basename(path)) ? await readPlain(join(dirname(path), own)) : undefined;
    const kept = signature ?? lies;
    return {
      ...packed,
      file,
      bytes,
      beside: kept === undefined ? undefined : { file: signatureOf(file), bytes: kept },
    };
  }
  assertOneFile(entry, target);
  const file = basename(path);
  const from = own === undefined ? undefined : await readPlain(join(dirname(path), own));
  const found = signature ?? from;
  return {
    ...packed,
    file,
    bytes,
    beside: found === undefined ? undefined : { file: signatureOf(file), bytes: found },
  };
}

/** Reads what was packed as a consumer would: ERR_INTERNAL where it is another plugin there, ERR_SIGNATURE where it is not signed as it says. */
export async function assertPacked(
  session: Session,
  config: HostConfig,
  packed: Packed,
  signing: Signing,
  at?: string,
): Promise<void> {
  const { entry, signer } = packed;
  const check = async (file: string): Promise<void> => {
    const trust = typeof signing === 'object' ? onlyKey(signing.key) : config.trust;
    const found = await identify(
      session,
      { ...config, ...(trust && { trust }) },
      file,
      signing === 'unsigned' ? 'unsigned' : 'signed',
    );
    if (found.entry.integrity === entry.integrity && (signer === undefined || found.entry.signer === signer)) return;
    throw new PluginError(
      'ERR_INTEGRITY',
      `Cannot publish "${entry.metadata.name}": what was packed is another plugin`,
      {
        hint: 'It changed while it was packed, or it needs files that are no modules of it.',
        details: { file: packed.file, expected: entry.integrity, actual: found.entry.integrity },
      },
    );
  };
  if (at !== undefined) return check(at);
  const folder = await realpath(await mkdtemp(join(tmpdir(), 'aitbc-pack-')));
  try {
    await mkdir(join(folder, 'pack'));
    await writeFile(join(folder, 'pack', packed.file), packed.bytes);
    if (packed.beside !== undefined) await writeFile(join(folder, 'pack', packed.beside.file), packed.beside.bytes);
    await check(join(folder, 'pack', packed.file));
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What the config says of other plugins is not asked: neither its lock, nor whose reviews it wants. */
async function identify(
  session: Session,
  config: HostConfig,
  target: string,
  signature: 'signed' | 'unsigned',
): ReturnType<Awaited<ReturnType<Session['loader']>>['identify']> {
  const { publishers, trustedRoot } = { ...NO_TRUST, ...config.trust };
  const trust: TrustConfig = { ...NO_TRUST, publishers, trustedRoot, require: 'signed' };
  const loader = await session.loader({ ...config, trust });
  const named = config.plugins.has(target) ? target : fromHere(target, config);
  return loader.identify(named, { signature: signature === 'signed' ? 'check' : 'ignore', signal: session.signal });
}

function onlyKey(key: KeyObject): TrustConfig {
  const { text } = publicKeyOf(createPublicKey(key));
  return { ...NO_TRUST, publishers: new Map([['--key', { keys: [{ text }], identities: [] }]]) };
}

async function signedBy(key: KeyObject, { metadata, integrity }: LockEntry): Promise<Uint8Array> {
  const { name, version } = metadata;
  return Buffer.from(await signRelease({ name, version, integrity }, key));
}

function whoOf(signing: Signing, entry: LockEntry, { trust }: HostConfig): Pick<Packed, 'signer' | 'publisher'> {
  if (typeof signing !== 'object') return { signer: entry.signer, publisher: entry.signature?.publisher };
  const { id, text } = publicKeyOf(createPublicKey(signing.key));
  const own = [...(trust?.publishers ?? [])].find(([, { keys }]) =>
    keys.some((key) => 'text' in key && key.text === text),
  );
  return { signer: id, publisher: own?.[0] };
}

function askForKey(error: unknown, target: string): unknown {
  if (!isPluginError(error, 'ERR_POLICY', 'ERR_SIGNATURE')) return error;
  return new PluginError(error.code, `Cannot publish "${target}": it is not signed by a publisher of the config`, {
    hint: 'Sign it: --key plugin.key (`aitbc plugin keygen` makes one); or say --unsigned.',
    cause: error,
    details: error.details,
  });
}

async function readPlain(path: string): Promise<Buffer> {
  try {
    return await readFile(path);
  } catch (error) {
    throw storeError('read', path, error);
  }
}
