import { fileURLToPath } from 'node:url';
import { refuse } from './refuse.ts';
import type { GitSpecifier, SpecifierContext } from './types.ts';
import { parseWebUrl } from './url.ts';

const GITHUB = /^github:([\w.-]+)\/([\w.-]+?)(?:\.git)?(?:#(.*))?$/s;

/** `git+https://…`, `git+http://…`, `git+ssh://…`, `git+file://…` and `github:owner/repo`, each with `#<ref>:<folder>`. */
export function parseGit(text: string, context: SpecifierContext): GitSpecifier {
  if (text.toLowerCase().startsWith('github:')) return parseGithub(text, context);
  const [address = '', ...rest] = text.slice('git+'.length).split('#');
  const fragment = rest.length === 0 ? undefined : rest.join('#');
  const transport = /^(https|http|ssh|file):/i.exec(address)?.[1]?.toLowerCase();
  switch (transport) {
    case 'https':
    case 'http':
      return finish(text, transport, withoutQuery(parseWebUrl(address, text, context), text), fragment);
    case 'ssh':
      return finish(text, transport, sshUrl(address, text), fragment);
    case 'file':
      return finish(text, transport, fileUrl(address, text), fragment);
    default:
      throw refuse(
        text,
        'git is spoken over https, ssh and file alone',
        'write git+https://, git+ssh:// or git+file://',
      );
  }
}

function parseGithub(text: string, context: SpecifierContext): GitSpecifier {
  const [, owner, repository, fragment] = GITHUB.exec(text) ?? [];
  if (owner === undefined || repository === undefined) {
    throw refuse(text, 'it is not github:owner/repository', 'write github:owner/repository#ref:folder');
  }
  const url = parseWebUrl(`https://github.com/${owner}/${repository}.git`, text, context);
  return finish(text, 'https', url.href, fragment);
}

function finish(
  text: string,
  transport: GitSpecifier['transport'],
  url: string,
  fragment: string | undefined,
): GitSpecifier {
  const colon = fragment?.indexOf(':') ?? -1;
  const ref = checkRef(text, colon === -1 ? (fragment ?? '') : fragment!.slice(0, colon));
  const folder = checkFolder(text, colon === -1 ? '' : fragment!.slice(colon + 1));
  const suffix = `${ref ?? ''}${folder === '' ? '' : `:${folder}`}`;
  return { kind: 'git', text, normal: `git+${url}${suffix === '' ? '' : `#${suffix}`}`, transport, url, ref, folder };
}

/** The rules of git-check-ref-format, so that nothing that is an option or a range reaches git. */
function checkRef(text: string, ref: string): string | undefined {
  if (ref === '') return undefined;
  const bad =
    /^[-/.]|\/\/|\.\.|@\{|[\u0000-\u0020\u007f~^:?*[\\]|[/.]$|\.lock(?:\/|$)|\/\./.test(ref) ||
    ref === '@' ||
    ref.length > 250;
  if (bad)
    throw refuse(text, `"${ref}" is not a name of a branch, a tag or a commit`, 'write #<ref> or #<ref>:<folder>');
  return /^[0-9a-f]{40}$/i.test(ref) ? ref.toLowerCase() : ref;
}

function checkFolder(text: string, folder: string): string {
  const segments = folder.split('/').filter((segment) => segment !== '' && segment !== '.');
  if (segments.includes('..')) throw refuse(text, 'its folder leads out of the repository');
  if (/[\u0000-\u001f\u007f\\]/.test(folder))
    throw refuse(text, 'its folder has a character that no folder should have');
  return segments.join('/');
}

function withoutQuery(url: URL, text: string): string {
  if (url.search !== '') throw refuse(text, 'the URL of a repository has no query');
  url.pathname = url.pathname.replace(/\/+$/, '');
  return url.href;
}

function sshUrl(address: string, text: string): string {
  if (!URL.canParse(address)) throw refuse(text, 'it is not a URL', 'write git+ssh://git@host/owner/repository.git');
  const url = new URL(address);
  if (url.password !== '') throw refuse(text, 'a source carries no password', 'use a key of your ssh agent');
  const wrong = !/^(?:[A-Za-z0-9][\w.-]*|\[[0-9a-f:.]+\])$/i.test(url.hostname);
  if (wrong || !/^(?:[\w.+][\w.+-]*)?$/.test(url.username)) {
    throw refuse(text, 'its host or user name is not one', 'write git+ssh://git@host/owner/repository.git');
  }
  url.hostname = url.hostname.toLowerCase();
  if (url.port === '22') url.port = '';
  // `git+ssh://git@host:owner/repo` fails above; `host:22/owner` parses as a port, which is what it says.
  return withoutQuery(url, text);
}

function fileUrl(address: string, text: string): string {
  const url = URL.canParse(address) ? new URL(address) : undefined;
  if (url === undefined || !/^file:\/\/\//i.test(address)) {
    throw refuse(text, 'it is not a file: URL of this machine', 'write git+file:///absolute/path/repository.git');
  }
  try {
    fileURLToPath(url);
  } catch (cause) {
    throw refuse(text, `it is not a path of this machine (${cause instanceof Error ? cause.message : 'unknown'})`);
  }
  return withoutQuery(url, text);
}
