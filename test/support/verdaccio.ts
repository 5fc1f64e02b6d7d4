import { execFile } from 'node:child_process';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { runServer } from 'verdaccio';
import { listen } from './http-server.ts';
import type { PackageJson } from './npm-registry.ts';
import { temporaryFolder } from './temp.ts';

/** A real npm registry on loopback, without uplinks: `@acme/*` is for who has the token, all else for everybody. */
export interface Verdaccio extends AsyncDisposable {
  /** With a slash at its end. */
  readonly url: string;
  readonly host: string;
  /** Of its one user. */
  readonly token: string;
  /** Where it keeps its tarballs: `<storage>/<name>/<name>-<version>.tgz`. */
  readonly storage: string;
  /** Lines of an `.npmrc` that names it, without the token. */
  readonly npmrc: string;
  /** Runs npm with this registry and its token: `publish`, `unpublish`, `deprecate`. */
  npm(args: readonly string[], files?: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
  publish(json: PackageJson, files?: Readonly<Record<string, string | Uint8Array>>): Promise<void>;
}

export async function verdaccio(): Promise<Verdaccio> {
  const folder = await temporaryFolder();
  const storage = join(folder.path, 'storage');
  const settings = {
    self_path: folder.path,
    storage,
    web: { enable: false },
    uplinks: {},
    auth: { htpasswd: { file: join(folder.path, 'htpasswd'), max_users: 1 } },
    packages: {
      '@acme/*': { access: '$authenticated', publish: '$authenticated', unpublish: '$authenticated' },
      '**': { access: '$all', publish: '$authenticated', unpublish: '$authenticated' },
    },
    log: { type: 'stdout', format: 'json', level: 'fatal' },
  };
  const server = (await runServer(settings)) as Server;
  const port = await listen(server);
  const host = `127.0.0.1:${port}`;
  const url = `http://${host}/`;
  const made = await fetch(`${url}-/user/org.couchdb.user:ann`, {
    method: 'PUT',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'ann', password: 's3cret-s3cret' }),
  });
  const { token = '' } = (await made.json()) as { token?: string };
  if (token === '') throw new Error(`no user was made: ${made.status}`);

  const npm: Verdaccio['npm'] = async (args, files = {}) => {
    await using work = await temporaryFolder({
      ...files,
      '.npmrc': `registry=${url}\n//${host}/:_authToken=${token}\n`,
    });
    await promisify(execFile)('npm', [...args], {
      cwd: work.path,
      env: {
        PATH: process.env['PATH'],
        HOME: work.path,
        npm_config_cache: join(work.path, '.cache'),
        npm_config_update_notifier: 'false',
      },
    });
  };
  return {
    url,
    host,
    token,
    storage,
    npmrc: `registry=${url}\n`,
    npm,
    publish: (json, files = {}) =>
      npm(['publish', '--ignore-scripts', '--access', 'public'], { 'package.json': JSON.stringify(json), ...files }),
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await folder.remove();
    },
  };
}
