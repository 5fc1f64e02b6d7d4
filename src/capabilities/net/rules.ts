/**
 * The check of `net`: decides by scheme, host and port of a URL as the WHATWG parser sees it, and by the address that is
 * connected to. Trusts its caller to ask it for each hop of a redirect and for each address before the connection.
 */
import { decide, type Decision, type Rule, type RuleSet } from '../rules.ts';
import { covers, isLoopback, isPublic, parseAddress, spellAddress, type Address } from './address.ts';

type Host =
  | { readonly kind: 'any' }
  | { readonly kind: 'name'; readonly name: string }
  | { readonly kind: 'below'; readonly suffix: string }
  | { readonly kind: 'range'; readonly address: Address; readonly bits: number };

export interface NetRule extends Rule {
  readonly scheme: 'http:' | 'https:' | undefined;
  readonly host: Host;
  readonly ports: 'any' | readonly number[];
}

/** Where a request goes: `host` is a name without a trailing dot, or an address as `spellAddress` has it. */
export interface Target {
  readonly scheme: 'http:' | 'https:';
  readonly host: string;
  readonly port: number;
}

export function spellTarget(target: Target): string {
  return `${target.host}:${target.port}`;
}

/** The host, and the port, may be asked for. */
export function checkTarget(rules: RuleSet<NetRule>, target: Target): Decision {
  const literal = parseAddress(target.host);
  return decide(rules, (rule) => matchesPort(rule, target) && matchesHost(rule.host, target.host, literal));
}

/** The address may be connected to: a public one unless denied, any other only by a rule that names it. */
export function checkAddress(rules: RuleSet<NetRule>, target: Target, address: Address): Decision {
  return decide(rules, (rule) => matchesPort(rule, target) && namesAddress(rule.host, address), isPublic(address));
}

function matchesHost(host: Host, name: string, literal: Address | undefined): boolean {
  if (host.kind === 'any') return true;
  if (host.kind === 'range') return literal !== undefined && covers(host.address, host.bits, literal);
  if (literal !== undefined) return false;
  return host.kind === 'name' ? host.name === name : name.endsWith(host.suffix);
}

function namesAddress(host: Host, address: Address): boolean {
  if (host.kind === 'range') return covers(host.address, host.bits, address);
  return host.kind === 'name' && host.name === 'localhost' && isLoopback(address);
}

function matchesPort(rule: NetRule, target: Target): boolean {
  return (
    (rule.scheme === undefined || rule.scheme === target.scheme) &&
    (rule.ports === 'any' || rule.ports.includes(target.port))
  );
}

const SCHEME = /^([a-z][a-z0-9+.-]*):\/\//i;
const PORT = /:(\*|[0-9]{1,5})$/;

/** A denial without a port denies every port; a grant without one grants 443 and 80. */
export function parseNetRule(text: string, denial: boolean): NetRule | string {
  const scheme = SCHEME.exec(text)?.[1]?.toLowerCase();
  if (scheme !== undefined && scheme !== 'http' && scheme !== 'https') return `must be http or https, not ${scheme}`;
  const rest = text.slice(scheme === undefined ? 0 : scheme.length + 3);
  const bareV6 = !rest.startsWith('[') && rest.split(':').length > 2;
  const port = bareV6 ? undefined : PORT.exec(rest)?.[1];
  const spelled = port === undefined ? rest : rest.slice(0, -(port.length + 1));
  const host = parseHost(spelled);
  if (typeof host === 'string') return host;
  const number = Number(port);
  if (port !== undefined && port !== '*' && (number < 1 || number > 65_535)) return 'has a port beyond 1..65535';
  const byScheme = scheme === undefined ? [443, 80] : [scheme === 'https' ? 443 : 80];
  return {
    text,
    scheme: scheme === undefined ? undefined : `${scheme}:`,
    host,
    ports: port === '*' || (port === undefined && denial) ? 'any' : port === undefined ? byScheme : [number],
  };
}

function parseHost(spelled: string): Host | string {
  if (spelled === '*') return { kind: 'any' };
  if (/[@?#\\\s]/.test(spelled)) return 'must be a host, without user, query or fragment';
  const inner = spelled.startsWith('[') && spelled.endsWith(']') ? spelled.slice(1, -1) : spelled;
  const slash = inner.indexOf('/');
  const address = parseAddress(slash === -1 ? inner : inner.slice(0, slash));
  if (address !== undefined) return parseRange(address, slash === -1 ? undefined : inner.slice(slash + 1), inner);
  if (slash !== -1) return 'must be a host or a CIDR range, without a path';
  const below = spelled.startsWith('*.');
  const name = canonicalName(below ? spelled.slice(2) : spelled);
  if (name === undefined) return 'is not a host name';
  if (parseAddress(name) !== undefined) return `is another spelling of ${name}; write that`;
  return below ? { kind: 'below', suffix: `.${name}` } : { kind: 'name', name };
}

function parseRange(address: Address, bits: string | undefined, spelled: string): Host | string {
  const most = address.kind() === 'ipv4' ? 32 : 128;
  if (bits === undefined) return { kind: 'range', address, bits: most };
  if (spelled.toLowerCase().includes('::ffff:') && most === 32) return 'is IPv4-mapped; write the IPv4 range';
  if (!/^[0-9]{1,3}$/.test(bits) || Number(bits) > most) return `has a prefix length beyond 0..${most}`;
  return { kind: 'range', address, bits: Number(bits) };
}

/** The name as the WHATWG parser has it (lower case, punycode), without a trailing dot; undefined for none. */
export function canonicalName(text: string): string | undefined {
  if (text === '' || /[/:@?#\\%*[\]]/.test(text) || !URL.canParse(`http://${text}/`)) return undefined;
  const name = new URL(`http://${text}/`).hostname.replace(/\.$/, '');
  if (name === '' || name.length > 253 || name.split('.').some((label) => label === '' || label.length > 63)) {
    return undefined;
  }
  return name;
}

/** What of a URL the rules see, or what is wrong with it. Userinfo is refused: it disguises hosts and leaks secrets. */
export function targetOf(url: URL): Target | string {
  if (url.protocol !== 'http:' && url.protocol !== 'https:') return `must be http: or https:, not ${url.protocol}`;
  if (url.username !== '' || url.password !== '') return 'has a user name or password in it';
  const address = parseAddress(url.hostname);
  const host = address === undefined ? canonicalName(url.hostname) : spellAddress(address);
  if (host === undefined) return 'has no valid host name';
  const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
  if (port === 0) return 'has port 0';
  return { scheme: url.protocol, host, port };
}
