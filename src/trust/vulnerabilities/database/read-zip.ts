/**
 * Reads the records of a zip archive, one after the other. Guarantees that nothing of it is written anywhere, and that names, counts
 * and sizes that lie or explode end the reading. Trusts nobody: archives come from servers.
 */
import { openPromise, type Entry, type ZipFile } from 'yauzl';
import { messageOf, PluginError } from '../../../core/errors.ts';
import { printable } from '../../../core/text.ts';

export interface RecordFile {
  /** For messages. */
  readonly name: string;
  readonly bytes: Uint8Array;
}

/** Four times what npm's whole ecosystem has. */
const MAX_ENTRIES = 2_000_000;
export const MAX_RECORD = 16 * 2 ** 20;
/** JSON in small files shrinks to a tenth, hardly further: what unfolds more is a bomb. */
const MAX_RATIO = 64;
const ALLOWANCE = 64 * 2 ** 20;

export async function* readZip(file: string, shown: string, size: number): AsyncGenerator<RecordFile> {
  let zip: ZipFile;
  try {
    zip = await openPromise(file, { lazyEntries: true, autoClose: false, strictFileNames: true });
  } catch (error) {
    throw unsafe(shown, error);
  }
  try {
    if (zip.entryCount > MAX_ENTRIES) throw unsafe(shown, `it has ${zip.entryCount} entries`);
    let total = 0;
    let count = 0;
    for await (const entry of entriesOf(zip, shown)) {
      if ((count += 1) > MAX_ENTRIES) throw unsafe(shown, `it has more than ${MAX_ENTRIES} entries`);
      if (!entry.fileName.endsWith('.json')) continue;
      const bytes = await readEntry(zip, entry, shown);
      total += bytes.byteLength;
      if (total > ALLOWANCE + size * MAX_RATIO) throw unsafe(shown, `its ${size} bytes unfold to more than ${total}`);
      yield { name: `${printable(entry.fileName, { max: 200 })} of ${shown}`, bytes };
    }
  } finally {
    zip.close();
  }
}

async function* entriesOf(zip: ZipFile, shown: string): AsyncGenerator<Entry> {
  try {
    // The types do not know it yet.
    for await (const entry of (zip as ZipFile & { eachEntry(): AsyncIterable<Entry> }).eachEntry()) yield entry;
  } catch (error) {
    throw error instanceof PluginError ? error : unsafe(shown, error);
  }
}

async function readEntry(zip: ZipFile, entry: Entry, shown: string): Promise<Uint8Array> {
  const name = printable(entry.fileName, { max: 200 });
  if (entry.uncompressedSize > MAX_RECORD) throw unsafe(shown, `${name} has ${entry.uncompressedSize} bytes`);
  const chunks: Buffer[] = [];
  let length = 0;
  try {
    const stream = await zip.openReadStreamPromise(entry);
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      length += chunk.byteLength;
      if (length > MAX_RECORD) throw new Error(`it has more than ${MAX_RECORD} bytes`);
      chunks.push(chunk);
    }
  } catch (error) {
    throw unsafe(shown, `${name}: ${messageOf(error)}`);
  }
  return Buffer.concat(chunks);
}

function unsafe(shown: string, fault: unknown): PluginError {
  const state = typeof fault === 'string' ? fault : messageOf(fault);
  return new PluginError('ERR_ARCHIVE_UNSAFE', `Cannot import "${shown}": ${printable(state, { max: 300 })}`, {
    hint: 'Download it again; OSV has one archive for each ecosystem: https://osv-vulnerabilities.storage.googleapis.com/npm/all.zip',
    ...(typeof fault === 'string' ? {} : { cause: fault }),
  });
}
