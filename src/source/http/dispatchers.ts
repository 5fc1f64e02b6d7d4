import { readFile } from 'node:fs/promises';
import { getCACertificates } from 'node:tls';
import { Agent, EnvHttpProxyAgent, type Dispatcher } from 'undici';
import { PluginError, messageOf } from '../../core/errors.ts';
import { isLoopback } from './hosts.ts';
import type { ReachBook } from './reach.ts';
import type { Reach } from './types.ts';

export interface Dispatchers {
  /** The pool for a URL whose host may be no nearer than `allowed`. Pools are apart, so that no guard is bypassed by reuse. */
  for(url: URL, allowed: Reach): Promise<Dispatcher>;
  close(): Promise<void>;
}

/**
 * Connection pools: direct to loopback, else through `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`. `ca` is the PEM file of an
 * authority that counts beside the default ones (and those of `NODE_EXTRA_CA_CERTS`).
 */
export function createDispatchers(reach: ReachBook, ca: string | undefined, connectTimeout: number): Dispatchers {
  const pools = new Map<string, Dispatcher>();
  let authorities: Promise<string[] | undefined> | undefined;

  const make = (direct: boolean, allowed: Reach, trusted: string[] | undefined): Dispatcher => {
    const tls = trusted === undefined ? {} : { ca: trusted };
    const options = {
      allowH2: false,
      connections: 8,
      connectTimeout,
      // The client counts time itself: over headers and body, and between bytes.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: { ...tls, timeout: connectTimeout, lookup: reach.lookup(allowed) },
    };
    if (direct) return new Agent(options);
    try {
      return new EnvHttpProxyAgent({ ...options, requestTls: tls, proxyTls: tls });
    } catch (cause) {
      throw new PluginError('ERR_SOURCE_FETCH', `Cannot use the proxy of the environment: ${messageOf(cause)}`, {
        hint: 'correct HTTP_PROXY and HTTPS_PROXY: they are URLs such as http://proxy.example:3128',
        cause,
      });
    }
  };

  return {
    async for(url, allowed) {
      const trusted = await (authorities ??= readAuthorities(ca));
      const direct = isLoopback(url.hostname);
      const key = `${direct} ${allowed}`;
      const pool = pools.get(key) ?? make(direct, allowed, trusted);
      pools.set(key, pool);
      return pool;
    },
    async close() {
      const open = [...pools.values()];
      pools.clear();
      await Promise.all(open.map((pool) => pool.destroy()));
    },
  };
}

async function readAuthorities(file: string | undefined): Promise<string[] | undefined> {
  if (file === undefined) return undefined;
  const pem = await readFile(file, 'utf8').catch((cause: unknown) => {
    throw new PluginError('ERR_SOURCE_FETCH', `Cannot read the certificate authority "${file}": ${messageOf(cause)}`, {
      hint: 'correct "ca" of fetch in the config',
      cause,
    });
  });
  if (!pem.includes('-----BEGIN CERTIFICATE-----')) {
    throw new PluginError('ERR_SOURCE_FETCH', `Cannot read the certificate authority "${file}": it is not PEM`, {
      hint: 'it begins with -----BEGIN CERTIFICATE-----',
    });
  }
  return [...getCACertificates('default'), pem];
}
