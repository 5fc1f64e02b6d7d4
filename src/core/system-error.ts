import { messageOf, PluginError } from './errors.ts';

/** The system's code of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** ERR_STORE for a file operation that failed: `Cannot write "/cache/x": no space is left on the device`. */
export function storeError(verb: string, path: string, cause: unknown): PluginError {
  const code = codeOf(cause);
  const known = (isMissingFolder(verb, code, cause) ? MISSING_FOLDER : undefined) ?? STATES.get(code ?? '');
  return new PluginError('ERR_STORE', `Cannot ${verb} "${path}": ${known?.state ?? messageOf(cause)}`, {
    cause,
    ...(code === undefined ? {} : { details: { system: code } }),
    ...(known === undefined ? {} : { hint: known.hint }),
  });
}

/** A folder that is read-only answers ENOENT when folders are made in it by Node's recursive mkdir. */
const isMissingFolder = (verb: string, code: string | undefined, cause: unknown): boolean =>
  code === 'ENOENT' &&
  (verb === 'write' || (cause instanceof Error && 'syscall' in cause && cause.syscall === 'mkdir'));
const MISSING_FOLDER = {
  state: 'its folder is not there, or cannot be made',
  hint: 'Make the folder, or name another one that can be written.',
};

const STATES = new Map([
  ['ENOENT', { state: 'it is not there', hint: 'Check the path.' }],
  ['EISDIR', { state: 'it is a folder', hint: 'Name a file.' }],
  ['ENOTDIR', { state: 'a part of its path is a file', hint: 'Name a place whose folders are folders.' }],
  ['EEXIST', { state: 'a file is in the place of a folder', hint: 'Name a folder.' }],
  ['ENOSPC', { state: 'no space is left on the device', hint: 'Free some space and run the same command again.' }],
  ['EDQUOT', { state: 'the disk quota is used up', hint: 'Free some space and run the same command again.' }],
  ['EACCES', { state: 'permission denied', hint: 'Give this user write access to the folder, or name another one.' }],
  ['EPERM', { state: 'not permitted', hint: 'Give this user write access to the folder, or name another one.' }],
  ['EROFS', { state: 'the file system is read-only', hint: 'Name a folder that can be written.' }],
  ['EMFILE', { state: 'too many files are open', hint: 'Raise the limit of open files (ulimit -n).' }],
]);
