import { PluginError, isPluginError, messageOf } from '../../core/errors.ts';
import { TooNear, tooNear } from './reach.ts';

export interface FailureContext {
  readonly url: URL;
  readonly referrer: string | undefined;
  readonly redirected: boolean;
  /** Whether the answer had begun. */
  readonly inBody: boolean;
}

const CERTIFICATE =
  /^(?:CERT_|DEPTH_ZERO|SELF_SIGNED|UNABLE_TO_(?:VERIFY|GET|DECRYPT)|ERR_TLS_CERT|HOSTNAME_MISMATCH|INVALID_CA|PATH_LENGTH_EXCEEDED)/;
const TLS = /^(?:EPROTO$|ERR_SSL_|ERR_TLS_)/;

/** What a failed connection or a broken body means to the operator. Each kind has a message and a remedy of its own. */
export function explainFailure(error: unknown, context: FailureContext): PluginError {
  if (isPluginError(error)) return error;
  const { url } = context;
  const root = rootCause(error);
  const code = codeOf(root) ?? codeOf(error) ?? '';
  const fail = (state: string, hint: string | undefined, retryable: boolean): PluginError =>
    new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${url.href}": ${state}`, {
      ...(hint === undefined ? {} : { hint }),
      cause: error,
      retryable,
    });

  if (root instanceof TooNear) return tooNear(url, context.referrer, context.redirected, root);
  if (/\(407\)|response \(407\)/.test(messageOf(error))) {
    return fail(
      'the proxy asks for a user name and a password',
      'write them into HTTPS_PROXY: http://user:password@proxy:3128',
      false,
    );
  }
  if (code === 'UND_ERR_PRX_TLS')
    return fail('the certificate of the proxy is not valid for it', 'correct HTTPS_PROXY', false);
  if (code === 'UND_ERR_PRX_CONN' || /HTTP Tunneling/.test(messageOf(error))) {
    return fail(
      `the proxy refused to connect (${messageOf(root)})`,
      'check HTTPS_PROXY, or name the host in NO_PROXY',
      false,
    );
  }
  if (CERTIFICATE.test(code)) {
    return fail(
      `the certificate of ${url.host} is not trusted (${code}: ${messageOf(root)})`,
      'if the server is yours, name its authority: fetch: { ca: ./ca.pem } in the config, or NODE_EXTRA_CA_CERTS; certificates are never ignored',
      false,
    );
  }
  if (TLS.test(code)) {
    return fail(
      `${url.host} does not speak TLS as it should (${code})`,
      'check the port, and whether the server speaks http: alone',
      false,
    );
  }
  if (code === 'ENOTFOUND')
    return fail(`no host is called ${url.hostname}`, 'check the spelling and the name server', false);
  if (code === 'EAI_AGAIN')
    return fail(`the name server gave no answer for ${url.hostname}`, 'check the network', true);
  if (code === 'ECONNREFUSED')
    return fail(`nothing listens at ${url.host}`, 'check that the server runs and the port is right', true);
  if (code === 'UND_ERR_CONNECT_TIMEOUT' || code === 'ETIMEDOUT') {
    return fail(`${url.host} did not take the connection in time`, 'check the network, or set HTTPS_PROXY', true);
  }
  if (code === 'EHOSTUNREACH' || code === 'ENETUNREACH')
    return fail(`${url.host} cannot be reached`, 'check the network', true);
  if (code === 'UND_ERR_HEADERS_OVERFLOW') return fail('its headers are too large', undefined, false);
  if (code === 'Z_BUF_ERROR' || (context.inBody && isBroken(code))) {
    return fail(
      'the connection ended before the whole body had arrived',
      'try again; if it stays so, the server is broken',
      true,
    );
  }
  if (/^(?:Z_|ERR_BROTLI|ERR__ERROR_FORMAT|ERR_ZSTD|ZSTD_)/.test(code))
    return fail(`its compressed body is damaged (${code})`, undefined, false);
  if (isBroken(code)) return fail('the server closed the connection without an answer', 'try again', true);
  if (code.startsWith('HPE_') || (root instanceof Error && root.name === 'HTTPParserError'))
    return fail(`the server does not speak HTTP as it should (${messageOf(root)})`, 'check the port', false);
  return fail(`${messageOf(root)}${code === '' ? '' : ` (${code})`}`, undefined, false);
}

function isBroken(code: string): boolean {
  return /^(?:ECONNRESET|EPIPE|UND_ERR_SOCKET|UND_ERR_RES_CONTENT_LENGTH_MISMATCH|UND_ERR_ABORTED|ERR_STREAM_PREMATURE_CLOSE|HPE_INVALID_EOF_STATE)$/.test(
    code,
  );
}

function codeOf(error: unknown): string | undefined {
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined;
  return typeof code === 'string' ? code : undefined;
}

/** The innermost cause; of several attempts to connect, the last. */
function rootCause(error: unknown): unknown {
  let root = error;
  for (let depth = 0; depth < 8; depth++) {
    const inner: unknown =
      root instanceof AggregateError ? root.errors.at(-1) : root instanceof Error ? root.cause : undefined;
    if (!(inner instanceof Error)) return root;
    root = inner;
  }
  return root;
}

/** What a status that is not success means; undefined for 2xx with a body. */
export function explainStatus(
  url: URL,
  status: number,
  hasToken: boolean,
  retryAfter: string | undefined,
): PluginError | undefined {
  const cannot = `Cannot fetch "${url.href}": the server answered ${status}`;
  if (status === 404 || status === 410) {
    return new PluginError('ERR_SOURCE_NOT_FOUND', cannot, {
      hint:
        status === 410
          ? 'it was removed for good'
          : 'check the address; private sources answer 404 without a token too',
    });
  }
  if (status === 401 || status === 403) {
    return new PluginError('ERR_SOURCE_FETCH', `${cannot}${hasToken ? ' to the token of the config' : ''}`, {
      details: { status },
      hint: hasToken
        ? `renew the token for ${url.host}, or give it the right to read this`
        : `give a token in the config: fetch: { tokens: { "${url.host}": "\${TOKEN}" } }`,
    });
  }
  if (status === 407) {
    return new PluginError(
      'ERR_SOURCE_FETCH',
      `Cannot fetch "${url.href}": the proxy asks for a user name and a password`,
      {
        hint: 'write them into HTTP_PROXY: http://user:password@proxy:3128',
      },
    );
  }
  if (status === 429 || status >= 500) {
    return new PluginError('ERR_SOURCE_FETCH', cannot, {
      hint:
        status === 429
          ? 'the server wants fewer requests: wait, then try again'
          : 'the server is in trouble: try again later',
      retryable: [429, 502, 503, 504].includes(status),
      ...(retryAfter === undefined ? {} : { details: { retryAfter: retryAfter.slice(0, 64) } }),
    });
  }
  if (status !== 200 && status !== 203) return new PluginError('ERR_SOURCE_FETCH', cannot);
  return undefined;
}
