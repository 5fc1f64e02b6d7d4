import { mayBeInsecure } from '../http/hosts.ts';
import { refuse } from './refuse.ts';
import type { OciSpecifier, SpecifierContext } from './types.ts';

const FORM = 'write oci://<host>/<repository>:<tag> or oci://<host>/<repository>@sha256:<digest>';
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/;
const REPOSITORY = /^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/;
const TAG = /^\w[\w.-]{0,127}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;

/** `oci://host/repository:tag`, `…@sha256:…`; of both the digest counts, of neither it is `latest`. */
export function parseOci(text: string, context: SpecifierContext): OciSpecifier {
  if (!/^oci:\/\//i.test(text)) {
    throw refuse(text, 'it is not oci:// and a host', `write oci://${text.slice('oci:'.length).replace(/^\/+/, '')}`);
  }
  const rest = text.slice('oci://'.length);
  const slash = rest.indexOf('/');
  const written = slash === -1 ? rest : rest.slice(0, slash);
  if (written.includes('@') && slash !== -1) {
    const hint = `tokens belong to the config's fetch settings or to AITBC_TOKENS, by host: ${written.replace(/^.*@/s, '')}`;
    throw refuse(text, 'a source carries no user name or password', hint);
  }
  if (slash === -1) throw refuse(text, 'it names no repository', FORM);
  if (/[?#]/.test(rest)) throw refuse(text, 'a source of a registry has no query and no fragment', FORM);
  const host = written.toLowerCase();
  if (!HOST.test(host) || !URL.canParse(`https://${host}`)) throw refuse(text, `"${written}" is not a host`, FORM);
  if (!/[.:]|^localhost$/.test(host)) {
    throw refuse(
      text,
      `"${written}" is not the host of a registry`,
      `write its host in front: oci://docker.io/${rest}`,
    );
  }
  const { repository, reference } = parseName(text, rest.slice(slash + 1));
  const insecure = mayBeInsecure(new URL(`http://${host}`), context.allowInsecure ?? []);
  const normal = `oci://${host}/${repository}${DIGEST.test(reference) ? '@' : ':'}${reference}`;
  return {
    kind: 'oci',
    text,
    normal,
    host,
    repository,
    reference,
    url: new URL(`http${insecure ? '' : 's'}://${host}`).origin,
  };
}

function parseName(text: string, name: string): Pick<OciSpecifier, 'repository' | 'reference'> {
  const at = name.indexOf('@');
  const digest = at === -1 ? undefined : name.slice(at + 1);
  const [repository = '', tag, ...more] = (at === -1 ? name : name.slice(0, at)).split(':');
  if (!REPOSITORY.test(repository) || repository.length > 255) {
    const lower = repository.toLowerCase();
    const hint = lower !== repository && REPOSITORY.test(lower) ? `write it in lower case: ${lower}` : FORM;
    throw refuse(text, `"${repository}" is not the name of a repository`, hint);
  }
  if (more.length > 0 || (tag !== undefined && !TAG.test(tag))) {
    throw refuse(text, `"${[tag, ...more].join(':')}" is not a tag`, FORM);
  }
  if (digest !== undefined && !DIGEST.test(digest)) {
    throw refuse(text, `"${digest.slice(0, 160)}" is not sha256: and 64 hex digits in lower case`, FORM);
  }
  return { repository, reference: digest ?? tag ?? 'latest' };
}
