import { readFile } from 'node:fs/promises';
import type { Identity, PublisherConfig, TrustConfig } from '../config/types.ts';
import { messageOf, PluginError } from '../core/errors.ts';
import { parseStrictJson } from '../core/parse-json.ts';
import { codeOf } from '../core/system-error.ts';
import { parsePublicKey, type PublicKey } from './keys.ts';

/** Everybody whose signatures count. */
export interface Publishers {
  /** By the key's id. */
  readonly keys: ReadonlyMap<string, PublicKey & { readonly publisher: string }>;
  readonly identities: readonly (Identity & { readonly publisher: string })[];
  /** The trusted root's JSON; undefined without identities. */
  readonly trustedRoot: string | undefined;
}

export const NO_PUBLISHERS: Publishers = { keys: new Map(), identities: [], trustedRoot: undefined };

/** No key and no trusted root of the world's has more. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** Reads the keys and the trusted root of the config. Throws ERR_CONFIG_INVALID, with the key of the config. */
export function readPublishers({ publishers, trustedRoot }: TrustConfig): Promise<Publishers> {
  return readSigners(publishers, trustedRoot, 'trust.publishers');
}

/** The same for others whose signatures count; `section` is where the config has them. */
export async function readSigners(
  configs: ReadonlyMap<string, PublisherConfig>,
  trustedRoot: string | undefined,
  section: string,
): Promise<Publishers> {
  const keys = new Map<string, PublicKey & { publisher: string }>();
  const identities: (Identity & { publisher: string })[] = [];
  for (const [publisher, config] of configs) {
    for (const [index, source] of config.keys.entries()) {
      const at = `${section}.${publisher}.keys[${index}]`;
      const text = 'text' in source ? source.text : await readText(source.file, at);
      const key = parse(text, at);
      const other = keys.get(key.id);
      if (other !== undefined) throw invalid(at, `is the same key as one of "${other.publisher}"`);
      keys.set(key.id, { ...key, publisher });
    }
    for (const [index, identity] of config.identities.entries()) {
      const same = identities.find(({ issuer, subject }) => issuer === identity.issuer && subject === identity.subject);
      if (same !== undefined) {
        throw invalid(`${section}.${publisher}.identities[${index}]`, `is also one of "${same.publisher}"`);
      }
      identities.push({ ...identity, publisher });
    }
  }
  const root = identities.length === 0 ? undefined : trustedRoot;
  return { keys, identities, trustedRoot: root === undefined ? undefined : await readRoot(root) };
}

async function readRoot(file: string): Promise<string> {
  const at = 'trust.trusted_root';
  const text = await readText(file, at);
  const parsed = parseStrictJson(text);
  if (!parsed.ok) throw invalid(at, `names "${file}", which is not JSON: line ${parsed.line}: ${parsed.reason}`);
  const root = parsed.value as { certificateAuthorities?: unknown } | null;
  if (Array.isArray(root?.certificateAuthorities) && root.certificateAuthorities.length > 0) return text;
  throw invalid(at, `names "${file}", which is no sigstore trusted root: it has no certificateAuthorities`);
}

async function readText(file: string, at: string): Promise<string> {
  try {
    const bytes = await readFile(file);
    if (bytes.byteLength > MAX_FILE_BYTES) throw invalid(at, `names "${file}", which is larger than 4 MiB`);
    return bytes.toString('utf8');
  } catch (error) {
    if (error instanceof PluginError) throw error;
    const state = codeOf(error) === 'ENOENT' ? 'which does not exist' : `which cannot be read: ${messageOf(error)}`;
    throw invalid(at, `names "${file}", ${state}`, error);
  }
}

function parse(text: string, at: string): PublicKey {
  try {
    return parsePublicKey(text);
  } catch (error) {
    throw invalid(at, messageOf(error), error);
  }
}

function invalid(at: string, state: string, cause?: unknown): PluginError {
  return new PluginError('ERR_CONFIG_INVALID', `Cannot use the config: ${at} ${state}`, {
    details: { key: at },
    hint: 'See docs/trust.md for what stands there.',
    ...(cause === undefined ? {} : { cause }),
  });
}
