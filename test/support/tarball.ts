import { gzipSync } from 'node:zlib';
import { pack, type Header } from 'tar-stream';

/** A gzip-compressed tar of files, or of any headers a hostile packer could write. */
export async function tarball(
  files: Readonly<Record<string, string | Uint8Array>> | readonly { header: Header; content?: string | Uint8Array }[],
): Promise<Buffer> {
  return gzipSync(await tar(files));
}

export async function tar(
  files: Readonly<Record<string, string | Uint8Array>> | readonly { header: Header; content?: string | Uint8Array }[],
): Promise<Buffer> {
  const entries = Array.isArray(files)
    ? (files as readonly { header: Header; content?: string | Uint8Array }[])
    : Object.entries(files).map(([name, content]) => ({ header: { name }, content }));
  const stream = pack();
  for (const { header, content } of entries) stream.entry(header, Buffer.from(content ?? ''));
  stream.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  return Buffer.concat(chunks);
}
