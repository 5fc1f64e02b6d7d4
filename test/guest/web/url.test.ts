import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guest, createGuest, inNode } from '../harness.ts';

const PARTS = [
  ...([
    'href',
    'origin',
    'protocol',
    'username',
    'password',
    'host',
    'hostname',
    'port',
    'pathname',
    'search',
  ] as const),
  'hash',
] as const;

const INPUTS: [url: string, base?: string][] = [
  ['https://example.com'],
  ['HTTP://EXAMPLE.com:80/../a/./b?x#y'],
  ['https://user:p%40ss@host:8443/p?q=1#h'],
  ['//other/x', 'https://example.com/a/b'],
  ['../../x?y', 'https://example.com/a/b/c'],
  ['?only', 'https://example.com/a?b#c'],
  ['#only', 'https://example.com/a?b#c'],
  ['file:///C:/a/../b'],
  ['file:c:\\foo\\bar', 'file:///x'],
  ['http://[::1]:3000/'],
  ['http://[1:2:0:0:5:0:0:0]/'],
  ['http://0x7f.1/'],
  ['http://192.168.257'],
  ['http://ＧＯ.com'],
  ['http://münchen.de/ä?ö#ü'],
  ['http://a\tb\n.com/ x'],
  ['javascript:alert(1)'],
  ['data:text/plain,hello world'],
  ['blob:https://a.b/c'],
  ['mailto:a@b.c'],
  ['http://ho%20st/'],
  ['http://a.b:99999/'],
  ['http://a.b:/'],
  ['http:///a'],
  ['https:a', 'https://x.y/z/'],
  ['\u0000 https://a.b/ \u001f'],
  ['http://a.b/%zz%41'],
  ['http://a.b/\ud800'],
  ['non-special://h:1/p/../q'],
  ['x'],
  [''],
  ['', 'https://a.b/c?d#e'],
  ['http://'],
];

const SETTERS: [url: string, part: (typeof PARTS)[number], value: string][] = [
  ['https://a.b/c', 'protocol', 'http'],
  ['https://a.b/c', 'protocol', 'mailto:'],
  ['https://a.b/c', 'host', 'x:81'],
  ['https://a.b:9/c', 'hostname', 'y:1'],
  ['https://a.b/c', 'port', '443'],
  ['https://a.b/c', 'port', '8x'],
  ['https://a.b/c', 'pathname', 'd e/../f'],
  ['https://a.b/c', 'search', 'a=ü b'],
  ['https://a.b/c?x', 'search', ''],
  ['https://a.b/c', 'hash', 'a b'],
  ['https://a.b/c', 'username', 'ü:@'],
  ['file:///x', 'password', 'p'],
  ['mailto:a', 'pathname', 'b'],
];

