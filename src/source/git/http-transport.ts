import type { HttpClient as GitHttp } from 'isomorphic-git/http/node';
import { PluginError } from '../../core/errors.ts';
import type { HttpClient, HttpStream } from '../http/types.ts';
import type { SourceProgress } from '../types.ts';

export interface GitTransport {
  readonly http: GitHttp;
  /** Where the repository is, after the redirects of the first request. */
  base(): string;
  /** What first went wrong in a request or a body: isomorphic-git makes other errors of it, or none. */
  failure(): unknown;
  /** Ends all of its requests. */
  close(): void;
}

export interface TransportOptions {
  /** Bytes of one answer. */
  readonly limit: number;
  readonly signal: AbortSignal | undefined;
  readonly progress: SourceProgress | undefined;
}

const ADVERTISEMENT = '/info/refs?service=git-upload-pack';

/**
 * Git's HTTP by our own client: its limits, tokens, proxies and guards hold for git too. When the first request was
 * redirected, later ones go to where it led, as git does.
 */
export function createGitTransport(client: HttpClient, url: string, options: TransportOptions): GitTransport {
  const { limit, signal, progress } = options;
  const open = new Set<HttpStream>();
  let base = url;
  let failure: unknown;
  const failed = (error: unknown): never => {
    failure ??= error;
    throw error;
  };

  const request: GitHttp['request'] = async ({ url: asked, method, headers, body }) => {
    const target = asked.startsWith(url) ? base + asked.slice(url.length) : asked;
    const opening = client.stream(target, {
      method: method === 'POST' ? 'POST' : 'GET',
      // Some servers tell git from a browser by this name.
      headers: { ...headers, 'user-agent': 'git/aitbc-plugins', 'accept-encoding': 'identity' },
      ...(body === undefined ? {} : { body: await collect(body) }),
      limit,
      signal,
    });
    const stream = await opening.catch(failed);
    open.add(stream);
    if (stream.status !== 200) return failed(explain(base, stream.status));
    if (target === base + ADVERTISEMENT && stream.url.endsWith(ADVERTISEMENT)) {
      base = stream.url.slice(0, -ADVERTISEMENT.length);
    }
    const { headers: answered } = stream;
    const status = { statusCode: 200, statusMessage: 'OK' };
    return { url: stream.url, method: method ?? 'GET', ...status, headers: answered, body: watched(stream.body) };
  };

  async function* watched(body: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    let bytes = 0;
    try {
      for await (const chunk of body) {
        bytes += chunk.byteLength;
        progress?.({ item: base, bytes, done: false });
        yield chunk;
      }
    } catch (error) {
      failed(error);
    }
    progress?.({ item: base, bytes, done: true });
  }

  return {
    http: { request },
    base: () => base,
    failure: () => failure,
    close: () => {
      for (const stream of open) stream.close();
    },
  };
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
