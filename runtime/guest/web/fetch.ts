import type { ByteSource } from '../host.ts';
import { type AbortSignal, onAbort } from './abort.ts';
import { Body } from './body.ts';
import { headerPairs } from './headers.ts';
import { host } from './host.ts';
import { needArguments } from './idl.ts';
import { PrimordialError, PrimordialTypeError } from './primordials.ts';
import { Request, type RequestInit, requestBody, requestSignal } from './request.ts';
import { type Response, responseFromNetwork } from './response.ts';

/**
 * The broker decides on every request and every redirect; here nothing is checked that it would trust. A refusal is a
 * TypeError with the host's `code` (`ERR_PERMISSION_DENIED` …) and the host's error as its cause.
 */
export async function fetch(input: unknown, init?: RequestInit): Promise<Response> {
  needArguments(arguments.length, 1, 'fetch');
  const request = init === undefined ? new Request(input) : new Request(input, init);
  const signal = requestSignal(request);
  signal?.throwIfAborted();
  const body = requestBody(request)?.take().pull();
  const { url, method, redirect } = request;
  const headers = headerPairs(request.headers).map(([name, value]) => [name, value] as const);
  try {
    const net = { url, method, headers, redirect, hasBody: body !== undefined };
    const io = {
      ...(signal === undefined ? {} : { signal: abortLike(signal) }),
      ...(body === undefined ? {} : { body }),
    };
    const reply = await host().request('net.fetch', [net], io);
    const source = reply.body;
    if (!reply.value.hasBody || source === undefined) {
      source?.cancel();
      return responseFromNetwork(reply.value, null);
    }
    return responseFromNetwork(reply.value, Body.fromSource(guarded(source, signal)));
  } catch (error) {
    body?.cancel();
    throw networkError(error, signal);
  }
}

/** The response's bytes; an abort ends them with the signal's own reason. */
function guarded(source: ByteSource, signal: AbortSignal | undefined): ByteSource {
  return {
    async next() {
      try {
        signal?.throwIfAborted();
        return await source.next();
      } catch (error) {
        source.cancel();
        throw networkError(error, signal);
      }
    },
    cancel: () => source.cancel(),
  };
}

function networkError(error: unknown, signal: AbortSignal | undefined): unknown {
  if (signal?.aborted === true) return signal.reason;
  if (!(error instanceof PrimordialError)) return error;
  const { code } = error as { code?: unknown };
  if (typeof code !== 'string') return error;
  return Object.assign(new PrimordialTypeError(error.message, { cause: error }), { code });
}

/** What the bootstrap needs of a signal, deaf to what a plugin does to the signal's listeners. */
function abortLike(signal: AbortSignal) {
  const steps = new Map<() => void, () => void>();
  return {
    get aborted() {
      return signal.aborted;
    },
    addEventListener(_type: 'abort', listener: () => void) {
      steps.set(listener, onAbort(signal, listener));
    },
    removeEventListener(_type: 'abort', listener: () => void) {
      steps.get(listener)?.();
      steps.delete(listener);
    },
  };
}