describe('URL in the guest', () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await createGuest();
  });
  afterAll(() => guest.dispose());

  it('parses as Node does', async () => {
    const seen = await guest.run<unknown[]>(`
      return ${JSON.stringify(INPUTS)}.map((args) => {
        try { const url = new URL(...args); return ${JSON.stringify(PARTS)}.map((part) => url[part]); }
        catch (error) { return [error instanceof TypeError, error.code, URL.canParse(...args), URL.parse(...args)]; }
      });`);
    const expected = INPUTS.map((args) => {
      const url = URL.parse(...args);
      return url === null ? [true, 'ERR_INVALID_URL', false, null] : PARTS.map((part) => url[part]);
    });
    expect(seen).toEqual(expected);
  });

  it('parses what programs write, and what nearly looks like it, as Node does', async () => {
    const hosts = [
      'example.com',
      'a',
      'a-b.c1',
      'localhost',
      'a.b.',
      'a..b',
      '1.2',
      'a.1',
      'a.0x1',
      'b.08',
      'xn--mnchen-3ya.de',
      'xn--a',
      'a_b',
      'A.b',
      '-a',
      'a-',
      'a--b',
      '127.0.0.1',
    ];
    const ports = ['', ':80', ':443', ':8080', ':0', ':080', ':65535', ':65536', ':'];
    const tails = [
      '',
      '/',
      '/a/b',
      '/a/../b',
      '/a/.',
      '/..a',
      '/a.b',
      '/%2e/x',
      '/%41',
      "/it's",
      '/a|b',
      '/?',
      '/#',
      '/?#',
      '/?a=b&c',
      "/?a='",
      '/?a=%zz',
      '#h%zz',
      '?q',
      '?q#h',
      '/#a`b',
      '/a b',
      '/\\\\a',
      '//x',
      '/~!$&()*+,;=:@',
    ];
    const urls = ['http', 'https', 'ws', 'HTTP'].flatMap((scheme) =>
      hosts.flatMap((host) => ports.flatMap((port) => tails.map((tail) => `${scheme}://${host}${port}${tail}`))),
    );
    const seen = await guest.run<string[]>(
      `return ${JSON.stringify(urls)}.map((url) => { const parsed = URL.parse(url); return parsed === null ? '' : ${JSON.stringify(PARTS)}.map((part) => parsed[part]).join(' '); });`,
    );
    const wrong = urls.filter((url, at) => {
      const parsed = URL.parse(url);
      return seen[at] !== (parsed === null ? '' : PARTS.map((part) => parsed[part]).join(' '));
    });
    expect(wrong).toEqual([]);
    const bases = `return ['nope', 'http://a/', 'mailto:x'].map((base) => URL.canParse('http://b/', base));`;
    expect(await guest.run(bases)).toEqual(await inNode(bases));
  });

  it('writes searchParams into every kind of URL as Node does', async () => {
    const code = `return ['http://a/?', 'http://a/#', 'http://a/?#', 'http://a/b?c=d#e?f', 'mailto:x', 'mailto:x  ?q#h', 'data:text/plain,a b', 'http://a/?%'].map((href) => {
      const url = new URL(href); const out = [url.href]; url.searchParams.append('k', 'v ü&'); out.push(url.href, url.search, url.hash); for (const key of [...url.searchParams.keys()]) url.searchParams.delete(key); out.push(url.href); return out; });`;
    expect(await guest.run(code)).toEqual(await inNode(code));
  });

  it('sets parts as Node does', async () => {
    const seen = await guest.run<unknown[]>(`
      return ${JSON.stringify(SETTERS)}.map(([href, part, value]) => { const url = new URL(href); url[part] = value; return url.href; });`);
    const expected = SETTERS.map(([href, part, value]) => {
      const url = new URL(href);
      (url as unknown as Record<string, string>)[part] = value;
      return url.href;
    });
    expect(seen).toEqual(expected);
  });

  it('keeps searchParams and search in step', async () => {
    const code = `
      const url = new URL('https://a.b/?x=1&y=2&x=3');
      const params = url.searchParams; const out = [url.searchParams === params];
      params.append('z', 'a b&c'); out.push(url.href);
      params.delete('x', '1'); out.push(url.search);
      url.search = '?q=%F0%9F%98%80+1'; out.push([...params]);
      params.set('q', 'ü'); params.sort(); out.push(url.href, params.size, params.has('q', 'ü'));
      url.href = 'https://c.d/?m=n'; out.push(String(params));
      params.delete('m'); out.push(url.href);
      return out;`;
    const here = await inNode(code);
    expect(await guest.run(code)).toEqual(here);
  });

  it('parses and writes forms as Node does', async () => {
    const queries = ['a=b&c', '?a', '&&a=1&', 'a=%zz%4', '%E2%82=x', '+=+', 'a=b=c', 'x=%00', '🙂=\ud800', '='];
    const code = `return ${JSON.stringify(queries)}.map((query) => { const p = new URLSearchParams(query); return [[...p], String(p)]; });`;
    expect(await guest.run(code)).toEqual(await inNode(code));
    const inits = `[{ a: 1, b: 'ü' }, [['a', 'b'], ['a', 'c']], new URLSearchParams('q=1'), new Map([['m', 'n']])]`;
    const from = `return ${inits}.map((init) => String(new URLSearchParams(init)));`;
    expect(await guest.run(from)).toEqual(await inNode(from));
  });
});
