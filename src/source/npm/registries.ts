/**
 * Which registry a package comes from, and the HTTP client that asks it. Guarantees that a token goes to the host and path it was
 * written for alone. Trusts the operator's `.npmrc` and config.
 */
import { homedir } from 'node:os';
import { join } from 'node:path';
import { PluginError } from '../../core/errors.ts';
import { createHttpClient } from '../http/client.ts';
import { mayBeInsecure } from '../http/hosts.ts';
import type { HttpClient } from '../http/types.ts';
import type { SourceContext } from '../types.ts';
import { readNpmrc, type Npmrc } from './npmrc.ts';

const DEFAULT_REGISTRY = 'https://registry.npmjs.org/';

export interface Registries {
  /** The URL of the registry of a package, with a slash at its end. */
  urlFor(name: string): string;
  readonly http: HttpClient;
}

/** `.npmrc` beside the config counts before that of the user. */
export async function openRegistries(context: SourceContext): Promise<Registries> {
  const home = process.env['HOME'] ?? homedir();
  const npmrc = await readNpmrc([join(context.root, '.npmrc'), join(home, '.npmrc')], process.env);
  const tokens = new Map([...context.config.tokens, ...tokensOf(npmrc)]);
  const checked = new Map<string, string>();
  return {
    urlFor(name) {
      const scope = name.startsWith('@') ? npmrc.scopes.get(name.slice(0, name.indexOf('/'))) : undefined;
      const written = scope ?? npmrc.registry ?? DEFAULT_REGISTRY;
      const url = checked.get(written) ?? registryUrl(written, context.config.allowInsecure);
      checked.set(written, url);
      return url;
    },
    http: createHttpClient({ ...context, config: { ...context.config, tokens } }),
  };
}

/** The host in the case that URLs have. */
function tokensOf(npmrc: Npmrc): [string, string][] {
  return [...npmrc.tokens].map(([key, token]) => {
    const slash = key.indexOf('/');
    return [key.slice(0, slash).toLowerCase() + key.slice(slash), token];
  });
}

function registryUrl(written: string, allowInsecure: readonly string[]): string {
  const url = URL.parse(written);
  const refuse = (state: string, hint: string): PluginError =>
    new PluginError(
      'ERR_CONFIG_INVALID',
      `Cannot use the npm registry "${url?.host ?? written.slice(0, 80)}": ${state}`,
      {
        hint,
      },
    );
  if (url === null || (url.protocol !== 'https:' && url.protocol !== 'http:') || url.search !== '' || url.hash !== '') {
    throw refuse('it is not an https: URL', 'correct "registry" in .npmrc: registry=https://host/path/');
  }
  if (url.username !== '' || url.password !== '') {
    throw refuse(
      'its URL has a user name or password',
      `write the token by host: //${url.host}/:_authToken=\${NPM_TOKEN}`,
    );
  }
  if (url.protocol === 'http:' && !mayBeInsecure(url, allowInsecure)) {
    throw refuse(
      'plain http: is allowed to loopback alone',
      `write https:, or name ${url.host} in fetch.allow_insecure`,
    );
  }
  return url.href.endsWith('/') ? url.href : `${url.href}/`;
}
