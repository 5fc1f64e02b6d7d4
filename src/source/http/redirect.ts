import { PluginError } from '../../core/errors.ts';
import { mayBeInsecure } from './hosts.ts';

export const MAX_REDIRECTS = 10;

export function isRedirect(status: number): boolean {
  return [301, 302, 303, 307, 308].includes(status);
}

/** Where a redirect leads, if it may be followed. `visited` are the URLs so far, the redirecting one included. */
export function nextHop(
  from: URL,
  location: string | undefined,
  visited: readonly string[],
  allowInsecure: readonly string[],
): URL {
  const refuse = (state: string, hint?: string): PluginError =>
    new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${visited[0] ?? from.href}": ${state}`, {
      ...(hint === undefined ? {} : { hint }),
      details: { redirects: visited.length },
    });
  if (location === undefined || location.length > 8_192 || !URL.canParse(location, from.href)) {
    throw refuse(`"${from.href}" redirects to nowhere`);
  }
  const to = new URL(location, from.href);
  to.hash = '';
  if (to.protocol !== 'https:' && to.protocol !== 'http:') throw refuse(`it redirects to ${to.protocol}`);
  if (to.username !== '' || to.password !== '') throw refuse('it redirects to a URL with a user name or password');
  if (from.protocol === 'https:' && to.protocol === 'http:') {
    throw refuse(`it redirects from https: to plain http: (${to.href})`, 'name the final https: URL, if there is one');
  }
  if (to.protocol === 'http:' && !mayBeInsecure(to, allowInsecure)) {
    throw refuse(`it redirects to plain http: (${to.href})`, `name ${to.host} in fetch.allow_insecure if you mean it`);
  }
  if (visited.includes(to.href)) throw refuse(`its redirects lead in a circle, back to "${to.href}"`);
  if (visited.length > MAX_REDIRECTS) throw refuse(`it redirects more than ${MAX_REDIRECTS} times`);
  return to;
}
