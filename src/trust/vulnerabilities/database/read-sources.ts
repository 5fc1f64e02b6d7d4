import { createReadStream } from 'node:fs';
import { open, readdir, readFile, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { messageOf, PluginError } from '../../../core/errors.ts';
import { codeOf, storeError } from '../../../core/system-error.ts';
import { printable } from '../../../core/text.ts';
import { MAX_RECORD, readZip, type RecordFile } from './read-zip.ts';

/** The JSON texts of a zip archive, of a folder and those below it, or of a file: one record, a list, or one a line. */
export async function* readSource(path: string, shown: string): AsyncGenerator<RecordFile> {
  let found;
  try {
    found = await stat(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw storeError('read', shown, error);
    throw new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot import "${shown}": there is no such file or folder`, {
      hint: 'Name a zip archive, a folder or a file of OSV records, or the URL of one.',
    });
  }
  if (found.isDirectory()) yield* readFolder(path, shown);
  else if (!found.isFile()) throw notData(shown, 'it is neither a file nor a folder');
  else if (await isZip(path)) yield* readZip(path, shown, found.size);
  else {
    const whole = found.size <= MAX_RECORD ? await readFile(path) : undefined;
    if (whole !== undefined && isJson(whole)) yield { name: shown, bytes: whole };
    else yield* readLines(path, shown);
  }
}

async function* readFolder(path: string, shown: string): AsyncGenerator<RecordFile> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile() && entry.name.endsWith('.json'));
  for (const entry of files) {
    const file = join(entry.parentPath, entry.name);
    const name = `${printable(relative(path, file), { max: 200 })} of ${shown}`;
    const { size } = await stat(file);
    if (size > MAX_RECORD) throw notData(name, `it has ${size} bytes`);
    yield { name, bytes: await readFile(file) };
  }
}

/** One record a line. */
async function* readLines(path: string, shown: string): AsyncGenerator<RecordFile> {
  let line: Buffer[] = [];
  let length = 0;
  let number = 1;
  const take = function* (): Generator<RecordFile> {
    const bytes = Buffer.concat(line);
    line = [];
    length = 0;
    if (bytes.toString('latin1').trim() !== '') yield { name: `line ${number} of ${shown}`, bytes };
    number += 1;
  };
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    let at = 0;
    for (let end = chunk.indexOf(10); end >= 0; end = chunk.indexOf(10, at)) {
      line.push(chunk.subarray(at, end));
      yield* take();
      at = end + 1;
    }
    line.push(chunk.subarray(at));
    length += chunk.byteLength - at;
    if (length > MAX_RECORD) throw notData(`line ${number} of ${shown}`, `it has more than ${MAX_RECORD} bytes`);
  }
  yield* take();
}

function isJson(bytes: Uint8Array): boolean {
  try {
    JSON.parse(new TextDecoder().decode(bytes));
    return true;
  } catch (error) {
    if (error instanceof SyntaxError) return false;
    throw error;
  }
}

async function isZip(path: string): Promise<boolean> {
  const file = await open(path, 'r');
  try {
    const head = Buffer.alloc(4);
    await file.read(head, 0, 4, 0);
    // An archive without entries begins with its end.
    return head.equals(Buffer.from('PK\u0003\u0004')) || head.equals(Buffer.from('PK\u0005\u0006'));
  } finally {
    await file.close();
  }
}

/** ERR_SOURCE_FETCH for what is no OSV data. */
export function notData(what: string, fault: unknown): PluginError {
  const state = typeof fault === 'string' ? fault : messageOf(fault);
  return new PluginError('ERR_SOURCE_FETCH', `Cannot import "${what}": ${printable(state, { max: 300 })}`, {
    hint: 'The database is as it was. OSV records are JSON: https://ossf.github.io/osv-schema/',
    ...(typeof fault === 'string' ? {} : { cause: fault }),
  });
}
