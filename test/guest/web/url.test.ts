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
