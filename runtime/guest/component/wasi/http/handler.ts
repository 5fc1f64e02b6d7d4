/**
 * wasi:http, outgoing, on the capability `net`: the broker checks every request and bounds its time and its bytes. Redirects are
 * the component's to follow, as the interface has it.
 */
import { host, type HostRequest } from '../../host.ts';
import type { NetResponse } from '../../../../../src/protocol/requests.ts';
import type { IoError } from '../io.ts';
import { errorCode } from './error-code.ts';
import { Fields } from './fields.ts';
import { FutureIncomingResponse, FutureTrailers, IncomingBody, IncomingResponse } from './incoming.ts';
import { OutgoingBody } from './outgoing-body.ts';
import { OutgoingRequest, RequestOptions } from './outgoing-request.ts';

/** Those that cannot have a body: whether one that was opened stays empty is known at its end. */
const BODILESS = new Set(['GET', 'HEAD']);

function handle(request: OutgoingRequest, options: RequestOptions | undefined): FutureIncomingResponse {
  const url = request.url();
  const method = request.verb();
  const begin = (body: Uint8Array | 'written' | undefined): HostRequest<NetResponse> =>
    host().begin(
      'net.fetch',
      [
        {
          method,
          url,
          headers: request.headers().texts(),
          redirect: 'manual',
          hasBody: body !== undefined,
          ...(options === undefined ? {} : { timeouts: options.timeouts() }),
        },
      ],
      body,
    );
  return new FutureIncomingResponse((started, failed) => {
    const body = request.takenBody();
    if (body === undefined) started(() => begin(undefined));
    else if (body.finished || BODILESS.has(method.toUpperCase())) {
      body.whenWhole((whole) => {
        if (whole === undefined) failed({ tag: 'HTTP-request-body-size', val: undefined });
        else started(() => begin(whole.length === 0 ? undefined : whole));
      });
    } else {
      started(() => {
        const under = begin('written');
        if (under.body !== undefined) body.sendTo(under.body);
        return under;
      });
    }
  });
}

export const http: Record<string, object> = {
  'wasi:http/types': {
    Fields,
    FutureIncomingResponse,
    FutureTrailers,
    IncomingBody,
    IncomingResponse,
    OutgoingBody,
    OutgoingRequest,
    RequestOptions,
    httpErrorCode: (error: IoError) => (error.cause === undefined ? undefined : errorCode(error.cause)),
  },
  'wasi:http/outgoing-handler': { handle },
};
