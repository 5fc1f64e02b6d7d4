import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

export interface TarEntry {
  readonly header: Pick<Header, 'name'> & Partial<Pick<Header, 'type' | 'linkname'>> & { pax?: Record<string, string> };
  readonly content?: string;
}

type Files = Readonly<Record<string, string | Uint8Array>>;

/** A gzip-compressed tar of files, or of any headers a hostile packer could write. */
export async function tarball(files: Files | readonly TarEntry[]): Promise<Buffer> {
  return gzipSync(await tar(files));
}

export async function tar(files: Files | readonly TarEntry[]): Promise<Buffer> {
  const entries = isList(files)
    ? files
    : Object.entries(files).map(([name, content]) => ({ header: { name }, content }));
  const stream = pack();
  for (const { header, content } of entries) stream.entry(header, Buffer.from(content ?? ''));
  stream.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function isList(files: Files | readonly TarEntry[]): files is readonly TarEntry[] {
  return Array.isArray(files);
}
