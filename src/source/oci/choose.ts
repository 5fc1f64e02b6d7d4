/** What of an index or a manifest is the plugin: the one thing that can be meant, or an error that says why there is none. */
import { PluginError } from '../../core/errors.ts';
import { isOwnId } from '../module-id.ts';
import type { ModuleId } from '../types.ts';
import { MANIFEST_TYPES, type Descriptor, type Manifest } from './manifest.ts';

export interface Chosen {
  readonly kind: 'wasm' | 'archive';
  readonly layer: Descriptor;
  /** Own id of a component. */
  readonly entry: ModuleId;
  /** Other layers, by the names they have as files. */
  readonly files: ReadonlyMap<ModuleId, Descriptor>;
}

/** Of the CNCF's artifact format, and of older tools. */
const WASM = new Set([
  'application/wasm',
  'application/vnd.wasm.content.layer.v1+wasm',
  'application/vnd.module.wasm.content.layer.v1+wasm',
  'application/vnd.bytecodealliance.wasm.component.layer.v0+wasm',
]);
const ARCHIVE = new Set([
  'application/gzip',
  'application/x-gzip',
  'application/tar+gzip',
  'application/x-tar+gzip',
  'application/x-tgz',
  'application/vnd.oci.image.layer.v1.tar+gzip',
]);
const IMAGE_CONFIG = new Set([
  'application/vnd.oci.image.config.v1+json',
  'application/vnd.docker.container.image.v1+json',
]);

/** The only manifest of an index that may be a plugin. `name`: `oci://host/repository`. */
export function chooseManifest(source: string, name: string, manifests: readonly Descriptor[]): Descriptor {
  const able = manifests.filter(
    ({ mediaType, platform, attestation }) =>
      MANIFEST_TYPES.includes(mediaType) && !attestation && (platform === undefined || /\/wasm(?:32)?$/.test(platform)),
  );
  const [only, ...others] = able;
  if (only !== undefined && others.length === 0) return only;
  if (only === undefined) {
    const has = manifests.map(({ platform, mediaType }) => platform ?? mediaType);
    throw refused(source, `it is an index without anything for WebAssembly (${shown(has)})`, NOT_IMAGES);
  }
  throw refused(
    source,
    `it is an index of ${able.length} artifacts that may be meant`,
    `name one of them: ${able
      .slice(0, 5)
      .map(({ digest }) => `${name}@${digest}`)
      .join(', ')}`,
  );
}

/** The only layer that is WebAssembly or, where none is, the only archive. */
export function chooseLayer(source: string, { config, layers }: Extract<Manifest, { kind: 'manifest' }>): Chosen {
  const image = IMAGE_CONFIG.has(config.mediaType);
  const wasm = layers.filter(({ mediaType }) => WASM.has(mediaType));
  const archives = image ? [] : layers.filter(({ mediaType }) => ARCHIVE.has(mediaType));
  const able = wasm.length > 0 ? wasm : archives;
  const [layer, ...others] = able;
  if (layer === undefined && image) throw refused(source, 'it is a container image', NOT_IMAGES);
  if (layer === undefined) {
    const state = `none of its layers is WebAssembly or an archive (${shown(layers.map(({ mediaType }) => mediaType))})`;
    throw refused(source, state, NOT_IMAGES);
  }
  if (others.length > 0) {
    throw refused(
      source,
      `${able.length} of its layers may be meant`,
      'push the plugin as one layer, application/wasm',
    );
  }
  const kind = wasm.length > 0 ? 'wasm' : 'archive';
  const { title } = layer;
  const entry = title !== undefined && isOwnId(title) && title.endsWith('.wasm') ? title : 'plugin.wasm';
  const files = new Map<ModuleId, Descriptor>();
  for (const other of kind === 'wasm' ? layers : []) {
    if (other === layer || other.title === undefined || !isOwnId(other.title)) continue;
    if (other.title === entry || files.has(other.title)) {
      throw refused(source, `two of its layers are called "${other.title}"`, 'push it again, each file once');
    }
    files.set(other.title, other);
  }
  return { kind, layer, entry, files };
}

const NOT_IMAGES =
  'a plugin is an artifact with one layer: application/wasm, or application/gzip for an archive (docs/sources.md)';

function shown(list: readonly string[]): string {
  const first = [...new Set(list)].slice(0, 5).join(', ');
  return first === '' ? 'it has nothing' : first;
}

function refused(source: string, state: string, hint: string): PluginError {
  return new PluginError('ERR_SOURCE_FETCH', `Cannot use "${source}": ${state}`, { hint });
}
