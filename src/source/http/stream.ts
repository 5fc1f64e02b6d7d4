import { messageOf } from '../../core/errors.ts';
import { PluginError } from '../../core/errors.ts';
import type { Logger } from '../../core/logger.ts';
import { ask, type Answer, type Hop, type Wire } from './exchange.ts';
import { explainFailure } from './failures.ts';
import { isRedirect, nextHop } from './redirect.ts';
import { withRetries } from './retry.ts';
import type { HttpStream, HttpStreamOptions } from './types.ts';

/**
 * One request of git's protocol, its body streamed: tried again until an answer begins, never after. Statuses are the
 * caller's to judge, but for those that a further try may cure.
 */
export async function openStream(
  wire: Wire,
  logger: Logger,
  backoff: number,
  start: string,
  options: HttpStreamOptions,
): Promise<HttpStream> {
  const visited: string[] = [];
  let hop: Hop = { url: new URL(start), referrer: undefined, redirected: false };
  for (;;) {
    const current = hop;
    visited.push(current.url.href);
    const answer = await withRetries(() => begin(wire, current, options), {
      url: current.url.href,
      retries: wire.config.retries,
      backoff,
      signal: options.signal,
      onRetry: (error, wait) =>
        logger.log('debug', 'git request failed, trying again', { wait, error: messageOf(error) }),
    });
    if (!isRedirect(answer.status) || options.method === 'POST') return toStream(current, answer, options.limit);
    answer[Symbol.dispose]();
    const next = nextHop(current.url, answer.headers['location'], visited, wire.config.allowInsecure);
    hop = { url: next, referrer: current.url.href, redirected: true };
  }
}

async function begin(wire: Wire, hop: Hop, options: HttpStreamOptions): Promise<Answer> {
  const answer = await ask(wire, hop, {
    ...options,
    body: options.body,
    authorization: 'basic',
    signal: options.signal,
  });
  if (![429, 502, 503, 504].includes(answer.status)) return answer;
  answer[Symbol.dispose]();
  const retryAfter = answer.headers['retry-after']?.slice(0, 64);
  throw new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${hop.url.href}": the server answered ${answer.status}`, {
    hint: 'try again later',
    retryable: true,
    ...(retryAfter === undefined ? {} : { details: { retryAfter } }),
  });
}

function toStream(hop: Hop, answer: Answer, limit: number): HttpStream {
  const body = async function* (): AsyncGenerator<Uint8Array> {
    let received = 0;
    try {
      for await (const chunk of answer.body as AsyncIterable<Uint8Array>) {
        answer.deadline.touch();
        received += chunk.byteLength;
        if (received > limit) throw tooLarge(hop.url, limit);
        yield chunk;
      }
    } catch (error) {
      throw explainFailure(answer.deadline.signal.aborted ? answer.deadline.signal.reason : error, {
        ...hop,
        inBody: true,
      });
    } finally {
      answer[Symbol.dispose]();
    }
  };
  return {
    url: hop.url.href,
    status: answer.status,
    headers: answer.headers,
    body: body(),
    close: () => answer[Symbol.dispose](),
  };
}

function tooLarge(url: URL, limit: number): PluginError {
  return new PluginError('ERR_SOURCE_TOO_LARGE', `Cannot fetch "${url.href}": it is larger than ${limit} bytes`, {
    hint: 'raise "max_archive" of fetch in the config if the repository is right',
  });
}
