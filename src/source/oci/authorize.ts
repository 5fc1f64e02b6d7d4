/**
 * Answers the challenges of one registry. Guarantees that a password goes to the host it was written for and nowhere else, the
 * registry and its realm included, and that a token of the realm goes to the registry's own origin. Trusts neither the registry
 * nor its realm.
 */
import { isPluginError, PluginError } from '../../core/errors.ts';
import { mayBeInsecure } from '../http/hosts.ts';
import type { Authorizer, HttpClient, HttpFile } from '../http/types.ts';
import type { SourceContext } from '../types.ts';
import { parseChallenge } from './challenge.ts';
import { readCredentials, type Credentials } from './credentials.ts';

const MAX_ANSWER = 64 * 1024;
const TOKEN = /^[\x21-\x7e]{1,32768}$/;

export interface Gate {
  /** Does `ask` without credentials; when it is challenged, once more with what the challenge wants, which is kept for later ones. */
  pass(ask: (authorization: Authorizer) => Promise<HttpFile>): Promise<HttpFile>;
}

/** `base`: the registry's URL. Only reading from `repository` is ever asked for, whatever the challenge names. */
export function createGate(base: string, repository: string, http: HttpClient, context: SourceContext): Gate {
  const registry = new URL(base);
  /** Whose login counts: the realm's where there is one. */
  let loginAt = registry;
  let given: Promise<Authorizer> | undefined;
  let reading: Promise<Credentials> | undefined;
  const credentials = (): Promise<Credentials> => (reading ??= readCredentials(context.config.tokens, process.env));

  const answerTo = async (header: string): Promise<Authorizer> => {
    const challenge = parseChallenge(header);
    const known = await credentials();
    const secret = known.for(registry);
    if (challenge === undefined) throw denied(registry, 'it asks for a kind of login that is not known', undefined);
    const realm = challenge.params.get('realm');
    if (challenge.scheme === 'bearer' && realm !== undefined) {
      const token = await tokenOf(realmUrl(registry, realm, context), challenge.params.get('service'), known);
      return (url) => (url.origin === registry.origin ? `Bearer ${token}` : undefined);
    }
    if (secret === undefined)
      throw denied(registry, 'it asks for a user name and a password', hintFor(registry, known));
    const value = challenge.scheme === 'bearer' ? `Bearer ${secret}` : basic(secret);
    return (url) => (url.origin === registry.origin ? value : undefined);
  };

  const tokenOf = async (realm: URL, service: string | undefined, known: Credentials): Promise<string> => {
    loginAt = realm;
    if (service !== undefined) realm.searchParams.set('service', service);
    realm.searchParams.set('scope', `repository:${repository}:pull`);
    const answer = await http
      .get(realm.href, {
        limit: MAX_ANSWER,
        expect: 'module',
        accept: 'application/json',
        referrer: `${base}/`,
        secret: true,
        authorization: (url) => {
          const secret = known.for(url);
          return secret === undefined ? undefined : basic(secret);
        },
        signal: context.signal,
      })
      .catch((error: unknown) => {
        if (isPluginError(error, 'ERR_IMPORT_DENIED')) {
          const hint = 'the public internet must not lead to this machine or a private network';
          throw denied(registry, `it sends for its tokens to ${realm.host}, which is nearer than itself`, hint, error);
        }
        const status = isPluginError(error) ? error.details['status'] : undefined;
        if (status !== 401 && status !== 403) throw error;
        throw denied(registry, `${realm.host} gives no token`, hintFor(realm, known), error);
      });
    return readToken(answer.bytes, realm);
  };

  return {
    async pass(ask) {
      const before = given;
      try {
        return await ask((await before) ?? (() => undefined));
      } catch (error) {
        const challenge = isPluginError(error) ? error.details['challenge'] : undefined;
        if (typeof challenge !== 'string') throw error;
        // Another request may have answered it in the meantime.
        if (given === before) {
          given = answerTo(challenge);
          given.catch(() => (given = undefined));
        }
        return await ask((await given) ?? (() => undefined)).catch(async (second: unknown) => {
          const again = isPluginError(second) && second.details['status'];
          if (again !== 401 && again !== 403) throw second;
          throw denied(
            registry,
            `it does not let "${repository}" be read`,
            hintFor(loginAt, await credentials()),
            second,
          );
        });
      }
    },
  };
}

/** Where tokens are given: as near to the outside as the registry is, and never by plain http: but where that is allowed. */
function realmUrl(registry: URL, realm: string, { config }: SourceContext): URL {
  const url = realm.length <= 2_048 ? URL.parse(realm) : null;
  const http = url?.protocol === 'http:' && registry.protocol === 'http:' && mayBeInsecure(url, config.allowInsecure);
  if (url === null || (url.protocol !== 'https:' && !http) || url.username !== '' || url.password !== '') {
    throw denied(registry, 'it sends for its tokens to what is not an https: URL', undefined);
  }
  url.hash = '';
  return url;
}

/** A token without a user name is a password of whom it names itself, as for git. */
function basic(secret: string): string {
  const login = secret.includes(':') ? secret : `x-access-token:${secret}`;
  return `Basic ${Buffer.from(login).toString('base64')}`;
}

function readToken(bytes: Uint8Array, realm: URL): string {
  let answer: unknown;
  try {
    answer = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    answer = undefined;
  }
  const members =
    answer !== null && typeof answer === 'object' ? new Map(Object.entries(answer)) : new Map<string, unknown>();
  const token: unknown = members.get('token') ?? members.get('access_token');
  if (typeof token === 'string' && TOKEN.test(token)) return token;
  throw new PluginError('ERR_SOURCE_FETCH', `Cannot use the answer of ${realm.host}: it holds no token`, {
    hint: 'the registry names a token server that is none',
  });
}

function hintFor(url: URL, known: Credentials): string {
  if (known.for(url) !== undefined) return `renew the token for ${url.host}, or give it the right to read this`;
  const helper = known.inHelper(url) ? '; credential helpers of docker are not run' : '';
  return `give a login in the config: fetch: { tokens: { "${url.host}": "\${USER}:\${TOKEN}" } }${helper}`;
}

function denied(registry: URL, state: string, hint: string | undefined, cause?: unknown): PluginError {
  return new PluginError('ERR_SOURCE_FETCH', `Cannot fetch from "${registry.host}": ${state}`, {
    hint: hint ?? 'check that the host is a registry',
    cause,
  });
}
