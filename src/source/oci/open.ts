import { PluginError } from '../../core/errors.ts';
import { openArchive } from '../archive/open.ts';
import { createForeignReader, offline } from '../foreign.ts';
import { openLazily } from '../lazy.ts';
import { assertOwnId, isForeign } from '../module-id.ts';
import type { OciSpecifier } from '../specifier.ts';
import type { ModuleId, Origin, SourceContext } from '../types.ts';
import { chooseLayer, chooseManifest } from './choose.ts';
import { openRegistry, type Limit, type Registry } from './registry.ts';

/** Resolves the tag to a digest, and opens what that names. */
export function openOci(spec: OciSpecifier, context: SourceContext): Promise<Origin> {
  return open(spec.text, spec, undefined, context);
}

/** `target`: the digest that the lock names. Asks nothing before the first read, and for no tag. */
export function openLockedOci(
  spec: OciSpecifier,
  target: OciSpecifier,
  entry: ModuleId,
  context: SourceContext,
): Origin {
  const known = { source: spec.text, resolved: target.normal, git: undefined, entry };
  return openLazily(known, () => open(spec.text, target, entry, context));
}

async function open(
  source: string,
  spec: OciSpecifier,
  entry: ModuleId | undefined,
  context: SourceContext,
): Promise<Origin> {
  if (context.offline) throw offline(spec.normal);
  const foreign = createForeignReader(context);
  try {
    const registry = openRegistry(spec, await foreign.client(), context);
    const { digest, manifest } = await resolve(registry, source, spec);
    const chosen = chooseLayer(source, manifest);
    const resolved = `oci://${spec.host}/${spec.repository}@${digest}`;
    const referrer = `${spec.url}/`;
    const bytes = await registry.blob(chosen.layer, chosen.kind === 'wasm' ? module(context) : archive(context));
    if (chosen.kind === 'archive') {
      const origin = await openArchive({ source, resolved, bytes, referrer, entry }, context);
      await foreign.close();
      return origin;
    }
    return {
      source,
      resolved,
      git: undefined,
      entry: chosen.entry,
      base: undefined,
      read: async (id, options = {}) => {
        if (isForeign(id)) return foreign.read(id, options, referrer);
        assertOwnId(id, source);
        if (id === chosen.entry) return { bytes };
        const file = chosen.files.get(id);
        if (file !== undefined) return { bytes: await registry.blob(file, module(context)) };
        throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot read "${id}" of "${source}": it has no such file`);
      },
      list: async () => [chosen.entry, ...chosen.files.keys()].sort(),
      close: () => foreign.close(),
    };
  } catch (error) {
    await foreign.close();
    throw error;
  }
}

/** An index leads to one manifest; one that leads to another index is refused, so there are two steps at most. */
async function resolve(registry: Registry, source: string, spec: OciSpecifier) {
  const first = await registry.manifest(spec.reference);
  if (first.manifest.kind === 'manifest') return { digest: first.digest, manifest: first.manifest };
  const name = `oci://${spec.host}/${spec.repository}`;
  const chosen = chooseManifest(source, name, first.manifest.manifests);
  const { digest, manifest } = await registry.manifest(chosen.digest);
  if (manifest.kind === 'manifest') return { digest, manifest };
  throw new PluginError('ERR_SOURCE_FETCH', `Cannot use "${source}": it is an index that leads to another index`, {
    hint: `name the artifact itself: ${name}@sha256:<digest>`,
  });
}

function module({ config }: SourceContext): Limit {
  return { bytes: config.maxModuleBytes, key: 'max_module' };
}

function archive({ config }: SourceContext): Limit {
  return { bytes: config.maxArchiveBytes, key: 'max_archive' };
}
