import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import dns from 'node:dns';
import { syncBuiltinESMExports } from 'node:module';
import { gzipSync } from 'node:zlib';
import { expect, test } from 'vitest';
import { serve, type TestServer } from '../support/http-server.ts';
import { hostile, type HostileCase } from './harness.ts';

/** Asks for each URL; what was answered is what it achieved. */
const asks = (name: string, urls: string, rest: Partial<HostileCase> = {}): HostileCase => ({
  name,
  attack: `const { port, inner } = world.facts; const found = [];
    for (const url of ${urls}) { try { found.push(url + ': ' + (await (await fetch(url)).text()).slice(0, 100)); } catch {} }
    return found;`,
  expect: { answers: [] },
  permissions: ({ facts }) => ({ net: [`127.0.0.1:${facts['port']}`, '*:*', `!127.0.0.1:${facts['inner']}`] }),
  ...rest,
});

const cases: HostileCase[] = [
  asks(
    'spells a denied address in other ways',
    `['2130706433', '0x7f000001', '0177.0.0.1', '127.1', '0x7f.1', '127.0.0.1.', '%31%32%37.0.0.1', '１２７.0.0.1', '127。0。0。1', '[::ffff:127.0.0.1]', '[::ffff:7f00:1]', '[0:0:0:0:0:ffff:127.0.0.1]', 'a:b@127.0.0.1', '127.0.0.1\\t'].map((host) => 'http://' + host + ':' + inner + '/')`,
    {
      expect: { answers: [], denied: [{ capability: 'net', value: /^127\.0\.0\.1:/ }] },
    },
  ),
  asks(
    'asks for inside addresses under a grant of everything',
    `['127.0.0.2', 'localhost', 'localhost.', 'LOCALHOST', 'foo.localhost', '[::1]', '0.0.0.0', '0', '[::]', '[::127.0.0.1]', '[64:ff9b::7f00:1]', '[2002:7f00:1::]'].map((host) => 'http://' + host + ':' + inner + '/').concat(['http://10.0.0.1/', 'http://192.168.0.1/', 'http://169.254.169.254/latest/meta-data', 'http://100.64.0.1/', 'http://[fd00::1]/', 'http://[fe80::1]/'])`,
  ),
  asks(
    'disguises hosts by user names and look-alikes',
    `['http://127.0.0.1:' + port + '@127.0.0.1:' + inner + '/', 'http://127.0.0.1:' + inner + '#@127.0.0.1:' + port + '/', 'http://127.0.0.1:' + inner + '\\\\@127.0.0.1:' + port + '/', 'http://127.0.0.1:' + port + '%2f@localhost:' + inner + '/', 'http://ⓛⓞⓒⓐⓛⓗⓞⓢⓣ:' + inner + '/', 'http://localhoſt:' + inner + '/']`,
  ),
  asks(
    'uses other schemes',
    `['file:///etc/passwd', 'ftp://127.0.0.1/', 'ws://127.0.0.1:' + inner, 'unix:///var/run/docker.sock', 'http+unix://%2Frun', 'javascript:1', 'gopher://127.0.0.1:' + inner + '/_x']`,
  ),
  asks(
    'is redirected to what is denied',
    `['host', 'name', 'number', 'userinfo', 'file', 'data', 'chain', 'loop'].map((way) => 'http://127.0.0.1:' + port + '/to/' + way)`,
    {
      expect: { answers: [], denied: [{ capability: 'net', value: /^127\.0\.0\.1:/ }] },
    },
  ),
  asks('asks for names that lead inside', `['http://inside.test:' + inner + '/', 'http://mixed.test:' + inner + '/']`),
  {
    name: 'asks for a name that leads elsewhere at the second look',
    permissions: ({ facts }) => ({ net: [`flips.test:${facts['port']}`, `127.0.0.1:${facts['port']}`] }),
    attack: `const said = []; for (let i = 0; i < 4; i++) { try { said.push(await (await fetch('http://flips.test:' + world.facts.port + '/hello', { headers: { connection: 'close' } })).text()); } catch {} }
      return { met: said.includes('hello'), elsewhere: said.includes('owned') };`,
    expect: { answers: { met: true, elsewhere: false } },
  },
  {
    name: 'puts line breaks and framing into headers',
    permissions: ({ facts }) => ({ net: [`127.0.0.1:${facts['port']}`] }),
    attack: `const found = []; const url = 'http://127.0.0.1:' + world.facts.port + '/hello';
      const bad = [['x', 'a\\r\\nowned: 1'], ['x\\r\\nowned', '1'], ['x', 'a\\u0000b'], ['host', 'evil.example'], ['transfer-encoding', 'chunked'], ['proxy-authorization', 'x'], ['upgrade', 'h2c'], ['expect', '100-continue'], ['x', 'a\\nowned: 1'], ['x', '\\u010d\\u010aowned: 1']];
      for (const pair of bad) { try { await (await fetch(url, { method: 'POST', body: 'x', headers: [pair] })).text(); found.push(pair[0]); } catch {} }
      for (const method of ['GET / HTTP/1.1\\r\\nx: y\\r\\n\\r\\nGET', 'CONNECT', 'TRACE']) { try { await fetch(url, { method }); found.push(method); } catch {} }
      try { await (await fetch(url, { method: 'POST', body: 'xGET /owned HTTP/1.1\\r\\n\\r\\n', headers: { 'content-length': '1' } })).text(); found.push('length'); } catch {}
      return found;`,
    expect: { answers: [] },
  },
  ...(['endless', 'bomb', 'headers', 'drip'] as const).map((path): HostileCase => ({
    name: `reads an answer that is hostile: ${path}`,
    permissions: ({ facts }) => ({ net: [`127.0.0.1:${facts['port']}`] }),
    limits: { net_bytes: '1MiB', cpu: '2s', timeout: '2s' },
    attack: `try { return [(await (await fetch('http://127.0.0.1:' + world.facts.port + '/${path}', { signal: AbortSignal.timeout(1000) })).text()).length]; } catch { return []; }`,
    expect: { answers: [] },
  })),
  {
    name: 'floods a server, and aborts it all',
    permissions: ({ facts }) => ({ net: [`127.0.0.1:${facts['port']}`] }),
    limits: { net_rate: 100, net_concurrency: 8, cpu: '3s', timeout: '10s' },
    attack: `const url = 'http://127.0.0.1:' + world.facts.port + '/drip'; const all = [];
      for (let i = 0; i < 300; i++) { const stop = new AbortController(); all.push(fetch(url, { signal: stop.signal }).then(() => 'done', () => 'refused')); setTimeout(() => stop.abort(), i % 20); }
      return (await Promise.all(all)).filter((each) => each === 'done').length <= 100;`,
    expect: { answers: true },
  },
  {
    name: 'uploads without end',
    permissions: ({ facts }) => ({ net: [`127.0.0.1:${facts['port']}`] }),
    limits: { net_bytes: '1MiB', cpu: '3s', timeout: '5s' },
    attack: `const body = new ReadableStream({ pull(c) { c.enqueue(new Uint8Array(65536)); } });
      try { await fetch('http://127.0.0.1:' + world.facts.port + '/sink', { method: 'POST', body, duplex: 'half' }); return ['sent']; } catch { return []; }`,
    expect: { answers: [] },
  },
];

