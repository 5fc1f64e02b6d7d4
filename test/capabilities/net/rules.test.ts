import { describe, expect, it } from 'vitest';
import { parseAddress } from '../../../src/capabilities/net/address.ts';
import { checkAddress, checkTarget, parseNetRule, targetOf } from '../../../src/capabilities/net/rules.ts';
import { parseRules } from '../../../src/capabilities/rules.ts';

const compile = (rules: readonly string[]) => parseRules(rules, 'net', parseNetRule);

describe('checkTarget() allows', () => {
  it.each([
    [['a.example'], 'https://a.example/'],
    [['a.example'], 'http://a.example/'],
    [['A.Example'], 'https://a.EXAMPLE/'],
    [['a.example'], 'https://a.example./'],
    [['a.example.'], 'https://a.example/'],
    [['a.example:8080'], 'http://a.example:8080/'],
    [['a.example:*'], 'http://a.example:8080/'],
    [['https://a.example'], 'https://a.example/'],
    [['http://a.example:81'], 'http://a.example:81/'],
    [['*.a.example'], 'https://b.a.example/'],
    [['*.a.example'], 'https://c.b.a.example/'],
    [['*'], 'https://anything.example/'],
    [['bücher.example'], 'https://xn--bcher-kva.example/'],
    [['xn--bcher-kva.example'], 'https://BÜCHER.example/'],
    [['a.example'], 'https://a。example/'],
    [['127.0.0.1'], 'http://127.0.0.1/'],
    [['127.0.0.1'], 'http://0x7f.1/'],
    [['127.0.0.1'], 'http://2130706433/'],
    [['127.0.0.1'], 'http://0177.0.0.01/'],
    [['127.0.0.1'], 'http://127.0.0.1./'],
    [['127.0.0.1'], 'http://[::ffff:127.0.0.1]/'],
    [['[::1]:80'], 'http://[0:0:0:0:0:0:0:1]/'],
    [['::1'], 'http://[::1]/'],
    [['10.0.0.0/8'], 'http://10.1.2.3/'],
    [['10.0.0.0/8:5432'], 'http://10.1.2.3:5432/'],
    [['[fd00::/8]:81'], 'http://[fd12::1]:81/'],
    [['fd00::/8'], 'http://[fd12::1]/'],
    [['0.0.0.0/0:*'], 'http://1.2.3.4:9/'],
  ])('%j: %s', (rules, url) => {
    const target = targetOf(new URL(url));
    expect(typeof target === 'string' ? target : checkTarget(compile(rules), target).allowed).toBe(true);
  });
});

describe('checkTarget() denies', () => {
  it.each([
    [[], 'https://a.example/'],
    [['a.example'], 'https://b.example/'],
    [['a.example'], 'https://xa.example/'],
    [['a.example'], 'https://a.example.evil.example/'],
    [['a.example'], 'https://sub.a.example/'],
    [['a.example'], 'http://a.example:8080/'],
    [['a.example:8080'], 'http://a.example/'],
    [['https://a.example'], 'http://a.example/'],
    [['https://a.example'], 'http://a.example:443/'],
    [['*.a.example'], 'https://a.example/'],
    [['*.a.example'], 'https://xa.example/'],
    [['*.a.example'], 'https://evil-a.example/'],
    [['localhost'], 'http://127.0.0.1/'],
    [['127.0.0.1'], 'http://localhost/'],
    [['127.0.0.1'], 'http://127.0.0.2/'],
    [['10.0.0.0/8'], 'http://11.0.0.1/'],
    [['10.0.0.0/8'], 'http://[::a00:1]/'],
    [['::/0'], 'http://10.0.0.1/'],
    [['0.0.0.0/0'], 'http://[2606:4700::1]/'],
    [['*', '!internal.example'], 'https://internal.example/'],
    [['*', '!internal.example'], 'https://INTERNAL.example./'],
    [['*:*', '!internal.example'], 'https://internal.example:8443/'],
    [['internal.example', '!*.example'], 'https://internal.example/'],
    [['*', '!169.254.0.0/16'], 'http://169.254.169.254/'],
    [['*', '!169.254.0.0/16'], 'http://[::ffff:a9fe:a9fe]/'],
    [['*', '!169.254.0.0/16'], 'http://2852039166/'],
  ])('%j: %s', (rules, url) => {
    const target = targetOf(new URL(url));
    expect(typeof target === 'string' ? target : checkTarget(compile(rules), target).allowed).toBe(false);
  });
});

