import { refuse } from './refuse.ts';
import type { PluginError } from '../../core/errors.ts';

const LATER = /^jsr:/i;
const SCHEME = /^([a-z][a-z0-9+.-]*):/i;
const SCP = /^([\w.-]+)@([\w.-]+):(?!\/\/)(.+)$/s;
const KNOWN = [
  'https',
  'http',
  'file',
  'git+https',
  'git+http',
  'git+ssh',
  'git+file',
  'github',
  'npm',
  'oci',
  'registry',
];
/** As container tools write it: a host with a dot or a port, and a tag or a digest at the end. */
const IMAGE = /^(?:[\w-]+(?:\.[\w-]+)+(?::\d+)?|[\w-]+:\d+)\/[\w./-]+(?::[\w.-]+|@sha256:[0-9a-f]+)$/i;

/** Says what a text that is none of the forms probably meant. */
export function misspelt(text: string): PluginError {
  if (/^[a-z]:[\\/]/i.test(text) || /^\.{0,2}\\/.test(text) || (/\\/.test(text) && !SCHEME.test(text))) {
    const slashed = text.replaceAll('\\', '/');
    return refuse(
      text,
      'it is a Windows path',
      `write it with slashes, relative to the config: ${relativePath(slashed)}`,
    );
  }
  const scp = SCP.exec(text);
  if (scp) {
    const [, user, host, path = ''] = scp;
    return refuse(
      text,
      'it is the short form of an ssh address',
      `write git+ssh://${user}@${host}/${path.replace(/^\/+/, '')}`,
    );
  }
  if (LATER.test(text)) {
    return refuse(
      text,
      `sources of the form ${SCHEME.exec(text)?.[0] ?? ''} come with a later version`,
      'this version takes a path, a git repository, a URL, npm:<name>, oci://<host>/<repository> or a name of a registry',
    );
  }
  if (/^@[\w.-]+\/[\w.-]+/.test(text)) {
    return refuse(text, 'names of npm packages begin with npm:', `write npm:${text}`);
  }
  if (IMAGE.test(text)) return refuse(text, 'it is written as container tools do', `write oci://${text}`);
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined)
    return refuse(text, 'a path begins with ./, ../, / or ~/', `write ./${text.replace(/^\/+/, '')}`);
  if (scheme === 'ssh') return refuse(text, 'ssh is for git repositories', `write git+${text}`);
  if (scheme === 'docker')
    return refuse(text, 'artifacts of registries have another scheme', `write oci${text.slice(scheme.length)}`);
  if (scheme === 'git') return refuse(text, 'the git protocol has no encryption', `write git+https${text.slice(3)}`);
  const near = KNOWN.find((known) => distance(known, scheme) <= 2);
  if (near !== undefined)
    return refuse(text, `no scheme is called ${scheme}:`, `did you mean ${near}${text.slice(scheme.length)}`);
  return refuse(text, `sources are never read by ${scheme}:`);
}

function relativePath(path: string): string {
  return /^[a-z]:/i.test(path) ? './<folder>' : path.startsWith('.') ? path : `./${path.replace(/^\/+/, '')}`;
}

/** Levenshtein distance; both are short. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const next = [i];
    for (let j = 1; j <= b.length; j++) {
      const swap = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      next.push(Math.min(swap, row[j]! + 1, next[j - 1]! + 1));
    }
    row = next;
  }
  return row[b.length]!;
}