/** What the cases ask for is there, and answers whoever is not kept from it. */
test('control: a mere fetch reaches this machine by every spelling, follows redirects to it, and takes a bomb whole', async () => {
  await using inner = await serve((_request, response) => void response.end('inner'));
  await using server = await serve(answer(() => inner.port));
  const get = async (url: string): Promise<string> => (await fetch(url)).text();
  for (const host of ['2130706433', '0x7f000001', '127.1', '[::ffff:127.0.0.1]', 'localhost']) {
    expect([host, await get(`http://${host}:${inner.port}/`)]).toEqual([host, 'inner']);
  }
  for (const way of ['host', 'name', 'number', 'chain']) expect(await get(`${server.url}/to/${way}`)).toBe('inner');
  expect((await (await fetch(`${server.url}/bomb`)).arrayBuffer()).byteLength).toBe(32 * 1_048_576);
});

const real = dns.promises.lookup;

/** The names of the cases; whoever imported `lookup` sees it. Gives back what undoes it. */
function answerNames(): () => void {
  let turn = 0;
  const names: Record<string, () => readonly string[]> = {
    'inside.test': () => ['127.0.0.1'],
    'mixed.test': () => ['93.184.216.34', '127.0.0.1'],
    'flips.test': () => ((turn += 1) % 2 === 1 ? ['127.0.0.1'] : ['127.0.0.2']),
  };
  const put = (lookup: unknown): void => {
    Object.assign(dns.promises, { lookup });
    syncBuiltinESMExports();
  };
  put(async (name: string, options: dns.LookupOneOptions) => {
    const found = names[name]?.();
    return found === undefined ? real(name, options) : found.map((address) => ({ address, family: 4 }));
  });
  return () => put(real);
}

hostile('a plugin that goes for the network', cases, {
  setup: async () => {
    const undo = answerNames();
    const asked: string[] = [];
    const inner = await serve((request, response) => {
      asked.push(request.url ?? '');
      response.end('canary of the inner server');
    });
    const server: TestServer = await serve(answer(() => inner.port));
    // On the other address of a name that flips: nobody may get there.
    const other: Server = createServer((_request, response) => response.end('owned'));
    await new Promise<void>((resolve) => other.listen(server.port, '127.0.0.2', resolve));
    return {
      facts: { port: server.port, inner: inner.port },
      close: async () => {
        undo();
        other.closeAllConnections();
        await Promise.all([server.close(), inner.close(), new Promise((resolve) => other.close(resolve))]);
        if (asked.length > 0) throw new Error(`the inner server was asked: ${asked.join(', ')}`);
      },
    };
  },
});

function answer(inner: () => number): Parameters<typeof serve>[0] {
  const zeros = gzipSync(Buffer.alloc(32 * 1_048_576));
  const ways: Record<string, () => string> = {
    host: () => `http://127.0.0.1:${inner()}/`,
    name: () => `http://localhost:${inner()}/`,
    number: () => `http://2130706433:${inner()}/`,
    userinfo: () => `http://a:b@127.0.0.1:${inner()}/`,
    file: () => 'file:///etc/passwd',
    data: () => 'data:text/plain,owned',
    chain: () => '/to/host',
    loop: () => '/to/loop',
  };
  const drip = (response: ServerResponse): void => {
    const timer = setInterval(() => response.write('x'), 50);
    response.on('close', () => clearInterval(timer));
  };
  const pour = (response: ServerResponse): void => {
    const more = (): void => {
      while (!response.destroyed && response.write(Buffer.alloc(65_536))) continue;
    };
    response.on('drain', more);
    more();
  };
  return (request: IncomingMessage, response: ServerResponse): void => {
    const [, first = '', way = ''] = (request.url ?? '').split('/');
    if (first === 'to') response.writeHead(302, { location: ways[way]?.() ?? '/' }).end();
    else if (first === 'sink') request.resume();
    else if (first === 'bomb') response.writeHead(200, { 'content-encoding': 'gzip' }).end(zeros);
    else if (first === 'headers') response.writeHead(200, { 'x-a': 'a'.repeat(200_000) }).end('x');
    else if (first === 'drip') drip(response);
    else if (first === 'endless') pour(response);
    else response.end('hello');
  };
}
