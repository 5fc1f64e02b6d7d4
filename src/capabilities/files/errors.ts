import { PluginError } from '../../core/errors.ts';

/** What Node calls a failed file operation, and what it means; the guest rebuilds Node's error from `details.code`. */
const SENTENCES = {
  ENOENT: 'there is no such file or folder',
  EEXIST: 'it exists already',
  ENOTDIR: 'a part of the path is not a folder',
  EISDIR: 'it is a folder',
  ENOTEMPTY: 'the folder is not empty',
  EINVAL: 'it cannot be moved there',
  EXDEV: 'it would move from one mount to another',
  EROFS: 'it is read-only',
  EACCES: 'the host may not do that',
  EPERM: 'the host may not do that',
  EBUSY: 'it is the root of a mount',
  ELOOP: 'a part of the path is a symbolic link, and links are not followed',
  EMLINK: 'the file has several names (hard links) and is not changed in place',
  ENAMETOOLONG: 'the path is too long',
  ENOTSUP: 'it is neither a file nor a folder',
  EFBIG: 'it is too large to read at once; read it in ranges',
  ENOSPC: "the host's disk is full",
  EDQUOT: "the host's disk quota is used up",
  EMFILE: 'too many files are open',
  ENFILE: 'too many files are open',
  EIO: 'the host could not do it',
} as const;

export type FileCode = keyof typeof SENTENCES;

export function fileError(verb: string, path: string, code: FileCode, cause?: unknown): PluginError {
  return new PluginError('ERR_FILE', `Cannot ${verb} "${path}": ${SENTENCES[code]}`, {
    details: { code, path },
    ...(cause === undefined ? {} : { cause }),
  });
}

/** Thrown below where neither the operation nor the guest's path is known. */
export class FileFault extends Error {
  readonly code: FileCode;
  constructor(code: FileCode) {
    super(code);
    this.code = code;
  }
}

/** A fault of the file system as the guest may see it: its own path and a known code, never the host's message. */
export function shownFileError(verb: string, path: string, error: unknown): unknown {
  if (error instanceof PluginError || !(error instanceof Error)) return error;
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return error;
  return fileError(verb, path, Object.hasOwn(SENTENCES, code) ? (code as FileCode) : 'EIO', error);
}
