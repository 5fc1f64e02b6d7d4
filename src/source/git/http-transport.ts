import type { HttpClient as GitHttp } from 'isomorphic-git/http/node';
import { PluginError } from '../../core/errors.ts';
import type { HttpClient } from '../http/types.ts';

export interface GitTransport {
  readonly http: GitHttp;
  /** Where the repository is, after the redirects of the first request. */
  base(): string;
}

/**
 * Git's HTTP by our own client: its limits, tokens, proxies and guards hold for git too. When the first request was
 * redirected, later ones go to where it led, as git does.
 */
export function createGitTransport(client: HttpClient, url: string, limit: number, signal?: AbortSignal): GitTransport {
  let base = url;
  const request: GitHttp['request'] = async ({ url: asked, method, headers, body }) => {
    const target = asked.startsWith(url) ? base + asked.slice(url.length) : asked;
    const stream = await client.stream(target, {
      method: method === 'POST' ? 'POST' : 'GET',
      headers: { ...headers, 'accept-encoding': 'identity' },
      ...(body === undefined ? {} : { body: await collect(body) }),
      limit,
      signal,
    });
    if (stream.status !== 200) {
      await stream.body.return?.();
      throw explain(base, stream.status);
    }
    const suffix = '/info/refs?service=git-upload-pack';
    if (target === base + suffix && stream.url.endsWith(suffix)) base = stream.url.slice(0, -suffix.length);
    return {
      url: stream.url,
      method: method ?? 'GET',
      statusCode: 200,
      statusMessage: 'OK',
      headers: stream.headers,
      body: stream.body,
    };
  };
  return { http: { request }, base: () => base };
}

async function collect(body: AsyncIterable<Uint8Array> | Iterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of body) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function explain(url: string, status: number): PluginError {
  const { host } = new URL(url);
  if (status === 401 || status === 403) {
    return new PluginError(
      'ERR_SOURCE_FETCH',
      `Cannot fetch "${url}": the server answered ${status}, it wants a token or refuses the one it got`,
      {
        hint: `check that the repository exists; for a private one give a token: fetch: { tokens: { "${host}": "\${TOKEN}" } }`,
      },
    );
  }
  if (status === 404 || status === 410) {
    return new PluginError('ERR_SOURCE_NOT_FOUND', `Cannot fetch "${url}": there is no such repository (${status})`, {
      hint: 'check the address; private repositories answer 404 without a token too',
    });
  }
  return new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${url}": the server answered ${status}`, {
    hint: 'try again later',
  });
}
