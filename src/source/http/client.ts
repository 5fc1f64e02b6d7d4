import type { SourceContext } from '../types.ts';
import { createDispatchers } from './dispatchers.ts';
import type { Wire } from './exchange.ts';
import { getFile } from './get.ts';
import { createReachBook, type Resolver } from './reach.ts';
import { createShare, createSlots } from './share.ts';
import { openStream } from './stream.ts';
import type { HttpClient, HttpFile } from './types.ts';

export interface HttpClientOptions {
  /** Milliseconds before the first further try. Default 300. */
  readonly backoff?: number;
  /** Downloads at the same time. Default 8. */
  readonly parallel?: number;
  readonly resolver?: Resolver;
}

const MAX_CONNECT = 10_000;

/** One client for one run: pools, slots, and each URL fetched once. Close it when the run is over. */
export function createHttpClient(
  context: Pick<SourceContext, 'config' | 'logger' | 'signal' | 'progress' | 'httpCache'>,
  options: HttpClientOptions = {},
): HttpClient {
  const { config } = context;
  const reach = createReachBook(options.resolver);
  const dispatchers = createDispatchers(reach, config.ca, Math.min(MAX_CONNECT, config.idleTimeout));
  const wire: Wire = { config, reach, dispatchers };
  const backoff = options.backoff ?? 300;
  const inSlot = createSlots(options.parallel ?? 8);
  const share = createShare<HttpFile>();
  const closed = new AbortController();
  const anyOf = (...signals: (AbortSignal | undefined)[]): AbortSignal =>
    AbortSignal.any([closed.signal, context.signal, ...signals].filter((signal) => signal !== undefined));

  return {
    get(url, get) {
      // A result is for those alone who may go as far as the one who fetched it: the referrer is part of the key.
      const referrer = get.referrer === undefined ? '' : new URL(get.referrer).origin;
      // What is fetched under other credentials is another answer.
      if (get.authorization !== undefined)
        return inSlot(() => getFile(wire, context, backoff, url, { ...get, signal: anyOf(get.signal) }));
      return share.get(`${url} ${get.expect} ${get.limit} ${referrer}`, url, get.signal, (signal) =>
        inSlot(() => getFile(wire, context, backoff, url, { ...get, signal: anyOf(signal) })),
      );
    },
    stream: (url, stream) =>
      openStream(wire, context.logger, backoff, url, { ...stream, signal: anyOf(stream.signal) }),
    async close() {
      closed.abort();
      await dispatchers.close();
    },
  };
}
