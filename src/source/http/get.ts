import { digestOf } from '../../core/digest.ts';
import { messageOf, PluginError } from '../../core/errors.ts';
import type { SourceContext } from '../types.ts';
import { readBody } from './body.ts';
import { ask, type Answer, type Hop, type Wire } from './exchange.ts';
import { explainFailure, explainStatus } from './failures.ts';
import { htmlError, isHtmlType, looksLikeHtml } from './html.ts';
import { isRedirect, nextHop } from './redirect.ts';
import { withRetries } from './retry.ts';
import type { HttpCache, HttpFile, HttpGetOptions } from './types.ts';

type Cached = Awaited<ReturnType<HttpCache['get']>>;
type Context = Pick<SourceContext, 'httpCache' | 'logger' | 'progress'>;
type Step = { readonly location: string | undefined } | { readonly file: Omit<HttpFile, 'finalUrl' | 'redirects'> };

/** All of one resource: redirects followed by hand, each hop tried again on its own, the body whole or not at all. */
export async function getFile(
  wire: Wire,
  context: Context,
  backoff: number,
  start: string,
  options: HttpGetOptions,
): Promise<HttpFile> {
  const visited: string[] = [];
  let hop: Hop = { url: new URL(start), referrer: options.referrer, redirected: false };
  hop.url.hash = '';
  for (;;) {
    const current = hop;
    const { url } = current;
    visited.push(url.href);
    const step = await withRetries(() => takeStep(wire, context, current, options), {
      url: url.href,
      retries: wire.config.retries,
      backoff,
      signal: options.signal,
      onRetry: (error, wait) => {
        context.logger.log('debug', 'fetch failed, trying again', { url: url.href, wait, error: messageOf(error) });
      },
    });
    if ('file' in step) return { ...step.file, finalUrl: url.href, redirects: visited.slice(0, -1) };
    const next = nextHop(url, step.location, visited, wire.config.allowInsecure);
    hop = { url: next, referrer: url.href, redirected: true };
  }
}

async function takeStep(wire: Wire, context: Context, hop: Hop, options: HttpGetOptions): Promise<Step> {
  const { url } = hop;
  const cached = options.secret ? undefined : await context.httpCache?.get(url.href);
  using answer = await ask(wire, hop, {
    method: 'GET',
    headers: {
      accept: options.accept ?? '*/*',
      // An archive is stored as it is; another layer of compression only hides its size.
      'accept-encoding': options.expect === 'archive' ? 'identity' : 'gzip, br',
      ...(cached?.etag !== undefined && { 'if-none-match': cached.etag }),
      ...(cached?.lastModified !== undefined && { 'if-modified-since': cached.lastModified }),
    },
    authorization: options.authorization ?? 'bearer',
    signal: options.signal,
  });
  if (isRedirect(answer.status)) return { location: answer.headers['location'] };
  if (answer.status === 304 && cached !== undefined) {
    if (cached.bytes.byteLength > options.limit) {
      throw new PluginError(
        'ERR_SOURCE_TOO_LARGE',
        `Cannot fetch "${url.href}": it is larger than ${options.limit} bytes`,
      );
    }
    return { file: { bytes: cached.bytes, contentType: cached.contentType, headers: answer.headers } };
  }
  const failure = explainStatus(url, answer.status, answer.sentToken, answer.headers['retry-after']);
  if (failure !== undefined) throw options.authorization === undefined ? failure : withChallenge(failure, answer);
  return { file: { ...(await accept(context, hop, answer, options, cached)), headers: answer.headers } };
}

function withChallenge(failure: PluginError, { status, headers }: Answer): PluginError {
  const challenge = headers['www-authenticate']?.slice(0, 8_192);
  if (status !== 401 || challenge === undefined) return failure;
  return new PluginError(failure.code, failure.message, { details: { ...failure.details, challenge } });
}

async function accept(
  context: Context,
  hop: Hop,
  answer: Answer,
  options: HttpGetOptions,
  cached: Cached,
): Promise<Pick<HttpFile, 'bytes' | 'contentType'>> {
  const { url } = hop;
  const contentType = answer.headers['content-type']?.split(';')[0]?.trim().toLowerCase() || undefined;
  if (isHtmlType(contentType)) throw htmlError(url);
  const stated = answer.headers['content-length'];
  const length = stated !== undefined && /^\d{1,15}$/.test(stated) ? Number(stated) : undefined;
  const bytes = await readBody(answer.body, {
    url: url.href,
    limit: options.limit,
    encoding: answer.headers['content-encoding'],
    length,
    onBytes: (received) => {
      answer.deadline.touch();
      context.progress?.({
        item: url.href,
        bytes: received,
        ...(length === undefined ? {} : { total: length }),
        done: false,
      });
    },
  }).catch((error: unknown) => {
    throw explainFailure(answer.deadline.signal.aborted ? answer.deadline.signal.reason : error, {
      ...hop,
      inBody: true,
    });
  });
  if (looksLikeHtml(bytes)) throw htmlError(url);
  context.progress?.({ item: url.href, bytes: bytes.byteLength, total: bytes.byteLength, done: true });
  if (!options.secret) await remember(context, url.href, answer, { bytes, contentType }, cached);
  return { bytes, contentType };
}

async function remember(
  context: Context,
  url: string,
  answer: Answer,
  file: Pick<HttpFile, 'bytes' | 'contentType'>,
  cached: Cached,
): Promise<void> {
  const { etag, 'last-modified': lastModified } = answer.headers;
  if (context.httpCache === undefined || (etag === undefined && lastModified === undefined && cached === undefined))
    return;
  const entry = { etag, lastModified, contentType: file.contentType, digest: digestOf(file.bytes) };
  await context.httpCache.put(url, entry, file.bytes).catch((error: unknown) => {
    context.logger.log('warn', 'an answer was not kept for later', { url, error: messageOf(error) });
  });
}
