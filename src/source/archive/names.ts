/**
 * Guarantees that the names of an archive stand for distinct places below one folder on every platform. Trusts nobody.
 */
import { PluginError } from '../../core/errors.ts';

const DEVICE = /^(?:con|prn|aux|nul|conin\$|conout\$|com[0-9¹²³]|lpt[0-9¹²³])(?:\.|$)/i;

export function unsafe(source: string, name: string, state: string): PluginError {
  return new PluginError(
    'ERR_ARCHIVE_UNSAFE',
    `Cannot unpack "${source}": its entry "${name.slice(0, 256)}" ${state}`,
    {
      hint: 'do not use this archive; pack it again with files and folders alone (npm pack does)',
      details: { entry: name.slice(0, 256) },
    },
  );
}

/** The entry's path, split; a leading `./` and a folder's last slash are left out. Empty for the root itself. */
export function safeSegments(source: string, name: string): readonly string[] {
  if (name.includes('\0')) throw unsafe(source, name, 'has a NUL in its name');
  if (/[\u0001-\u001f\u007f]/.test(name)) throw unsafe(source, name, 'has a control character in its name');
  if (name.includes('\ufffd')) throw unsafe(source, name, 'has a name that is not UTF-8');
  if (name.includes('\\')) throw unsafe(source, name, 'has a backslash in its name');
  if (name.startsWith('/') || /^[a-z]:/i.test(name)) throw unsafe(source, name, 'has an absolute path');
  if (name.length > 1_024) throw unsafe(source, name, 'has a name longer than 1024 characters');
  const segments = name
    .replace(/^(?:\.\/)+/, '')
    .replace(/\/$/, '')
    .split('/');
  if (segments.length === 1 && (segments[0] === '' || segments[0] === '.')) return [];
  for (const segment of segments) {
    if (segment === '..') throw unsafe(source, name, 'leads out of the folder');
    if (segment === '' || segment === '.') throw unsafe(source, name, 'has an empty part in its name');
    if (/[. ]$/.test(segment)) throw unsafe(source, name, 'has a part that ends with a dot or a space');
    if (/[<>:"|?*]/.test(segment)) throw unsafe(source, name, 'has a character that not every file system has');
    if (DEVICE.test(segment)) throw unsafe(source, name, 'has the name of a device');
  }
  return segments;
}

/** Names that a file system without case or with other Unicode forms takes for the same one are equal here. */
export function foldName(name: string): string {
  return name.normalize('NFC').toUpperCase().toLowerCase().normalize('NFC');
}
