import { asHostError, Fault } from '../fault.ts';

/** What the broker says of a file, by what wasi:filesystem calls it. */
const CODES: Readonly<Record<string, string>> = {
  ENOENT: 'no-entry',
  EEXIST: 'exist',
  ENOTDIR: 'not-directory',
  EISDIR: 'is-directory',
  ENOTEMPTY: 'not-empty',
  EINVAL: 'invalid',
  EXDEV: 'cross-device',
  EROFS: 'read-only',
  EACCES: 'access',
  EPERM: 'not-permitted',
  EBUSY: 'busy',
  ELOOP: 'loop',
  EMLINK: 'too-many-links',
  ENAMETOOLONG: 'name-too-long',
  ENOTSUP: 'unsupported',
  EFBIG: 'file-too-large',
  ENOSPC: 'insufficient-space',
  EDQUOT: 'quota',
  ERR_PERMISSION_DENIED: 'access',
  ERR_LIMIT_STORAGE: 'quota',
  ERR_LIMIT_RATE: 'busy',
};

/** The error code of a failed request; what is no refusal of the host passes and traps. */
export function fileErrorCode(error: unknown): string {
  const known = asHostError(error);
  const inner = known.data?.['code'];
  return CODES[typeof inner === 'string' ? inner : known.code] ?? CODES[known.code] ?? 'io';
}

export function filed<T>(act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof Fault) throw error;
    throw new Fault(fileErrorCode(error));
  }
}
