/**
 * Guarantees that an address is never judged nearer to the public internet than it is: what is not plainly a public
 * unicast address counts as private or as this machine. Trusts ipaddr.js to parse addresses as the system does.
 */
import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';
import type { Reach } from './types.ts';

const PUBLIC: Reach = 0;
const PRIVATE: Reach = 1;
const MACHINE: Reach = 2;

/** The reach of a literal address, without brackets. Addresses that carry another one are judged by that one. */
export function reachOfAddress(address: string): Reach {
  if (!ipaddr.isValid(address)) return MACHINE;
  const parsed = ipaddr.process(address);
  const range = parsed.range();
  if (range === 'unicast') return PUBLIC;
  if (range === 'loopback' || range === 'linkLocal' || range === 'unspecified') return MACHINE;
  // NAT64 (64:ff9b::/96) carries an IPv4 address in its last four bytes.
  if (range === 'rfc6052') return reachOfAddress(parsed.toByteArray().slice(12).join('.'));
  return PRIVATE;
}

/** The reach a host has by its spelling alone; undefined for a name that only a resolver can judge. */
export function reachOfHost(hostname: string): Reach | undefined {
  const bare = hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isIP(bare) !== 0) return reachOfAddress(bare);
  return bare === 'localhost' || bare.endsWith('.localhost') ? MACHINE : undefined;
}

export function isLoopback(hostname: string): boolean {
  const bare = hostname
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '')
    .toLowerCase();
  if (isIP(bare) !== 0) return ipaddr.process(bare).range() === 'loopback';
  return bare === 'localhost' || bare.endsWith('.localhost');
}

/** `host` means the scheme's own port; `host:port` that port alone. */
export function hostKeys(url: URL): readonly string[] {
  const port = url.port || (url.protocol === 'https:' ? '443' : '80');
  return url.port === '' ? [url.hostname, `${url.hostname}:${port}`] : [`${url.hostname}:${port}`];
}

/** Whether plain http: may be spoken with this URL's host: loopback, or named by the operator. */
export function mayBeInsecure(url: URL, allowInsecure: readonly string[]): boolean {
  if (isLoopback(url.hostname)) return true;
  return allowInsecure.some(
    (item) => item.toLowerCase() === url.hostname || hostKeys(url).includes(item.toLowerCase()),
  );
}
