import { execFile, spawn } from 'node:child_process';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { serve, type ServeOptions, type TestServer } from './http-server.ts';
import { writeFiles } from './temp.ts';

const run = promisify(execFile);

const ENVIRONMENT = {
  PATH: process.env['PATH'] ?? '',
  HOME: '/nonexistent',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: '/dev/null',
  GIT_AUTHOR_NAME: 'Test',
  GIT_AUTHOR_EMAIL: 'test@example.com',
  GIT_COMMITTER_NAME: 'Test',
  GIT_COMMITTER_EMAIL: 'test@example.com',
};

export interface TestRepository {
  /** The folder with its work tree; `file://` URLs name it. */
  readonly path: string;
  /** Runs git in it and gives what it prints, trimmed. */
  git(...args: string[]): Promise<string>;
  /** Writes files, commits everything, and gives the commit. */
  commit(files: Readonly<Record<string, string | Uint8Array>>, message?: string): Promise<string>;
}

/** A real repository with a work tree and branch `main`, below `folder`. */
export async function createRepository(folder: string, name = 'repo'): Promise<TestRepository> {
  const path = `${folder}/${name}`;
  await run('git', ['init', '-q', '-b', 'main', path], { env: ENVIRONMENT });
  const git = async (...args: string[]): Promise<string> =>
    (await run('git', ['-c', 'protocol.file.allow=always', ...args], { cwd: path, env: ENVIRONMENT })).stdout.trim();
  const commit: TestRepository['commit'] = async (files, message = 'Change') => {
    await writeFiles(path, files);
    await git('add', '-A');
    await git('commit', '-q', '--allow-empty', '-m', message);
    return git('rev-parse', 'HEAD');
  };
  return { path, git, commit };
}

export interface GitServeOptions extends ServeOptions {
  /** Basic password (any user) that every request must carry. */
  readonly token?: string;
  /** More `-c` settings of the server: `uploadpack.allowAnySHA1InWant=true`. */
  readonly config?: readonly string[];
}

/** `git http-backend` on loopback for the repositories below `folder`: `<url>/<name>/.git` or `<url>/<name>.git`. */
export function serveGit(folder: string, options: GitServeOptions = {}): Promise<TestServer> {
  return serve((request, response) => {
    const password = Buffer.from((request.headers.authorization ?? '').replace(/^Basic /, ''), 'base64').toString();
    if (options.token !== undefined && !password.endsWith(`:${options.token}`)) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end('authentication required');
      return;
    }
    backend(folder, options.config ?? [], request, response);
  }, options);
}

/** CGI/1.1, as much of it as `git http-backend` needs. */
function backend(folder: string, config: readonly string[], request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '/', 'http://localhost');
  const child = spawn('git', ['-c', 'safe.directory=*', ...config.flatMap((item) => ['-c', item]), 'http-backend'], {
    env: {
      ...ENVIRONMENT,
      GIT_PROJECT_ROOT: folder,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: decodeURIComponent(url.pathname),
      QUERY_STRING: url.search.slice(1),
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
      ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  });
  child.stdin.on('error', () => request.destroy());
  request.pipe(child.stdin);
  response.on('close', () => child.kill());
  let head: Buffer | undefined = Buffer.alloc(0);
  child.stdout.on('data', (chunk: Buffer) => {
    if (head === undefined) {
      response.write(chunk);
      return;
    }
    head = Buffer.concat([head, chunk]);
    const end = head.indexOf('\r\n\r\n');
    if (end === -1) return;
    for (const line of head.subarray(0, end).toString().split('\r\n')) {
      const [name = '', value = ''] = line.split(/:\s*/, 2);
      if (name.toLowerCase() === 'status') response.statusCode = Number.parseInt(value, 10);
      else response.setHeader(name, value);
    }
    response.write(head.subarray(end + 4));
    head = undefined;
  });
  child.stdout.on('end', () => response.end());
}
