/**
 * The signature of a plugin, where it lies and where it was locked. Guarantees that a signed entry is verified anew at every
 * load, with the keys that the config has now; trusts src/trust to say what a bundle is worth.
 */
import type { PluginConfig } from '../config/types.ts';
import { digestOf } from '../core/digest.ts';
import type { LockEntry } from '../lock/types.ts';
import type { ByteSource } from '../lock/verify.ts';
import { meansAbsent } from '../source/absent.ts';
import type { Origin } from '../source/types.ts';
import { assertRelease, checkSignature, type Checked, type SignatureFile } from '../trust/check.ts';
import { signatureFiles } from '../trust/files.ts';
import { assertRequired } from '../trust/policy.ts';
import { wrongSignature } from '../trust/refusal.ts';
import type { Subject } from '../trust/requirement.ts';
import type { LoaderContext } from './context.ts';

/** The bundle beside a plugin; undefined where there is none, and where nobody's would count. */
export async function findSignature(
  origin: Pick<Origin, 'read' | 'entry' | 'archive'>,
  { config }: LoaderContext,
): Promise<SignatureFile | undefined> {
  if ((config.trust?.publishers.size ?? 0) === 0) return undefined;
  for (const file of signatureFiles(origin)) {
    try {
      return { file, bytes: (await origin.read(file)).bytes };
    } catch (error) {
      if (!meansAbsent(error)) throw error;
    }
  }
  return undefined;
}

/** What the config says of a plugin that is not locked yet. */
export function subjectOf(
  key: string | undefined,
  name: string | undefined,
  source: string,
  { config }: LoaderContext,
): Subject & { readonly locked: boolean } {
  const plugin = key === undefined ? undefined : config.plugins.get(key);
  return { key, name, source, require: plugin?.require, locked: false };
}

/** What `trust.sources` speaks of: a plugin of a registry has that registry's address. */
export function trustedSource({ source, registry }: Pick<LockEntry, 'source' | 'registry'>): string {
  return registry?.url ?? source;
}

/** ERR_SIGNATURE, ERR_POLICY. Must have passed before anything of the plugin is built. */
export async function assertSignedAsLocked(
  plugin: PluginConfig,
  entry: LockEntry,
  source: ByteSource,
  context: LoaderContext,
): Promise<void> {
  const checked = await checkLocked(plugin.name, entry, source, context);
  assertRelease(plugin.name, checked, entry.metadata);
  const subject = {
    key: plugin.name,
    name: entry.metadata.name,
    source: trustedSource(entry),
    require: plugin.require,
    locked: true,
  };
  assertRequired(plugin.name, subject, checked, context.config.trust);
}

async function checkLocked(
  plugin: string,
  { signer, signature, integrity }: LockEntry,
  source: ByteSource,
  context: LoaderContext,
): Promise<Checked> {
  if (signer === undefined || signature === undefined) return { kind: 'unsigned' };
  const { file, digest } = signature;
  const bytes = await source.read(file, digest);
  const actual = bytes === undefined ? 'missing' : digestOf(bytes);
  if (bytes === undefined || actual !== digest) {
    const state = bytes === undefined ? `${file} is missing` : `${file} is not the signature that was locked`;
    throw wrongSignature(state, {
      plugin,
      module: file,
      expected: digest,
      actual,
      hint: source.remedy?.(file) ?? `Restore ${file}, or lock its new signature: \`aitbc plugin update ${plugin}\`.`,
    });
  }
  const checked = await checkSignature(plugin, { file, bytes }, integrity, await context.publishers());
  if (checked.kind === 'signed' && checked.signer === signer) return checked;
  const found = checked.kind === 'unknown' ? checked.who : checked.kind === 'signed' ? checked.signer : 'nobody';
  throw wrongSignature(`it was locked as signed by ${signer}, whom the config does not trust`, {
    plugin,
    module: file,
    expected: `signed by ${signer}`,
    actual: `signed by ${found}`,
    hint: 'If that publisher is trusted, put it back into trust.publishers. If its keys changed, get the plugin signed anew.',
  });
}
