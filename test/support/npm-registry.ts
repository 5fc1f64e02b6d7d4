import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { serve, type RecordedRequest, type TestServer } from './http-server.ts';
import { tarball } from './tarball.ts';
import { temporaryFolder } from './temp.ts';

export type PackageJson = Readonly<Record<string, unknown>> & { readonly name: string; readonly version: string };
export type Packument = {
  name: string;
  'dist-tags': Record<string, string>;
  versions: Record<string, Record<string, unknown>>;
  /** When versions were published; only the full form of an answer has it. */
  time?: Record<string, string>;
};

/** An npm registry on loopback: packuments, tarballs, and what `npm publish` sends. Everything in it is live. */
export interface NpmRegistry extends AsyncDisposable {
  /** With a slash at its end, as .npmrc has it. */
  readonly url: string;
  readonly host: string;
  readonly requests: readonly RecordedRequest[];
  readonly packuments: Map<string, Packument>;
  /** By path: `/zod/-/zod-4.1.0.tgz`. */
  readonly tarballs: Map<string, Buffer>;
  /** What it asks for before it answers; undefined: nothing. */
  token: string | undefined;
  /** Packs and adds a version; it becomes `latest`. Gives the path of its tarball. */
  add(json: PackageJson, files?: Readonly<Record<string, string>>): Promise<string>;
  /** Runs the real `npm publish` on a folder with these files. */
  publish(json: PackageJson, files?: Readonly<Record<string, string>>): Promise<void>;
  close(): Promise<void>;
}

export async function npmRegistry(prefix = '/'): Promise<NpmRegistry> {
  const packuments = new Map<string, Packument>();
  const tarballs = new Map<string, Buffer>();
  const state: { token: string | undefined } = { token: undefined };

  const server: TestServer = await serve(async (request, response) => {
    const path = decodeURIComponent((request.url ?? '/').replace(/\?.*$/, ''));
    if (state.token !== undefined && request.headers.authorization !== `Bearer ${state.token}`) {
      response.writeHead(401).end('{"error":"unauthorized"}');
      return;
    }
    const name = path.slice(prefix.length);
    if (request.method === 'PUT') {
      const chunks: Buffer[] = [];
      for await (const chunk of request) chunks.push(chunk as Buffer);
      accept(JSON.parse(Buffer.concat(chunks).toString()) as Published);
      response.writeHead(201, { 'content-type': 'application/json' }).end('{"ok":true}');
      return;
    }
    const archive = tarballs.get(path);
    const packument = packuments.get(name);
    if (archive !== undefined) response.writeHead(200, { 'content-type': 'application/octet-stream' }).end(archive);
    else if (packument === undefined) response.writeHead(404).end('{"error":"not found"}');
    else response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(packument));
  });
  const url = server.url + prefix;

  type Published = Packument & { _attachments: Record<string, { data: string }> };
  const accept = (published: Published): void => {
    const before = packuments.get(published.name);
    for (const [version, manifest] of Object.entries(published.versions)) {
      const [attachment] = Object.values(published._attachments);
      const dist = manifest['dist'] as { tarball: string };
      dist.tarball = url + tarballPath(published.name, version).slice(prefix.length);
      tarballs.set(tarballPath(published.name, version), Buffer.from(attachment?.data ?? '', 'base64'));
    }
    packuments.set(published.name, {
      name: published.name,
      'dist-tags': { ...before?.['dist-tags'], ...published['dist-tags'] },
      versions: { ...before?.versions, ...published.versions },
    });
  };
  const tarballPath = (name: string, version: string): string =>
    `${prefix}${name}/-/${name.replace(/^@[^/]+\//, '')}-${version}.tgz`;

  return {
    url,
    host: server.host,
    requests: server.requests,
    packuments,
    tarballs,
    get token() {
      return state.token;
    },
    set token(value) {
      state.token = value;
    },
    async add(json, files = {}) {
      const contents = Object.entries({ 'package.json': JSON.stringify(json), ...files });
      const archive = await tarball(Object.fromEntries(contents.map(([name, text]) => [`package/${name}`, text])));
      const path = tarballPath(json.name, json.version);
      tarballs.set(path, archive);
      const integrity = `sha512-${createHash('sha512').update(archive).digest('base64')}`;
      const known = packuments.get(json.name);
      packuments.set(json.name, {
        name: json.name,
        'dist-tags': { ...known?.['dist-tags'], latest: json.version },
        versions: {
          ...known?.versions,
          [json.version]: { ...json, dist: { integrity, tarball: url + path.slice(prefix.length) } },
        },
      });
      return path;
    },
    async publish(json, files = {}) {
      await using folder = await temporaryFolder({
        'package.json': JSON.stringify(json),
        ...files,
        '.npmrc': `registry=${url}\n//${server.host}${prefix}:_authToken=publisher\n`,
      });
      await promisify(execFile)('npm', ['publish', '--ignore-scripts', '--access', 'public'], {
        cwd: folder.path,
        env: {
          ...process.env,
          HOME: folder.path,
          npm_config_cache: join(folder.path, '.cache'),
          npm_config_registry: url,
          npm_config_update_notifier: 'false',
        },
      });
    },
    close: () => server.close(),
    [Symbol.asyncDispose]: () => server.close(),
  };
}
