import { messageOf, PluginError } from './errors.ts';

/** The system's code of an error, such as `ENOENT`. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** ERR_STORE for a file operation that failed: `Cannot write "/cache/x": no space is left on the device`. */
export function storeError(verb: string, path: string, cause: unknown): PluginError {
  const code = codeOf(cause);
  const known = STATES.get(code ?? '');
  return new PluginError('ERR_STORE', `Cannot ${verb} "${path}": ${known?.state ?? messageOf(cause)}`, {
    cause,
    ...(code === undefined ? {} : { details: { system: code } }),
    ...(known === undefined ? {} : { hint: known.hint }),
  });
}

const STATES = new Map([
  ['ENOSPC', { state: 'no space is left on the device', hint: 'Free some space and run the same command again.' }],
  ['EDQUOT', { state: 'the disk quota is used up', hint: 'Free some space and run the same command again.' }],
  ['EACCES', { state: 'permission denied', hint: 'Give this user write access to the folder, or name another one.' }],
  ['EPERM', { state: 'not permitted', hint: 'Give this user write access to the folder, or name another one.' }],
  ['EROFS', { state: 'the file system is read-only', hint: 'Name a folder that can be written.' }],
  ['EMFILE', { state: 'too many files are open', hint: 'Raise the limit of open files (ulimit -n).' }],
]);
