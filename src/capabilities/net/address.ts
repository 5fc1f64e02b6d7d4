/**
 * Says which addresses belong to the public internet, so that a rule that names a host never reaches inside by what the
 * name resolves to. Trusts ipaddr.js's table of special ranges, and takes whatever it cannot parse as not public.
 */
import ipaddr from 'ipaddr.js';

export type Address = ipaddr.IPv4 | ipaddr.IPv6;

/** An address without brackets, zone or IPv4-mapped disguise; undefined for what is none. */
export function parseAddress(text: string): Address | undefined {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  if (!bare.includes(':') && !ipaddr.IPv4.isValidFourPartDecimal(bare)) return undefined;
  if (bare.includes('%') || !ipaddr.isValid(bare)) return undefined;
  return ipaddr.process(bare);
}

/** Global unicast alone: tunnels and translations (6to4, Teredo, NAT64) can end anywhere, so they count as inside. */
export function isPublic(address: Address): boolean {
  if (address.range() !== 'unicast') return false;
  if (address.kind() === 'ipv4') return true;
  const first = (address as ipaddr.IPv6).parts[0] ?? 0;
  return (first & 0xe000) === 0x2000;
}

export function isLoopback(address: Address): boolean {
  return address.range() === 'loopback';
}

/** `address/bits` covers `other`; families do not cover each other. */
export function covers(address: Address, bits: number, other: Address): boolean {
  if (address.kind() !== other.kind()) return false;
  return other.match(address, bits);
}

/** `10.0.0.1` or `[::1]`: as it stands in a URL and in a rule. */
export function spellAddress(address: Address): string {
  return address.kind() === 'ipv4' ? address.toString() : `[${(address as ipaddr.IPv6).toRFC5952String()}]`;
}
