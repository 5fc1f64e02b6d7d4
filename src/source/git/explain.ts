import { PluginError } from '../../core/errors.ts';
import type { ErrorCode } from '../../core/codes.ts';

const CAUSES: readonly (readonly [pattern: RegExp, code: ErrorCode, state: string, hint: string])[] = [
  [
    /dubious ownership/,
    'ERR_SOURCE_FETCH',
    'another user owns the repository, so git does not read it',
    'clone it into a folder of yours, or run as its owner',
  ],
  [
    /Host key verification failed/,
    'ERR_SOURCE_FETCH',
    'the host is not known to ssh',
    'check its fingerprint, then add it: ssh-keyscan <host> >> ~/.ssh/known_hosts',
  ],
  [
    /Permission denied|Authentication failed|could not read (?:Username|Password)|terminal prompts disabled|HTTP Basic: Access denied/i,
    'ERR_SOURCE_FETCH',
    'the server wants a key or a token, or refuses the one it got',
    'for ssh add the key to your agent (ssh-add); for https give a token in the config under fetch',
  ],
  [/Could not resolve host/i, 'ERR_SOURCE_FETCH', 'no host has that name', 'check the spelling and the name server'],
  [
    /Connection (?:refused|timed out)|Network is unreachable|No route to host/,
    'ERR_SOURCE_FETCH',
    'the host cannot be reached',
    'check the network',
  ],
  [
    /does not appear to be a git repository|repository .*not found|Repository not found|does not exist|not a git repository|No such file or directory/is,
    'ERR_SOURCE_NOT_FOUND',
    'there is no such repository',
    'check the address, and that you may read it',
  ],
  [
    /out of memory|cannot allocate memory|unable to (?:mmap|create thread)|died of signal 25|File size limit|memory exhausted/i,
    'ERR_SOURCE_TOO_LARGE',
    'the server sends more than git may hold here',
    'no sound server does that; raise "max_archive" of fetch in the config if the repository is right',
  ],
  [
    /No space left on device/,
    'ERR_SOURCE_FETCH',
    'the disk of the temporary folder is full',
    'free some space, or set TMPDIR',
  ],
];

/** What git's words mean; the words themselves, cut short, where they mean nothing known. */
export function explainGit(url: string, stderr: string): PluginError {
  const details = { git: stderr.trim().slice(-600) };
  for (const [pattern, code, state, hint] of CAUSES) {
    if (pattern.test(stderr)) return new PluginError(code, `Cannot fetch "${url}": ${state}`, { hint, details });
  }
  const last = stderr.trim().split('\n').at(-1)?.slice(0, 300) ?? '';
  return new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${url}": git failed (${last})`, { details });
}

/** The server gives no commit that is not the tip of a branch or a tag. */
export function isRefusal(stderr: string): boolean {
  return /not our ref|unadvertised object|couldn't find remote ref|Server does not allow request/i.test(stderr);
}
