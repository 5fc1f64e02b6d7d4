import { open, stat as lookAt } from 'node:fs/promises';
import { isUtf8 } from 'node:buffer';
import { messageOf, PluginError } from '../core/errors.ts';
import { configError } from './problems.ts';

export const MAX_CONFIG_BYTES = 1_048_576;

/**
 * The text of a config file, without a BOM.
 * @throws ERR_CONFIG_INVALID for what is no text file of at most 1 MiB
 */
export async function readConfigText(file: string, shown: string): Promise<string> {
  const cannot = (state: string, hint?: string): PluginError =>
    new PluginError('ERR_CONFIG_INVALID', `Cannot read "${shown}": ${state}`, {
      details: { file: shown },
      ...(hint === undefined ? {} : { hint }),
    });
  let bytes: Buffer;
  try {
    // Before it is opened: a named pipe would wait, a device never end.
    const kind = await lookAt(file);
    if (kind.isDirectory()) throw cannot('it is a folder', 'name the file in it');
    if (!kind.isFile()) throw cannot('it is not a regular file');
    const handle = await open(file, 'r');
    try {
      const stat = await handle.stat();
      if (stat.size > MAX_CONFIG_BYTES)
        throw cannot(`it has ${stat.size} bytes, and a config at most ${MAX_CONFIG_BYTES}`);
      bytes = await handle.readFile();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (error instanceof PluginError) throw error;
    const missing = (error as NodeJS.ErrnoException).code === 'ENOENT';
    throw missing
      ? cannot('no such file', '`aitbc plugin add <specifier>` writes plugins.yaml')
      : cannot(messageOf(error));
  }
  return decode(bytes, shown, cannot);
}

function decode(bytes: Buffer, shown: string, cannot: (state: string, hint?: string) => PluginError): string {
  const [a, b] = bytes;
  if ((a === 0xff && b === 0xfe) || (a === 0xfe && b === 0xff)) {
    throw cannot('it is UTF-16, not UTF-8', 'save it as UTF-8');
  }
  const nul = bytes.indexOf(0);
  if (nul !== -1) throw atByte(bytes, nul, shown, 'a NUL character: this is not a text file');
  if (!isUtf8(bytes)) throw atByte(bytes, firstInvalid(bytes), shown, 'a byte that is not UTF-8');
  return bytes.toString('utf8').replace(/^\uFEFF/, '');
}

/** The first byte that is not UTF-8, by halving: a prefix that ends inside a character is still well. */
function firstInvalid(bytes: Buffer): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isUtf8Prefix(bytes.subarray(0, middle + 1))) low = middle + 1;
    else high = middle;
  }
  return Math.min(low, bytes.length - 1);
}

function isUtf8Prefix(bytes: Buffer): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

function atByte(bytes: Buffer, offset: number, shown: string, message: string): PluginError {
  const before = bytes.subarray(0, offset);
  const lastBreak = before.lastIndexOf(10);
  let line = 1;
  for (const byte of before) if (byte === 10) line += 1;
  return configError(shown, [{ place: { line, column: offset - lastBreak }, key: '', message }]);
}
