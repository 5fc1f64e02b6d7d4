import { gzip } from 'node:zlib';
import { promisify } from 'node:util';
import { pack } from 'tar-stream';

/** As npm packs: no file's own time gets into an archive. */
const MTIME = new Date('1985-10-26T08:15:00Z');
/** Byte of a gzip header that names the system it was made on. */
const GZIP_OS = 9;
const UNKNOWN_OS = 255;

/**
 * A `.tgz` of these files below `package/`, as npm has it. The same files give the same bytes: names are sorted, times, owners
 * and modes are fixed. Only another zlib (of another Node.js or processor) may compress in another way.
 */
export async function packArchive(files: ReadonlyMap<string, Uint8Array>): Promise<Buffer> {
  const stream = pack();
  for (const name of [...files.keys()].sort()) {
    const header = { name: `package/${name}`, mode: 0o644, mtime: MTIME, uid: 0, gid: 0, uname: '', gname: '' };
    stream.entry(header, Buffer.from(files.get(name) ?? []));
  }
  stream.finalize();
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream as AsyncIterable<Uint8Array>) chunks.push(chunk);
  const archive = await promisify(gzip)(Buffer.concat(chunks), { level: 9 });
  archive[GZIP_OS] = UNKNOWN_OS;
  return archive;
}
