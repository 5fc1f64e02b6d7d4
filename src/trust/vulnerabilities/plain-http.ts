import { mayBeInsecure } from '../../source/http/hosts.ts';

/** What is wrong with a URL that vulnerabilities are read from; undefined: nothing. */
export function wrongUrl(text: string, allowInsecure: readonly string[]): string | undefined {
  const url = URL.parse(text);
  if (url === null) return 'it is no URL';
  if (url.username !== '' || url.password !== '') return 'a token for its host goes into fetch.tokens or AITBC_TOKENS';
  if (url.protocol === 'https:' || mayBeInsecure(url, allowInsecure)) return undefined;
  return 'plain http: is allowed to loopback alone, for anyone on the way could leave vulnerabilities out';
}
