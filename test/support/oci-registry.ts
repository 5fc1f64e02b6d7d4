import { spawn } from 'node:child_process';
import { createHash, sign, X509Certificate } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { createCertificates } from './certificates.ts';
import { serve, type TestServer } from './http-server.ts';
import { temporaryFolder } from './temp.ts';

export interface Layer {
  readonly type: string;
  readonly bytes: Uint8Array;
  readonly title?: string;
  /** More members of the descriptor. */
  readonly more?: object;
}

export interface OciArtifact {
  readonly config?: string;
  readonly layers: readonly Layer[];
  /** More members of the manifest. */
  readonly more?: object;
}

/** Debian's docker-registry on loopback, as a process of its own. */
export interface OciRegistry extends AsyncDisposable {
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  readonly host: string;
  /** Pushes blobs and manifest as tools do, and gives the manifest's digest. */
  push(repository: string, tag: string, artifact: OciArtifact): Promise<string>;
  /** Pushes any manifest. */
  putManifest(repository: string, reference: string, manifest: object, mediaType: string): Promise<string>;
}

/** What asks for a login: `basic` has the user `ann` with the password `s3cret`; else the token server at `realm`. */
export type RegistryAuth = 'basic' | { readonly realm: string; readonly ca: string };

export const MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
export const INDEX = 'application/vnd.oci.image.index.v1+json';
export const WASM_CONFIG = 'application/vnd.wasm.config.v0+json';
/** `ann:s3cret`, bcrypt. */
const HTPASSWD = 'ann:$2b$05$abcdefghijklmnopqrstuuLK7U1u6pVRmL7L1BBM2aS35PSZnDXlK\n';
export const SERVICE = 'registry.test';

