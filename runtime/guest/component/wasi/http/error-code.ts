import { asHostError } from '../../fault.ts';
import { usv } from '../../text.ts';

/** wasi:http's `error-code`. */
export interface ErrorCode {
  readonly tag: string;
  readonly val?: unknown;
}

export const internalError = (reason: string): ErrorCode => ({ tag: 'internal-error', val: usv(reason) });

const NET_CODES: Readonly<Record<string, ErrorCode>> = {
  ECONNREFUSED: { tag: 'connection-refused' },
  ECONNRESET: { tag: 'connection-terminated' },
  EPIPE: { tag: 'connection-terminated' },
  UND_ERR_SOCKET: { tag: 'connection-terminated' },
  ETIMEDOUT: { tag: 'connection-timeout' },
  UND_ERR_CONNECT_TIMEOUT: { tag: 'connection-timeout' },
  UND_ERR_HEADERS_TIMEOUT: { tag: 'HTTP-response-timeout' },
  UND_ERR_BODY_TIMEOUT: { tag: 'connection-read-timeout' },
  ENOTFOUND: { tag: 'DNS-error', val: { rcode: 'NXDOMAIN' } },
  EAI_AGAIN: { tag: 'DNS-timeout' },
};

/** Of what the broker refused, or what failed on the way. */
export function errorCode(error: unknown): ErrorCode {
  const known = asHostError(error);
  if (known.code === 'ERR_PERMISSION_DENIED') return { tag: 'HTTP-request-denied' };
  const inner = known.data?.['code'];
  const code = typeof inner === 'string' ? NET_CODES[inner] : undefined;
  if (code !== undefined) return code;
  return known.code.startsWith('ERR_LIMIT_') ? { tag: 'connection-limit-reached' } : internalError(known.message);
}
