import { relative, resolve } from 'node:path';
import type { HostConfig } from '../../config/types.ts';
import { digestOf } from '../../core/digest.ts';
import { PluginError } from '../../core/errors.ts';
import { silentLogger } from '../../core/logger.ts';
import { downloadOf } from '../../registry/download-url.ts';
import type { Publication } from '../../registry/publish/entry.ts';
import { registryFolder, readIfThere, type RegistryFolder, type WrittenFile } from '../../registry/publish/folder.ts';
import { publish as publishTo } from '../../registry/publish/publish.ts';
import { createRegistries } from '../../registry/registries.ts';
import { ARCHIVE, assertPacked, packPlugin, type Packed, type Signing } from '../packing.ts';
import { readPrivateKey } from '../private-key.ts';
import { commitLines } from '../commit-lines.ts';
import { nowOf } from '../publish-time.ts';
import type { Session } from '../session.ts';

export interface PublishCommandOptions {
  readonly to?: string;
  readonly key?: string;
  readonly unsigned?: boolean;
  readonly tag?: readonly string[];
  readonly publisher?: string;
  readonly downloadUrl?: string;
  readonly dryRun?: boolean;
}

/** `aitbc plugin publish`: packs, signs, and writes file and entry into a registry's folder; then reads it as a consumer would. */
export async function publish(session: Session, target: string, options: PublishCommandOptions): Promise<number> {
  const { output, progress } = session;
  const to = registryFolder(resolve(required(options.to, target)));
  const dryRun = options.dryRun === true;
  const config = await session.config({ begin: true });
  const signing = await signingOf(options, target);
  const packed = await packPlugin(session, config, target, signing);
  await assertPacked(session, config, packed, signing);
  const publication = publicationOf(packed, options);
  const files = filesOf(packed);
  const done = await publishTo(to, publication, files, dryRun);
  if (!dryRun) await readBack(session, config, to, publication, packed, signing);
  progress.clear();
  const { name, version } = packed.entry.metadata;
  const written = done === 'added' && !dryRun ? [to.index, ...files.map(({ path }) => resolve(to.folder, path))] : [];
  output.data({
    name,
    version,
    result: dryRun && done === 'added' ? 'would-add' : done,
    integrity: packed.entry.integrity,
    checksum: publication.checksum,
    size: publication.size,
    download_url: publication.downloadUrl,
    signer: packed.signer,
    publisher: publication.publisher,
    index: to.index,
    files: written,
  });
  if (done === 'unchanged') {
    output.line(`${name} ${version} is published already, with the same content: nothing was written.`);
    return 0;
  }
  output.line(`${dryRun ? 'Would publish' : 'Published'} ${name} ${version} to ${relative('.', to.folder) || '.'}`);
  output.line(`    checksum  ${publication.checksum}   (${publication.size} bytes)`);
  output.line(`    signer    ${packed.signer ?? 'not signed'}`);
  output.line(`    download  ${publication.downloadUrl}`);
  if (dryRun) return 0;
  for (const file of written) output.line(`    written   ${relative('.', file)}`);
  if (options.downloadUrl !== undefined)
    output.line(`Put ${relative('.', written[1] ?? '')} where ${options.downloadUrl} is.`);
  for (const line of await commitLines(to.folder, written, `Publish ${name} ${version}`)) output.line(line);
  return 0;
}

function required(to: string | undefined, target: string): string {
  if (to !== undefined) return to;
  throw new PluginError('ERR_USAGE', `Cannot publish "${target}": no registry is named`, {
    hint: `name its folder: aitbc plugin publish ${target} --to ./registry --key plugin.key`,
  });
}

async function signingOf({ key, unsigned }: PublishCommandOptions, target: string): Promise<Signing> {
  if (key === undefined) return unsigned === true ? 'unsigned' : 'signed';
  if (unsigned !== true) return { key: await readPrivateKey(key, `plugin publish ${target}`) };
  throw new PluginError('ERR_USAGE', 'Cannot publish: --key and --unsigned exclude each other', {
    hint: 'leave one of them out',
  });
}

function publicationOf(packed: Packed, { tag = [], publisher, downloadUrl }: PublishCommandOptions): Publication {
  const { entry, signer } = packed;
  const tags = [...new Set([...tag, ...(entry.metadata.keywords ?? [])])]
    .filter((one) => one.length <= 64)
    .slice(0, 64);
  return {
    entry,
    signer,
    publisher: publisher ?? packed.publisher,
    checksum: digestOf(packed.bytes),
    size: packed.bytes.byteLength,
    downloadUrl: downloadUrl ?? placeOf(packed).split('/').map(encodeURIComponent).join('/'),
    published: nowOf(process.env),
    tags,
  };
}

/** A file keeps its name, which is part of what the plugin is. */
function placeOf({ entry, file }: Packed): string {
  const { name, version } = entry.metadata;
  return ARCHIVE.test(file) ? `plugins/${name}/${file}` : `plugins/${name}/${version}/${file}`;
}

function filesOf(packed: Packed): WrittenFile[] {
  const path = placeOf(packed);
  const { beside } = packed;
  const signature = beside === undefined ? [] : [{ path: `${path}.sigstore.json`, bytes: beside.bytes }];
  return [{ path, bytes: packed.bytes }, ...signature];
}

/** As whoever adds it will: index, address, checksum of what is there, plugin and signature. */
async function readBack(
  session: Session,
  config: HostConfig,
  to: RegistryFolder,
  { downloadUrl }: Publication,
  packed: Packed,
  signing: Signing,
): Promise<void> {
  const { name, version } = packed.entry.metadata;
  const fail = (state: string): PluginError =>
    new PluginError('ERR_REGISTRY', `Cannot read "${name}@${version}" of the registry: ${state}`, {
      hint: `it was changed at the same time, or damaged before: look at ${to.index}`,
    });
  const registries = createRegistries({
    config: { root: config.root, fetch: config.fetch, registries: [{ name: 'published', url: to.index }] },
    cache: { get: async () => undefined, put: async () => {} },
    logger: silentLogger,
    source: () => ({ config: config.fetch, root: config.root, offline: true, logger: silentLogger }),
  });
  const named = await registries.releases(name);
  const release = named.releases.find((one) => one.version === version);
  if (release === undefined) throw fail('its index does not have it');
  if (release.downloadUrl !== downloadUrl || /^[a-z][a-z0-9+.-]*:/i.test(downloadUrl)) return;
  const path = resolve(config.root, downloadOf(release, named.index));
  const bytes = await readIfThere(path);
  if (bytes === undefined) throw fail(`${path} is missing`);
  if (digestOf(bytes) !== release.checksum) throw fail(`${path} does not have its checksum`);
  await assertPacked(session, config, packed, signing, path);
}
