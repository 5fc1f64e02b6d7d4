import { afterAll, describe, expect, it } from 'vitest';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { closeSandbox, wholeWay } from '../whole-way.ts';

const IMPORTS = `import fs from 'node:fs'; import * as files from 'node:fs/promises'; import { Buffer } from 'node:buffer';
  const code = (promise) => promise.then(() => 'fine', (error) => [error.code, error.syscall, error.path]);`;

describe('node:fs and node:fs/promises the whole way', () => {
  afterAll(closeSandbox);

  it('writes, appends, reads and changes files of the plugin', async () => {
    const { run, folder } = await wholeWay({
      imports: IMPORTS,
      body: `await files.writeFile('/data/a.txt', 'héllo'); await files.appendFile('/data/a.txt', Buffer.from('!')); await files.mkdir('/data/x/y', { recursive: true }); await files.copyFile('/data/a.txt', '/data/x/b.txt'); await files.rename('/data/x/b.txt', '/data/x/y/c.txt'); await files.truncate('/data/x/y/c.txt', 3);
        const stat = await files.stat('/data/a.txt'); const temp = await files.mkdtemp('/tmp/work-'); await files.writeFile(temp + '/t', 'T', { flag: 'wx' });
        return [await files.readFile('/data/a.txt', 'utf8'), (await files.readFile('/data/a.txt')).constructor.name, await files.readFile(new URL('file:///data/x/y/c.txt'), { encoding: 'base64' }), stat.isFile(), stat.isDirectory(), stat.size, Math.abs(Date.now() - stat.mtimeMs) < 60_000, stat.mtime instanceof Date,
          (await files.readdir('/data')).sort(), (await files.readdir('/data', { recursive: true })).sort(), (await files.readdir('/data/x', { withFileTypes: true })).map((entry) => [entry.name, entry.isDirectory(), entry.parentPath]), temp.startsWith('/tmp/work-'), (await files.readdir(temp)), await files.realpath('/data/x/../a.txt')];`,
    });
    expect(await run()).toEqual([
      'héllo!',
      'Buffer',
      'aMOp',
      true,
      false,
      7,
      true,
      true,
      ['a.txt', 'x'],
      ['a.txt', 'x', 'x/y', 'x/y/c.txt'],
      [['y', true, '/data/x']],
      true,
      ['t'],
      '/data/a.txt',
    ]);
    expect(await readFile(join(folder, 'data', 'a.txt'), 'utf8')).toBe('héllo!');
  });

  it('fails with the codes Node uses', async () => {
    const { run } = await wholeWay({
      imports: IMPORTS,
      body: `await files.mkdir('/data/d'); await files.writeFile('/data/d/f', 'x');
        return [await code(files.readFile('/data/none')), await code(files.readFile('/data/d')), await code(files.mkdir('/data/d')), await code(files.rmdir('/data/d')), await code(files.rmdir('/data/d/f')), await code(files.unlink('/data/d')), await code(files.rm('/data/d')), await code(files.rm('/data/none', { force: true })), await code(files.rm('/data/none')),
          await code(files.writeFile('/data/d/f', 'y', { flag: 'wx' })), await code(files.copyFile('/data/d/f', '/data/d/f', 1)), await code(files.access('/data/none')), await code(files.access('/data/d')), await code(files.writeFile('/plugin/x', 'y')), await code(files.readdir('/data/d/f')), await code(files.rm('/data/d', { recursive: true })), await code(files.stat('/data/d')), await code(files.readFile('a\\0b'))];`,
    });
    const codes = ((await run()) as (string | unknown[])[]).map((each) => (typeof each === 'string' ? each : each[0]));
    expect(codes).toEqual([
      'ENOENT',
      'EISDIR',
      'EEXIST',
      'ENOTEMPTY',
      'ENOTDIR',
      'EISDIR',
      'ERR_FS_EISDIR',
      'fine',
      'ENOENT',
      'EEXIST',
      'EEXIST',
      'ENOENT',
      'fine',
      'EROFS',
      'ENOTDIR',
      'fine',
      'ENOENT',
      'ERR_INVALID_ARG_VALUE',
    ]);
  });

  it('refuses what is not granted with EACCES and the reason', async () => {
    const { run } = await wholeWay({
      imports: IMPORTS,
      body: `return files.readFile('/etc/passwd').catch((error) => [error.code, error.path, error.syscall, error.cause.code, error.message.startsWith('EACCES: ')]);`,
    });
    expect(await run()).toEqual(['EACCES', '/etc/passwd', 'open', 'ERR_PERMISSION_DENIED', true]);
  });

  it('reads and writes more than one message holds', async () => {
    const { run } = await wholeWay(
      {
        imports: IMPORTS,
        body: `const bytes = new Uint8Array(3_000_000).map((_, at) => at % 253); await files.writeFile('/data/big', bytes); const back = await files.readFile('/data/big'); return [back.length, Buffer.compare(back, Buffer.from(bytes))];`,
      },
      {},
      { limits: { storage: 10_000_000 } },
    );
    expect(await run()).toEqual([3_000_000, 0]);
  });

  it('has callbacks in node:fs', async () => {
    const { run } = await wholeWay({
      imports: IMPORTS,
      body: `const call = (run) => new Promise((resolve) => run((error, value) => resolve(error ? error.code : (value ?? 'done'))));
        return [await call((done) => fs.writeFile('/data/c', 'cb', done)), await call((done) => fs.readFile('/data/c', 'utf8', done)), await call((done) => fs.readFile('/data/none', done)), await call((done) => fs.stat('/data/c', (error, stat) => done(error, stat.size))), fs.constants.R_OK, typeof fs.readFileSync, fs.promises.readFile === files.readFile];`,
    });
    expect(await run()).toEqual(['done', 'cb', 'ENOENT', 2, 4, 'undefined', true]);
  });

  it('gives CommonJS what Node gives it', async () => {
    const { run } = await wholeWay({
      imports: `const EventEmitter = require('events'); const { join } = require('path'); const assert = require('node:assert'); class Own extends EventEmitter {}`,
      body: `assert(true); const own = new Own(); let seen; own.on('a', (value) => { seen = value; }); own.emit('a', 1); return [seen, join('a', 'b'), require('util').format('%s', process0().env.GRANTED)]; function process0() { return require('process'); }`,
    });
    expect(await run()).toEqual([1, 'a/b', 'yes']);
  });
});
