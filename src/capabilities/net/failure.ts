import { PluginError } from '../../core/errors.ts';

/**
 * What a plugin is told of a failed request: one of these sentences and the code, never the host's own message, which can
 * name addresses, files and certificates.
 */
const SENTENCES: ReadonlyMap<string, string> = new Map([
  ['ENOTFOUND', 'the name does not resolve'],
  ['EAI_AGAIN', 'the name cannot be resolved now'],
  ['EAI_FAIL', 'the name cannot be resolved'],
  ['ECONNREFUSED', 'the connection was refused'],
  ['ECONNRESET', 'the connection was reset'],
  ['EPIPE', 'the connection was closed'],
  ['ETIMEDOUT', 'the connection timed out'],
  ['EHOSTUNREACH', 'the host cannot be reached'],
  ['ENETUNREACH', 'the network cannot be reached'],
  ['EADDRNOTAVAIL', 'the address cannot be reached'],
  ['UND_ERR_SOCKET', 'the connection was closed'],
  ['UND_ERR_CONNECT_TIMEOUT', 'the connection timed out'],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', 'the body ended early'],
  ['UND_ERR_REQ_CONTENT_LENGTH_MISMATCH', 'the body sent is not as long as its content-length'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'the certificate is for another name'],
  ['CERT_HAS_EXPIRED', 'the certificate has expired'],
  ['DEPTH_ZERO_SELF_SIGNED_CERT', 'the certificate is signed by itself'],
  ['SELF_SIGNED_CERT_IN_CHAIN', 'the certificate is not trusted'],
  ['UNABLE_TO_VERIFY_LEAF_SIGNATURE', 'the certificate is not trusted'],
  ['UNABLE_TO_GET_ISSUER_CERT_LOCALLY', 'the certificate is not trusted'],
  ['Z_DATA_ERROR', 'the body is not what its content-encoding says'],
  ['Z_BUF_ERROR', 'the body ended early'],
]);

/** `thing`: the URL without its query. A PluginError passes as it is. */
export function failure(thing: string, error: unknown): PluginError {
  if (error instanceof PluginError) return error;
  const code = codeOf(error);
  if (code === 'UND_ERR_HEADERS_TIMEOUT' || code === 'UND_ERR_BODY_TIMEOUT') {
    return new PluginError('ERR_LIMIT_TIME', `Cannot fetch "${thing}": the server was silent too long`, {
      cause: error,
      details: { code },
    });
  }
  if (code === 'UND_ERR_HEADERS_OVERFLOW') {
    return new PluginError('ERR_LIMIT_RATE', `Cannot fetch "${thing}": the headers of the answer are too large`, {
      cause: error,
    });
  }
  const http = code.startsWith('HPE_') ? 'the answer is not HTTP' : undefined;
  const sentence = SENTENCES.get(code) ?? http ?? 'the request failed';
  return new PluginError('ERR_NET', `Cannot fetch "${thing}": ${sentence}`, { cause: error, details: { code } });
}

function codeOf(error: unknown): string {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    const inner = at instanceof AggregateError ? (at.errors[0] as unknown) : at;
    const code = (inner as { code?: unknown } | undefined)?.code;
    if (typeof code === 'string' && /^[A-Z0-9_]{1,64}$/.test(code)) return code;
  }
  return 'UNKNOWN';
}