describe('targetOf() refuses', () => {
  it.each([
    ['https://user@a.example/', 'user name'],
    ['https://a.example@evil.example/', 'user name'],
    ['https://:pw@a.example/', 'user name'],
    ['ftp://a.example/', 'ftp:'],
    ['file:///etc/passwd', 'file:'],
    ['data:text/plain,x', 'data:'],
    ['ws://a.example/', 'ws:'],
    ['https://a.example../', 'host name'],
    ['https://a..example/', 'host name'],
    ['http://a.example:0/', 'port 0'],
    [`https://${'a'.repeat(64)}.example/`, 'host name'],
    [`https://${'a.'.repeat(130)}example/`, 'host name'],
  ])('%s', (url, state) => {
    expect(targetOf(new URL(url))).toContain(state);
  });

  it.each([
    'http://[fe80::1%25eth0]/',
    'http://1.2.3.4.5/',
    'http://256.1.1.1/',
    'http://a b/',
    'http://a%00b/',
    'http://[::1',
  ])('nothing that the URL parser takes: %s', (url) => {
    expect(URL.canParse(url)).toBe(false);
  });
});

describe('checkAddress()', () => {
  const target = { scheme: 'http:', host: 'name.example', port: 80 } as const;
  const check = (rules: readonly string[], address: string): boolean => {
    const parsed = parseAddress(address);
    return parsed !== undefined && checkAddress(compile(rules), target, parsed).allowed;
  };

  it.each(['1.1.1.1', '93.184.216.34', '2606:4700::1111', '::ffff:1.1.1.1'])(
    'lets a name reach public %s',
    (address) => {
      expect(check(['name.example'], address)).toBe(true);
    },
  );

  it.each([
    '0.0.0.0',
    '0.1.2.3',
    '10.0.0.1',
    '100.64.0.1',
    '127.0.0.1',
    '127.255.255.254',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.0.0.1',
    '192.0.2.1',
    '192.88.99.1',
    '192.168.1.1',
    '198.18.0.1',
    '198.51.100.1',
    '203.0.113.1',
    '224.0.0.1',
    '240.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::127.0.0.1',
    '::ffff:127.0.0.1',
    '::ffff:10.0.0.1',
    '::ffff:0:127.0.0.1',
    '64:ff9b::7f00:1',
    '64:ff9b::101:101',
    '64:ff9b:1::1',
    '100::1',
    '2001::1',
    '2001:db8::1',
    '2002:7f00:1::1',
    '2002:101:101::1',
    '3fff::1',
    '4000::1',
    '5f00::1',
    'fc00::1',
    'fd00::1',
    'fe80::1',
    'fec0::1',
    'ff02::1',
  ])('keeps a name from %s, whatever host is granted', (address) => {
    expect(check(['name.example', '*', 'other.example:*'], address)).toBe(false);
    expect(
      check(['name.example', address.startsWith(':') || address.includes(':') ? `[${address}]` : address], address),
    ).toBe(true);
  });

  it('lets localhost name loopback, and no other range', () => {
    expect(check(['localhost'], '127.0.0.1')).toBe(true);
    expect(check(['localhost'], '::1')).toBe(true);
    expect(check(['localhost'], '::ffff:127.0.0.1')).toBe(true);
    expect(check(['localhost'], '10.0.0.1')).toBe(false);
    expect(check(['localhost'], '0.0.0.0')).toBe(false);
    expect(check(['localhost:8332'], '127.0.0.1')).toBe(false);
  });

  it('applies denials of addresses to names, public ones too', () => {
    expect(check(['*', '!1.1.1.0/24'], '1.1.1.1')).toBe(false);
    expect(check(['localhost', '!127.0.0.1'], '127.0.0.1')).toBe(false);
    expect(check(['127.0.0.1', '!localhost'], '127.0.0.1')).toBe(false);
  });

  it.each(['', '1.2.3', '127.1', '0x7f.0.0.1', '1.2.3.4.5', 'fe80::1%eth0', 'localhost', '01.2.3.4'])(
    'takes %j for no address',
    (text) => {
      expect(parseAddress(text)).toBeUndefined();
    },
  );
});

describe('parseNetRule() refuses', () => {
  it.each([
    ['ftp://a.example', 'http or https'],
    ['a.example/path', 'path'],
    ['https://a.example/', 'path'],
    ['user@a.example', 'user'],
    ['a.example?x', 'user'],
    ['a.example:0', 'port'],
    ['a.example:65536', 'port'],
    ['a.example:http', 'host name'],
    ['10.0.0.0/33', 'prefix'],
    ['fd00::/129', 'prefix'],
    ['10.0.0.0/x', 'prefix'],
    ['::ffff:10.0.0.0/8', 'IPv4'],
    ['0x7f.1', '127.0.0.1'],
    ['2130706433', '127.0.0.1'],
    ['a.*.example', 'host name'],
    ['*a.example', 'host name'],
    ['**', 'host name'],
    ['a..example', 'host name'],
    ['[::1', 'host name'],
    ['.example', 'host name'],
    ['*.', 'host name'],
    ['*.1', '0.0.0.1'],
    [':443', 'host name'],
  ])('%s', (rule, state) => {
    expect(parseNetRule(rule, false)).toContain(state);
  });
});
