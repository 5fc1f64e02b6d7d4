/**
 * Reads manifests and blobs of one repository. Guarantees that a manifest has the digest it was asked by and the one the registry
 * states for it, and that a blob has the size and the digest of its descriptor, compared in memory before anything in
 * them is looked at. Trusts SHA-256 alone: a tag means what the registry says, and is a digest from then on.
 */
import { digestOf, isDigest, type Digest } from '../../core/digest.ts';
import { isPluginError, PluginError } from '../../core/errors.ts';
import { printable } from '../../core/text.ts';
import type { HttpClient } from '../http/types.ts';
import type { OciSpecifier } from '../specifier.ts';
import type { SourceContext } from '../types.ts';
import { createGate } from './authorize.ts';
import { ACCEPT, readManifest, type Descriptor, type Manifest } from './manifest.ts';

export interface Registry {
  /** By tag or digest. */
  manifest(reference: string): Promise<{ readonly digest: Digest; readonly manifest: Manifest }>;
  /** `limit` in bytes; ERR_SOURCE_TOO_LARGE before anything is asked for. */
  blob(descriptor: Descriptor, limit: Limit): Promise<Uint8Array>;
}

export interface Limit {
  readonly bytes: number;
  /** Its key in `fetch` of the config. */
  readonly key: 'max_module' | 'max_archive';
}

/** What the specification lets registries refuse above. */
const MAX_MANIFEST = 4 * 1024 * 1024;

export function openRegistry(spec: OciSpecifier, http: HttpClient, context: SourceContext): Registry {
  // Docker Hub answers under another name than it is called by.
  const hub = spec.host === 'docker.io' || spec.host === 'index.docker.io';
  const base = hub ? 'https://registry-1.docker.io' : spec.url;
  const repository = hub && !spec.repository.includes('/') ? `library/${spec.repository}` : spec.repository;
  const root = `${base}/v2/${repository}`;
  const gate = createGate(base, repository, http, context);
  const name = `oci://${spec.host}/${spec.repository}`;
  const { signal } = context;

  return {
    async manifest(reference) {
      const source = `${name}${isDigest(reference) ? '@' : ':'}${reference}`;
      const limit = Math.min(MAX_MANIFEST, context.config.maxArchiveBytes);
      const options = { limit, expect: 'module', accept: ACCEPT, signal } as const;
      const file = await gate
        .pass((authorization) => http.get(`${root}/manifests/${reference}`, { ...options, authorization }))
        .catch((error: unknown) => {
          throw isPluginError(error, 'ERR_SOURCE_NOT_FOUND') ? notThere(source, error) : error;
        });
      const digest = digestOf(file.bytes);
      if (isDigest(reference) && digest !== reference) {
        throw differs(source, 'its manifest is not the one that was asked for', reference, digest);
      }
      const stated = file.headers['docker-content-digest'];
      if (stated !== undefined && stated !== digest) {
        throw differs(source, 'its manifest has another digest than the registry states', stated, digest);
      }
      return { digest, manifest: readManifest(source, file.bytes, file.contentType) };
    },
    async blob({ digest, size, elsewhere }, { bytes: limit, key }) {
      const source = `${name}@${digest}`;
      if (elsewhere) {
        throw new PluginError(
          'ERR_SOURCE_FETCH',
          `Cannot fetch "${source}": its manifest says that it lies elsewhere`,
          {
            hint: 'push it again with its layers in the registry; other addresses are never asked',
          },
        );
      }
      if (size > limit) {
        throw new PluginError('ERR_SOURCE_TOO_LARGE', `Cannot fetch "${source}": it is larger than ${limit} bytes`, {
          hint: `raise "${key}" of fetch in the config if it is right`,
          details: { size },
        });
      }
      const options = { limit: size, expect: 'archive', signal } as const;
      const { bytes } = await gate
        .pass((authorization) => http.get(`${root}/blobs/${digest}`, { ...options, authorization }))
        .catch((error: unknown) => {
          if (!isPluginError(error, 'ERR_SOURCE_TOO_LARGE')) throw error;
          throw differs(source, 'the registry sends more than its manifest says', `${size} bytes`, 'more');
        });
      if (bytes.byteLength !== size) {
        throw differs(
          source,
          'it has another size than its manifest says',
          `${size} bytes`,
          `${bytes.byteLength} bytes`,
        );
      }
      const actual = digestOf(bytes);
      if (actual !== digest) throw differs(source, 'its bytes do not match their digest', digest, actual);
      return bytes;
    },
  };
}

function differs(source: string, state: string, expected: string, actual: string): PluginError {
  return new PluginError('ERR_INTEGRITY', `Cannot use "${source}": ${state}`, {
    hint: 'The registry, or something on the way to it, changed it. Do not use it before you know why.',
    details: { expected: printable(expected, { max: 200 }), actual },
  });
}

function notThere(source: string, cause: unknown): PluginError {
  return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot find "${source}": the registry has no such artifact`, {
    hint: 'check repository and tag; private repositories may look missing without a login',
    cause,
  });
}
