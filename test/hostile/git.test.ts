import { execFileSync } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createRepository, serveGit, type TestRepository } from '../support/git-server.ts';
import { goodModule, hostileCli, type CliCase, type Stage } from './cli-harness.ts';

const add = (source: string): readonly string[] => ['plugin', 'add', source, '--yes'];

/** A repository of the case's own, served by a real git over http for as long as the case lasts. */
const repository =
  (fill: (repo: TestRepository, stage: Stage) => Promise<unknown>, ref = '') =>
  async (stage: Stage): Promise<readonly string[]> => {
    const repo = await createRepository(stage.path);
    await repo.commit({ 'mod.ts': goodModule('p') });
    await fill(repo, stage);
    const server = await serveGit(stage.path);
    stage.defer(() => server.close());
    return add(`git+${server.url}/repo/.git${ref}`);
  };

/** A server that answers git's requests as the case says. */
const lying =
  (refs: (stage: Stage) => string, pack: () => Uint8Array = () => new Uint8Array()) =>
  (stage: Stage): readonly string[] => {
    const line = (text: string): string => `${(text.length + 4).toString(16).padStart(4, '0')}${text}`;
    stage.server.routes['/lies.git/info/refs'] = (_request, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' })
        .end(`${line('# service=git-upload-pack\n')}0000${line(refs(stage))}0000`);
    stage.server.routes['/lies.git/git-upload-pack'] = (request, response) => {
      request.resume();
      response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-result' });
      response.end(Buffer.concat([Buffer.from('0008NAK\n'), pack()]));
    };
    return add(`git+${stage.server.url}/lies.git`);
  };

const OID = 'a'.repeat(40);
const advertised = (oid: string): string => `${oid} HEAD\0multi_ack side-band-64k ofs-delta shallow agent=git/2\n`;

const specifiers: CliCase[] = [
  { name: 'ext::', plant: () => add('git+ext::sh -c "touch owned"'), fails: 'ERR_SPECIFIER' },
  { name: 'ext:: as a host', plant: () => add('git+ssh://ext::sh/x'), fails: 'ERR_SPECIFIER' },
  {
    name: 'a host that is an option',
    plant: () => add('git+ssh://-oProxyCommand=touch%20owned/x'),
    fails: 'ERR_SPECIFIER',
  },
  { name: 'a user that is an option', plant: () => add('git+ssh://-oProxyCommand=x@host/x'), fails: 'ERR_SPECIFIER' },
  {
    name: 'a ref that is an option',
    plant: ({ server }) => add(`git+${server.url}/r.git#--upload-pack=touch owned`),
    fails: 'ERR_SPECIFIER',
  },
  {
    name: 'a ref that is a refspec',
    plant: ({ server }) => add(`git+${server.url}/r.git#+refs/heads/*`),
    fails: 'ERR_SPECIFIER',
  },
  {
    name: 'a folder above the root',
    plant: ({ server }) => add(`git+${server.url}/r.git#main:../../x`),
    fails: 'ERR_SPECIFIER',
  },
  {
    name: 'a ref of escape sequences',
    plant: ({ server }) => add(`git+${server.url}/r.git#\u001b[2J\u202e`),
    fails: 'ERR_SPECIFIER',
  },
  { name: 'a password', plant: () => add('git+https://user:canary-of-x@example.com/r.git'), fails: 'ERR_SPECIFIER' },
];

const repositories: CliCase[] = [
  {
    name: 'a symbolic link for a module',
    plant: repository(async (repo) => {
      execFileSync('ln', ['-s', '/etc/passwd', join(repo.path, 'x.txt')]);
      await repo.commit({
        'mod.ts': `import x from './x.txt' with { type: 'text' }; globalThis.x = x;\n${goodModule('p')}`,
      });
    }),
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'a symbolic link for a folder',
    plant: repository(async (repo) => {
      execFileSync('ln', ['-s', '../..', join(repo.path, 'up')]);
      await repo.commit({
        'mod.ts': `import x from './up/secret.txt' with { type: 'text' }; globalThis.x = x;\n${goodModule('p')}`,
      });
    }),
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'a symbolic link for its manifest',
    plant: repository(async (repo) => {
      execFileSync('ln', ['-s', '/etc/passwd', join(repo.path, 'plugin.json')]);
      await repo.commit({});
    }),
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'a submodule at an address that runs a command',
    plant: repository(async (repo) => {
      await repo.commit({
        '.gitmodules': '[submodule "x"]\n\tpath = x\n\turl = ext::sh -c "touch owned"\n\tupdate = !touch owned\n',
      });
      await repo.git('update-index', '--add', '--cacheinfo', `160000,${OID},x`);
      await repo.git('commit', '-qm', 'x');
    }),
    writes: true,
  },
  {
    name: 'a module inside a submodule',
    plant: repository(async (repo) => {
      await repo.commit({ 'mod.ts': `import './x/mod.ts';\n${goodModule('p')}` });
      await repo.git('update-index', '--add', '--cacheinfo', `160000,${OID},x`);
      await repo.git('commit', '-qm', 'x');
    }),
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'attributes, hooks and a configuration that run commands',
    plant: repository(async (repo, stage) => {
      await repo.git('config', 'uploadpack.packObjectsHook', `touch ${stage.path}/owned`);
      await repo.commit({
        '.gitattributes': '* filter=evil text eol=crlf\n',
        '.gitconfig': '[filter "evil"]\n\tsmudge = touch owned\n',
        '.lfsconfig': '[lfs]\n\turl = http://169.254.169.254/\n',
      });
    }),
    writes: true,
  },
  {
    name: 'a pointer in place of a module',
    plant: repository((repo) =>
      repo.commit({ 'mod.ts': `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 1\n` }),
    ),
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'branches of escape sequences, where another is looked for',
    plant: repository(async (repo) => {
      const head = await repo.git('rev-parse', 'HEAD');
      await repo.git('update-ref', 'refs/heads/x\u009b2J\u202e', head);
      await repo.git('update-ref', 'refs/heads/--upload-pack=x', head);
    }, '#nope'),
    fails: 'ERR_SOURCE_NOT_FOUND',
  },
  {
    name: 'a branch and another tag of one name',
    plant: repository(async (repo) => {
      await repo.git('tag', 'v1');
      await repo.commit({ 'mod.ts': goodModule('p').replace('pong', 'owned') });
      await repo.git('branch', 'v1');
    }, '#v1'),
    fails: 'ERR_SPECIFIER',
  },
  {
    name: 'more than may be fetched',
    plant: repository(async (repo, stage) => {
      await stage.configure('fetch: { max_archive: 64KiB, max_module: 64KiB, retries: 0 }\n');
      await repo.commit({ 'mod.ts': `// ${'x'.repeat(200_000)}\n${goodModule('p')}` });
    }),
    fails: 'ERR_SOURCE_TOO_LARGE',
  },
  {
    name: 'an object that is not what its name says',
    plant: repository(async (repo) => {
      const oid = await repo.git('rev-parse', 'HEAD:mod.ts');
      const other = await repo.git('hash-object', '-w', '--', 'mod.ts');
      await writeFile(join(repo.path, 'evil'), goodModule('p').replace('pong', 'owned'));
      const evil = await repo.git('hash-object', '-w', '--', 'evil');
      const file = (id: string): string => join(repo.path, '.git/objects', id.slice(0, 2), id.slice(2));
      execFileSync('cp', ['-f', file(evil), file(oid)]);
      if (other !== oid) throw new Error('the case is wrong');
    }),
    // What arrives has another name, so that the file is not there.
    fails: 'ERR_SOURCE_NOT_FOUND',
  },
];

const liars: CliCase[] = [
  { name: 'a commit that is none', plant: lying(() => advertised('z'.repeat(40))), fails: 'ERR_SOURCE_FETCH' },
  { name: 'a commit it does not have', plant: lying(() => advertised(OID)), fails: 'ERR_SOURCE_FETCH' },
  {
    name: 'a pack of a billion objects',
    plant: lying(
      () => advertised(OID),
      () => Buffer.concat([Buffer.from('PACK'), Buffer.from([0, 0, 0, 2, 0x3b, 0x9a, 0xca, 0]), Buffer.alloc(20)]),
    ),
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'errors of escape sequences',
    plant: lying(() => 'ERR \u001b[2J\u009b1m\u202e access denied\n'),
    fails: 'ERR_SOURCE_NOT_FOUND',
  },
  {
    name: 'a redirect to another protocol',
    plant: (stage) => {
      stage.server.routes['/r.git/info/refs'] = (_request, response) =>
        void response.writeHead(302, { location: 'file:///etc/passwd' }).end();
      return add(`git+${stage.server.url}/r.git`);
    },
    fails: 'ERR_SOURCE_FETCH',
  },
  {
    name: 'names that never end',
    plant: async (stage) => {
      await stage.configure('fetch: { max_archive: 1MiB, retries: 0, timeout: 40s }\n');
      stage.server.routes['/r.git/info/refs'] = (_request, response) => {
        response.writeHead(200, { 'content-type': 'application/x-git-upload-pack-advertisement' });
        const first = advertised(OID);
        response.write(
          `001e# service=git-upload-pack\n0000${(first.length + 4).toString(16).padStart(4, '0')}${first}`,
        );
        const line = `0043${OID} refs/heads/0123456789\n`;
        const more = (): void => {
          while (!response.destroyed && response.write(line.repeat(1_000))) continue;
        };
        response.on('drain', more);
        more();
      };
      return add(`git+${stage.server.url}/r.git`);
    },
    // The system's git is asked for what is too large for this process, and is bounded itself.
    fails: 'ERR_SOURCE_TOO_LARGE',
  },
];

hostileCli('aitbc plugin add of a git source with', specifiers);
hostileCli('aitbc plugin add of a repository that has', repositories);
hostileCli('aitbc plugin add of a git server that says', liars);