export async function ociRegistry(auth?: RegistryAuth): Promise<OciRegistry> {
  const folder = await temporaryFolder({
    htpasswd: HTPASSWD,
    ...(typeof auth === 'object' ? { 'ca.pem': auth.ca } : {}),
  });
  const settings = {
    version: '0.1',
    log: { level: 'info', accesslog: { disabled: true } },
    storage: { filesystem: { rootdirectory: join(folder.path, 'data') } },
    http: { addr: '127.0.0.1:0', secret: 'test' },
    ...(auth === 'basic' ? { auth: { htpasswd: { realm: 'test', path: join(folder.path, 'htpasswd') } } } : {}),
    ...(typeof auth === 'object'
      ? {
          auth: {
            token: { realm: auth.realm, service: SERVICE, issuer: 'test', rootcertbundle: join(folder.path, 'ca.pem') },
          },
        }
      : {}),
  };
  // YAML is a superset of JSON.
  await folder.write({ 'config.yml': JSON.stringify(settings) });
  const child = spawn('docker-registry', ['serve', join(folder.path, 'config.yml')], {
    env: { PATH: process.env.PATH, HOME: folder.path },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const closed = once(child, 'close');
  const lines: string[] = [];
  const host = await new Promise<string>((resolve, reject) => {
    createInterface(child.stderr).on('line', (line) => {
      lines.push(line);
      const listening = /listening on ([\d.]+:\d+)/.exec(line)?.[1];
      if (listening !== undefined) resolve(listening);
    });
    child.once('error', reject);
    child.once('exit', () => reject(new Error(`docker-registry ended:\n${lines.join('\n')}`)));
  });
  const url = `http://${host}`;
  const headers = pushHeaders(auth);

  const blob = async (repository: string, bytes: Uint8Array): Promise<void> => {
    const scope = headers(repository);
    const begun = await fetch(`${url}/v2/${repository}/blobs/uploads/`, { method: 'POST', headers: scope });
    if (begun.status !== 202) throw new Error(`upload refused: ${begun.status} ${await begun.text()}`);
    const target = new URL(begun.headers.get('location') ?? '', url);
    target.searchParams.set('digest', sha256(bytes));
    const type = { 'content-type': 'application/octet-stream' };
    const put = await fetch(target, { method: 'PUT', body: Buffer.from(bytes), headers: { ...scope, ...type } });
    if (put.status !== 201) throw new Error(`blob refused: ${put.status} ${await put.text()}`);
  };
  const putManifest: OciRegistry['putManifest'] = async (repository, reference, manifest, mediaType) => {
    const body = JSON.stringify(manifest);
    const put = await fetch(`${url}/v2/${repository}/manifests/${reference}`, {
      method: 'PUT',
      body,
      headers: { ...headers(repository), 'content-type': mediaType },
    });
    if (put.status !== 201) throw new Error(`manifest refused: ${put.status} ${await put.text()}`);
    return sha256(Buffer.from(body));
  };
  return {
    url,
    host,
    putManifest,
    async push(repository, tag, artifact) {
      const { manifest, blobs } = packArtifact(artifact);
      for (const bytes of blobs) await blob(repository, bytes);
      return putManifest(repository, tag, manifest, MANIFEST);
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
      await folder.remove();
    },
  };
}

/** The manifest of an artifact, and what it names. */
export function packArtifact({ config = WASM_CONFIG, layers, more }: OciArtifact): {
  readonly manifest: object;
  readonly blobs: readonly Uint8Array[];
} {
  const settings = Buffer.from('{"created":"2026-01-01T00:00:00Z","architecture":"wasm","os":"wasip2"}');
  const manifest = {
    schemaVersion: 2,
    mediaType: MANIFEST,
    config: { mediaType: config, digest: sha256(settings), size: settings.byteLength },
    layers: layers.map(({ type, bytes, title, more: members }) => ({
      mediaType: type,
      digest: sha256(bytes),
      size: bytes.byteLength,
      ...(title === undefined ? {} : { annotations: { 'org.opencontainers.image.title': title } }),
      ...members,
    })),
    ...more,
  };
  return { manifest, blobs: [settings, ...layers.map(({ bytes }) => bytes)] };
}

export function sha256(bytes: Uint8Array): `sha256:${string}` {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** A server that gives tokens as the registries' specification has it, to `ann` with the password `s3cret` alone. */
export interface TokenServer extends TestServer {
  readonly realm: string;
  /** PEM, for the registry. */
  readonly ca: string;
}

let signer: ReturnType<typeof createCertificates> | undefined;

/** `open`: it gives tokens to everybody. */
export async function tokenServer(options: { readonly open?: boolean } = {}): Promise<TokenServer> {
  const { ca } = (signer ??= createCertificates());
  const server = await serve((request, response) => {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const login = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    if (options.open !== true && login !== 'ann:s3cret') {
      response
        .writeHead(401, { 'content-type': 'application/json' })
        .end('{"details":"incorrect username or password"}');
      return;
    }
    const [, name = '', actions = ''] = /^repository:(.+):([a-z,]+)$/.exec(url.searchParams.get('scope') ?? '') ?? [];
    const body = JSON.stringify({ token: registryToken(name, actions.split(',')), expires_in: 60 });
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
  });
  return { ...server, realm: `${server.url}/token`, ca };
}

/** A token as docker-registry checks it: its certificate in the head, ES256. */
function registryToken(name: string, actions: readonly string[]): string {
  const { cert, key } = (signer ??= createCertificates());
  const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const now = Math.floor(Date.now() / 1_000);
  const head = { typ: 'JWT', alg: 'ES256', x5c: [new X509Certificate(cert).raw.toString('base64')] };
  const claims = {
    iss: 'test',
    sub: 'ann',
    aud: SERVICE,
    exp: now + 60,
    nbf: now - 60,
    iat: now - 60,
    jti: String(Math.random()),
    access: [{ type: 'repository', name, actions }],
  };
  const text = `${encode(head)}.${encode(claims)}`;
  const signature = sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' });
  return `${text}.${signature.toString('base64url')}`;
}

function pushHeaders(auth: RegistryAuth | undefined): (repository: string) => Record<string, string> {
  const basic = `Basic ${Buffer.from('ann:s3cret').toString('base64')}`;
  return (repository) => {
    if (auth === undefined) return {};
    if (auth === 'basic') return { authorization: basic };
    return { authorization: `Bearer ${registryToken(repository, ['push', 'pull'])}` };
  };
}
