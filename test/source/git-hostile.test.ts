import { createHash } from 'node:crypto';
import { chmod, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { deflateSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { readObject } from '../../src/source/git/objects.ts';
import { checkPack } from '../../src/source/git/pack.ts';
import { createSystemRemote } from '../../src/source/git/system.ts';
import { openOrigin } from '../../src/source/open.ts';
import { createCertificates } from '../support/certificates.ts';
import { caught, rejected } from '../support/errors.ts';
import { createRepository, serveGit, type TestRepository } from '../support/git-server.ts';
import { serve } from '../support/http-server.ts';
import { sourceContext } from '../support/source-context.ts';
import { temporaryFolder, type TemporaryFolder } from '../support/temp.ts';

const text = (file: { bytes: Uint8Array }): string => Buffer.from(file.bytes).toString();

let folder: TemporaryFolder;
let repository: TestRepository;

beforeEach(async () => {
  folder = await temporaryFolder({ 'tmp/.keep': '' });
  vi.stubEnv('TMPDIR', join(folder.path, 'tmp'));
  repository = await createRepository(folder.path);
  await repository.commit({ 'index.ts': 'one' });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  await folder.remove();
});

describe('git over http', () => {
  test('takes the token of its host, and says so when there is none or a wrong one', async () => {
    await using server = await serveGit(folder.path, { token: 's3cret' });
    const source = `git+${server.url}/repo/.git`;
    const open = (token?: string) =>
      openOrigin(source, sourceContext('/', { config: { tokens: new Map(token ? [[server.host, token]] : []) } }));
    for (const token of [undefined, 'wrong']) {
      const error = await rejected(open(token));
      expect(error).toMatchObject({ code: 'ERR_SOURCE_FETCH', message: expect.stringContaining('401') });
      expect(error.hint).toContain(`"${server.host}"`);
    }
    const origin = await open('s3cret');
    expect(text(await origin.read('index.ts'))).toBe('one');
    await origin.close();
  });

  test('follows a moved repository for all of its requests, and records where it is', async () => {
    await using server = await serveGit(folder.path);
    await using moved = await serve((request, response) => {
      response.writeHead(301, { location: `${server.url}${request.url?.replace('/old', '/repo/.git')}` }).end();
    });
    const origin = await openOrigin(`git+${moved.url}/old`, sourceContext('/'));
    expect(origin.resolved).toBe(`git+${server.url}/repo/.git#${origin.git?.commit}`);
    expect(text(await origin.read('index.ts'))).toBe('one');
    await origin.close();
    const pinned = await openOrigin(`git+${moved.url}/old#${origin.git?.commit}`, sourceContext('/'));
    expect(pinned.resolved).toBe(origin.resolved);
    await pinned.close();
  });

  test('works over https with the authority of the config, the system git too', async () => {
    const tls = createCertificates();
    await folder.write({ 'ca.pem': tls.ca });
    await using server = await serveGit(folder.path, { tls, token: 's3cret' });
    const noise = createHash('sha512').update('seed').digest();
    let block = noise;
    const large = Array.from({ length: 8_000 }, () =>
      (block = createHash('sha512').update(block).digest()).toString('hex'),
    ).join('\n');
    await repository.commit({ 'large.txt': large, 'index.ts': 'two' });
    await repository.git('config', 'uploadpack.allowFilter', 'true');
    const source = `git+${server.url}/repo/.git`;
    expect((await rejected(openOrigin(source, sourceContext('/')))).message).toContain('not trusted');
    const config = { ca: join(folder.path, 'ca.pem'), tokens: new Map([[server.host, 's3cret']]) };
    const whole = await openOrigin(source, sourceContext('/', { config }));
    expect(text(await whole.read('large.txt'))).toBe(large);
    await whole.close();
    // Too large for memory: the system's git fetches it without its files, which come as they are read.
    const partial = await openOrigin(
      source,
      sourceContext('/', { config: { ...config, maxArchiveBytes: 100_000, maxModuleBytes: 5_000_000 } }),
    );
    expect(text(await partial.read('index.ts'))).toBe('two');
    await partial.close();
    const posts = server.requests.filter((request) => request.headers['user-agent']?.startsWith('git/2'));
    expect(posts.length).toBeGreaterThan(0);
  });

  test('a repository too large is refused where git is not installed', async () => {
    await using server = await serveGit(folder.path);
    await repository.commit({ 'large.txt': 'x'.repeat(300_000) });
    vi.stubEnv('PATH', '/nonexistent');
    const error = await rejected(
      openOrigin(`git+${server.url}/repo/.git`, sourceContext('/', { config: { maxArchiveBytes: 100_000 } })),
    );
    expect(error).toMatchObject({ code: 'ERR_SOURCE_TOO_LARGE', hint: expect.stringContaining('max_archive') });
  });

  test('a commit on no branch, which some servers give to newer clients alone, is fetched by the system git', async () => {
    const lost = await repository.commit({ 'index.ts': 'lost' });
    await repository.git('reset', '-q', '--hard', 'HEAD~1');
    await using server = await serveGit(folder.path);
    const source = `git+${server.url}/repo/.git#${lost}`;
    const origin = await openOrigin(source, sourceContext('/'));
    expect(text(await origin.read('index.ts'))).toBe('lost');
    await origin.close();
    vi.stubEnv('PATH', '/nonexistent');
    const error = await rejected(openOrigin(source, sourceContext('/')));
    expect(error).toMatchObject({ code: 'ERR_SOURCE_NOT_FOUND', message: expect.stringContaining(lost) });
  });

  test.each([
    ['a page', 200, 'text/html', '<!doctype html><html>'],
    ['nonsense', 200, 'application/x-git-upload-pack-advertisement', 'nonsense'],
    ['nothing', 200, 'application/x-git-upload-pack-advertisement', ''],
  ])('what answers with %s is no repository', async (_name, status, type, body) => {
    await using server = await serve(
      (_request, response) => void response.writeHead(status, { 'content-type': type }).end(body),
    );
    const error = await rejected(openOrigin(`git+${server.url}/repo.git`, sourceContext('/')));
    expect(error.code).toBe('ERR_SOURCE_NOT_FOUND');
  });

  test('a server that falls silent is given up', async () => {
    await using server = await serve((_request, response) => void response.writeHead(200).write('0'));
    const error = await rejected(
      openOrigin(`git+${server.url}/repo.git`, sourceContext('/', { config: { idleTimeout: 150 } })),
    );
    expect(error).toMatchObject({
      code: 'ERR_SOURCE_FETCH',
      message: expect.stringContaining('sent nothing for 150 ms'),
    });
  });
});

describe("the system's git", () => {
  const fileSource = (): string => `git+${pathToFileURL(repository.path).href}`;

  test('takes nothing from the configuration of the user', async () => {
    await folder.write({
      'home/.gitconfig': `[url "file:///nonexistent"]\n  insteadOf = ${pathToFileURL(repository.path).href}\n[core]\n  hooksPath = /nonexistent\n`,
    });
    vi.stubEnv('HOME', join(folder.path, 'home'));
    const origin = await openOrigin(fileSource(), sourceContext('/'));
    expect(text(await origin.read('index.ts'))).toBe('one');
    await origin.close();
  });

  test('is spoken to over ssh, without prompts, by the command of the operator', async () => {
    const script = join(folder.path, 'ssh.sh');
    await folder.write({
      'ssh.sh': `#!/bin/sh\nprintf '%s\\n' "$@" >> ${folder.path}/ssh.log\nfor last; do :; done\nexec sh -c "$last"\n`,
    });
    await chmod(script, 0o755);
    vi.stubEnv('GIT_SSH_COMMAND', script);
    const origin = await openOrigin(`git+ssh://git@host.example${repository.path}#main`, sourceContext('/'));
    expect(origin.resolved).toBe(`git+ssh://git@host.example${repository.path}#${origin.git?.commit}`);
    expect(text(await origin.read('index.ts'))).toBe('one');
    await origin.close();
  });

  test.each([
    ['Host key verification failed.', 'ERR_SOURCE_FETCH', /not known to ssh/, /ssh-keyscan/],
    ['git@host: Permission denied (publickey).', 'ERR_SOURCE_FETCH', /wants a key/, /ssh-add/],
    ['ssh: Could not resolve hostname host.example', 'ERR_SOURCE_FETCH', /no host has that name/, /spelling/],
    [
      'ssh: connect to host host.example port 22: Connection refused',
      'ERR_SOURCE_FETCH',
      /cannot be reached/,
      /network/,
    ],
    ['ERROR: Repository not found.', 'ERR_SOURCE_NOT_FOUND', /no such repository/, /address/],
    ['\u001b[31mstrange\u001b[0m', 'ERR_SOURCE_FETCH', /git failed/, /^$/],
  ])('has its words explained: %j', async (words, code, message, hint) => {
    await folder.write({ 'ssh.sh': `#!/bin/sh\ncat ${folder.path}/words >&2\nexit 255\n`, words: `${words}\n` });
    await chmod(join(folder.path, 'ssh.sh'), 0o755);
    vi.stubEnv('GIT_SSH_COMMAND', join(folder.path, 'ssh.sh'));
    const error = await rejected(openOrigin('git+ssh://git@host.example/repo.git', sourceContext('/')));
    expect(error.code).toBe(code);
    expect(error.message).toMatch(message);
    expect(error.hint ?? '').toMatch(hint);
    expect(JSON.stringify([error.message, error.details])).not.toContain('\u001b');
  });

  test('is ended with its helpers by time and by abort', async () => {
    await folder.write({ 'ssh.sh': `#!/bin/sh\necho $$ >> ${folder.path}/pids\nexec sleep 600\n` });
    await chmod(join(folder.path, 'ssh.sh'), 0o755);
    vi.stubEnv('GIT_SSH_COMMAND', join(folder.path, 'ssh.sh'));
    const source = 'git+ssh://git@host.example/repo.git';
    const late = await rejected(openOrigin(source, sourceContext('/', { config: { timeout: 400 } })));
    expect(late).toMatchObject({ code: 'ERR_SOURCE_FETCH', message: expect.stringContaining('longer than 400 ms') });
    const controller = new AbortController();
    const opening = rejected(openOrigin(source, sourceContext('/', { signal: controller.signal })));
    const pids = async (): Promise<number[]> =>
      (await readFile(join(folder.path, 'pids'), 'utf8')).trim().split('\n').map(Number);
    await vi.waitFor(async () => expect(await pids()).toHaveLength(2));
    controller.abort();
    expect((await opening).code).toBe('ERR_ABORTED');
    // Dead, or dead and not yet collected by the init process.
    const runs = (pid: number): Promise<boolean> =>
      readFile(`/proc/${pid}/stat`, 'utf8').then(
        (stat) => !/\) Z /.test(stat),
        () => false,
      );
    for (const pid of await pids()) await vi.waitFor(async () => expect(await runs(pid)).toBe(false));
  });

  /** What an ssh server would run; `body` writes to `process.stdout`. */
  async function sshServer(body: string): Promise<void> {
    // Git asks first what kind of ssh it is.
    await folder.write({ 'server.mjs': `if (process.argv.includes('-G')) process.exit();\n${body}` });
    const command = `prlimit --data=unlimited ${process.execPath} ${join(folder.path, 'server.mjs')}`;
    vi.stubEnv('GIT_SSH_COMMAND', command);
  }
  const ENDLESS = `
const pour = (stream, next) => { const more = () => { while (stream.write(next())) continue; }; stream.on('drain', more); stream.on('error', () => process.exit()); more(); };
const line = (text) => (text.length + 4).toString(16).padStart(4, '0') + text;
const OID = 'a'.repeat(40);`;
  const PACK = `${ENDLESS}
process.stdout.write(line(OID + ' HEAD\\0shallow agent=x\\n') + '0000');
let asked = '', told = false;
process.stdin.on('data', (chunk) => {
  asked += chunk;
  if (!told && asked.includes('deepen')) { told = true; process.stdout.write(line('shallow ' + OID + '\\n') + '0000'); }
  if (!asked.includes('done')) return;
  // One object of a terabyte, in blocks that are not compressed.
  const size = Buffer.from([0x30 | 0x80, 0x80, 0x80, 0x80, 0x80, 0x20]);
  process.stdout.write(Buffer.concat([Buffer.from('0008NAK\\nPACK'), Buffer.from([0, 0, 0, 2, 0, 0, 0, 1]), size, Buffer.from([0x78, 0x01])]));
  const block = Buffer.concat([Buffer.from([0, 0xff, 0xff, 0, 0]), Buffer.alloc(65535, 1)]);
  pour(process.stdout, () => block);
});`;

  test.each([
    [
      'names',
      `${ENDLESS}\nprocess.stdout.write(line(OID + ' HEAD\\0shallow\\n')); const names = line(OID + ' refs/heads/0123456789\\n').repeat(1000); pour(process.stdout, () => names);`,
      /more than git may hold/,
    ],
    ['a pack', PACK, /the repository is larger than 1048576 bytes/],
    ['words', `${ENDLESS}\npour(process.stderr, () => 'x'.repeat(1000) + '\\n');`, /git says more than/],
  ])('is ended, with all that it made, by a server that sends %s without an end', async (_what, server, says) => {
    await sshServer(server);
    const begun = process.resourceUsage().maxRSS;
    const context = sourceContext('/', { config: { maxArchiveBytes: 2 ** 20 } });
    const error = await rejected(openOrigin('git+ssh://git@host.example/repo.git', context));
    expect(await readdir(join(folder.path, 'tmp'))).toEqual(['.keep']);
    expect(error.message).toMatch(says);
    expect(error).toMatchObject({
      code: 'ERR_SOURCE_TOO_LARGE',
      hint: expect.stringContaining('max_archive') as string,
    });
    // In KiB.
    expect(process.resourceUsage().maxRSS - begun).toBeLessThan(64 * 1024);
  });

  test('is ended by a server of smart http that lists names without an end', async () => {
    const line = `0043${'a'.repeat(40)} refs/heads/0123456789\n`.repeat(1_000);
    await using server = await serve((request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
      response.write('001e# service=git-upload-pack\n0000');
      const more = (): void => {
        while (!response.destroyed && response.write(line)) continue;
      };
      response.on('drain', more);
      more();
    });
    const remote = createSystemRemote(`${server.url}/r.git`, {
      settings: { protocol: 'http' },
      timeout: 60_000,
      maxBytes: 2 ** 20,
    });
    expect(await rejected(remote.refs())).toMatchObject({ code: 'ERR_SOURCE_TOO_LARGE' });
    expect((await rejected(remote.fetch('b'.repeat(40)))).code).toBe('ERR_SOURCE_TOO_LARGE');
    expect(await readdir(join(folder.path, 'tmp'))).toEqual(['.keep']);
  });

  test('that is not installed is named', async () => {
    vi.stubEnv('PATH', '/nonexistent');
    const error = await rejected(openOrigin(fileSource(), sourceContext('/')));
    expect(error).toMatchObject({
      code: 'ERR_SOURCE_FETCH',
      message: expect.stringContaining('not installed'),
      hint: expect.stringContaining('install git'),
    });
  });
});

describe('readObject()', () => {
  const bytes = Buffer.from('hello');
  const oid = createHash('sha1').update('blob 5\0hello').digest('hex');
  const store = (object: { type: 'blob' | 'tree'; bytes: Uint8Array } | undefined) => ({
    object: async () => object,
    close: async () => {},
  });

  test('gives what hashes to its name', async () => {
    expect(await readObject(store({ type: 'blob', bytes }), 's', oid, 'blob')).toBe(bytes);
  });

  test.each([
    ['other bytes', { type: 'blob', bytes: Buffer.from('hellO') }, 'ERR_INTEGRITY'],
    ['another type', { type: 'tree', bytes }, 'ERR_INTEGRITY'],
    ['nothing', undefined, 'ERR_SOURCE_NOT_FOUND'],
  ] as const)('refuses %s', async (_name, object, code) => {
    expect(await rejected(readObject(store(object), 's', oid, 'blob'))).toMatchObject({ code });
  });
});

describe('checkPack()', () => {
  /** A pack of blobs, each with the size it states and the bytes it has. */
  const pack = (objects: readonly { stated: number; bytes: Uint8Array; type?: number }[]): Buffer => {
    const head = Buffer.alloc(12);
    head.write('PACK');
    head.writeUInt32BE(2, 4);
    head.writeUInt32BE(objects.length, 8);
    const parts = objects.map(({ stated, bytes, type = 3 }) => {
      const header = [(type << 4) | (stated & 15)];
      for (let rest = Math.floor(stated / 16); rest > 0; rest = Math.floor(rest / 128)) {
        header[header.length - 1]! |= 0x80;
        header.push(rest & 0x7f);
      }
      const base = type === 6 ? [1] : type === 7 ? Array.from({ length: 20 }, () => 0) : [];
      return Buffer.concat([Buffer.from([...header, ...base]), deflateSync(bytes)]);
    });
    return Buffer.concat([head, ...parts, Buffer.alloc(20)]);
  };
  const blob = (size: number, stated = size) => ({ stated, bytes: Buffer.alloc(size) });
  /** A delta that states a base of 1 byte and a result of 2^28. */
  const delta = { stated: 6, bytes: Buffer.from([1, 0x80, 0x80, 0x80, 0x80, 1]) };

  test('accepts what stays within the limit', () => {
    expect(checkPack('u', pack([blob(1_000), blob(0), blob(5_000)]), 6_000)).toBeUndefined();
  });

  test.each([
    ['objects that are larger together', [blob(3_000), blob(3_001)], 'ERR_SOURCE_TOO_LARGE'],
    ['an object that states too much', [blob(1, 1_000_000)], 'ERR_SOURCE_TOO_LARGE'],
    ['an object that states less than it has', [blob(5_000_000, 10)], 'ERR_SOURCE_FETCH'],
    ['an object that states more than it has', [blob(10, 20)], 'ERR_SOURCE_FETCH'],
    ['a delta with a vast result', [{ ...delta, type: 7 }], 'ERR_SOURCE_TOO_LARGE'],
    ['a delta at an offset with a vast result', [{ ...delta, type: 6 }], 'ERR_SOURCE_TOO_LARGE'],
    ['an unknown type', [{ ...blob(1), type: 5 }], 'ERR_SOURCE_FETCH'],
  ])('refuses %s', (_name, objects, code) => {
    expect(caught(() => checkPack('u', pack(objects), 6_000))).toMatchObject({ code });
  });

  test('refuses what is no pack, is cut off, or counts too many', () => {
    const whole = pack([blob(1_000)]);
    const many = Buffer.from(whole);
    many.writeUInt32BE(0xffffffff, 8);
    expect(caught(() => checkPack('u', Buffer.alloc(64), 6_000)).code).toBe('ERR_SOURCE_FETCH');
    expect(caught(() => checkPack('u', whole.subarray(0, 33 - 8), 6_000)).code).toBe('ERR_SOURCE_FETCH');
    expect(caught(() => checkPack('u', many, 6_000)).code).toBe('ERR_SOURCE_TOO_LARGE');
  });
});
