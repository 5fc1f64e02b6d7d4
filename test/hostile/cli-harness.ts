/**
 * Hostile bytes through the built command line: `hostileCli(title, cases)` gives each case a folder of its own with a good plugin that
 * is locked and cached, lets the case plant what it likes, and runs one command as a user would. Beside what the case expects
 * stand the oracles, which it cannot switch off: the documented code and exit status; no stack and no fault of ours; no raw
 * control character; no secret; config, lock and everything else as they were unless the case says `writes`; every blob of
 * the cache named by its digest, the good ones untouched, nothing half-written; no temporary file; no process left; and the
 * good plugin still answers offline.
 */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { cp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ErrorCode } from '../../src/core/codes.ts';
import { workshop, type Workshop } from '../cli/support.ts';
import { serve, type TestServer } from '../support/http-server.ts';
import type { RunResult } from '../support/run.ts';
import { changes, snapshot } from './outside.ts';

export interface CliCase {
  /** What is hostile: `a symbolic link to /etc/passwd`. */
  readonly name: string;
  /** Prepares the folder. What it returns is the command. */
  readonly plant: (stage: Stage) => Promise<readonly string[]> | readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** The code it must end with; the exit status follows from it. Undefined: it succeeds. */
  readonly fails?: ErrorCode;
  /** What stdout and stderr together must say. */
  readonly says?: RegExp;
  /** True: config and lock may change. */
  readonly writes?: boolean;
  /** Cached files that the case has spoilt, by path: those may be made anew. */
  readonly spoilt?: RegExp;
  /** What else must hold: returns what is wrong. */
  readonly also?: (result: RunResult, stage: Stage) => string[] | Promise<string[]>;
}

/** An entry of the lock, to be edited. */
export interface Entry {
  [key: string]: unknown;
  source: string;
  resolved: string;
  modules: Record<string, string>;
  metadata: Record<string, unknown>;
}

export interface Stage extends Workshop {
  /** A server on loopback; its routes are the case's own. */
  readonly server: TestServer;
  /** A server that nothing may talk to. */
  readonly inner: TestServer;
  /** Text of plugins.yaml and plugins.lock.json before the case. */
  readonly config: string;
  readonly lock: string;
  /** More lines below `plugins:` of the config. */
  configure(lines: string): Promise<void>;
  /** Run when the case is over. */
  defer(work: () => Promise<void>): void;
  /** Takes a module out of the cache. */
  forget(text: string): Promise<void>;
  /** Puts other bytes where the cache has a module. */
  replaceCached(text: string, other: string): Promise<void>;
  /** Changes the last byte of every cached build. */
  spoilBuilds(): Promise<void>;
  /** Changes the lock as parsed JSON. */
  editLock(change: (plugins: Record<string, Entry>) => void): Promise<void>;
}

const CACHE = '.cache/aitbc/v1';
const SECRET = 'canary-of-the-operator';
const EXIT: Readonly<Record<string, number>> = Object.fromEntries(
  Object.entries((await import('../../src/core/codes.ts')).CODES).map(([code, { exit }]) => [code, exit]),
);

export const goodModule = (name = 'good'): string => `
import { BasePlugin } from '@aitbc/plugins/sdk';
export default class Good extends BasePlugin {
  getMetadata() { return { name: '${name}', version: '1.0.0', description: 'Is good', author: 'tests', license: 'MIT' }; }
  ping() { return 'pong'; }
}
`;

export function hostileCli(title: string, cases: readonly CliCase[]): void {
  describe(title, () => {
    let template: Workshop;
    let server: TestServer;
    let inner: TestServer;

    beforeAll(async () => {
      inner = await serve((_request, response) => void response.end('canary-of-the-inner-server'));
      server = await serve({ '/good.ts': goodModule() });
      template = await workshop({ 'tmp/.keep': '', 'secret.txt': SECRET });
      const added = await template.aitbc(['plugin', 'add', `${server.url}/good.ts`, '--yes'], environment(template));
      expect(added.stderr + added.stdout).toContain('Added good');
    }, 60_000);

    afterAll(async () => {
      await Promise.all([server.close(), inner.close(), template.remove()]);
    });

    test.each(cases.map((item) => [item.name, item] as const))('%s', { timeout: 60_000 }, async (_name, item) => {
      expect(await problemsOf(item, template, server, inner)).toEqual([]);
    });
  });
}

export async function problemsOf(
  item: CliCase,
  template: Workshop,
  server: TestServer,
  inner: TestServer,
): Promise<string[]> {
  await using shop = await workshop();
  await cp(template.path, shop.path, { recursive: true });
  await using deferred = new AsyncDisposableStack();
  const stage = await stageOf(shop, server, inner, deferred);
  const asked = inner.requests.length;
  const args = await item.plant(stage);
  const before = await snapshot(shop.path, (path) => path === '.cache' || path === 'tmp');
  const cached = await snapshot(join(shop.path, '.cache'), () => false);
  const result = await shop.aitbc(args, environment(shop, item.env));

  const problems = [...verdict(item, result), ...outputProblems(result)];
  const written = changes(before, await snapshot(shop.path, (path) => path === '.cache' || path === 'tmp'));
  problems.push(...written.filter((line) => !mayWrite(item).some((file) => line.startsWith(`"${file}`))));
  const cache = await cacheProblems(shop, cached, item.spoilt);
  problems.push(...cache.problems);
  const temps = (await readdir(join(shop.path, 'tmp'))).filter((name) => name !== '.keep');
  if (temps.length > 0) problems.push(`temporary files are left: ${temps.join(', ')}`);
  if (inner.requests.length > asked) problems.push('the inner server was asked');
  problems.push(...(await processesOf(shop.path)));
  problems.push(...((await item.also?.(result, stage)) ?? []));
  // Where nothing of config, lock and cache has changed it answers as before.
  if (written.length > 0 || cache.grown) problems.push(...(await goodAnswers(stage)));
  return problems.length === 0 ? [] : [...problems, `${args.join(' ')}\n${result.stdout}\n${result.stderr}`];
}

function environment(shop: Workshop, env: Readonly<Record<string, string>> = {}) {
  return { env: { TMPDIR: join(shop.path, 'tmp'), AITBC_CANARY: SECRET, ...env } };
}

async function stageOf(
  shop: Workshop,
  server: TestServer,
  inner: TestServer,
  deferred: AsyncDisposableStack,
): Promise<Stage> {
  const file = (name: string): Promise<string> => readFile(join(shop.path, name), 'utf8');
  const [config, lock] = await Promise.all([file('plugins.yaml'), file('plugins.lock.json')]);
  return {
    ...shop,
    server,
    inner,
    config,
    lock,
    configure: (lines) => shop.write({ 'plugins.yaml': config + lines }),
    defer: (work) => deferred.defer(work),
    forget: (text) => rm(blobOf(shop, text)),
    replaceCached: (text, other) => writeFile(blobOf(shop, text), other),
    spoilBuilds: async () => {
      const folder = join(shop.path, CACHE, 'builds');
      for (const name of await readdir(folder, { recursive: true })) {
        const file = join(folder, name);
        if (!(await stat(file)).isFile()) continue;
        const bytes = await readFile(file);
        bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 1;
        await writeFile(file, bytes);
      }
    },
    editLock: async (change) => {
      const parsed = JSON.parse(lock) as { plugins: Record<string, Entry> };
      change(parsed.plugins);
      await shop.write({ 'plugins.lock.json': `${JSON.stringify(parsed, null, 2)}\n` });
    },
  };
}

function mayWrite({ writes }: CliCase): readonly string[] {
  // The data folder with its audit is made by any run.
  return writes ? ['.aitbc', 'plugins.yaml', 'plugins.lock.json'] : ['.aitbc'];
}

function verdict({ fails, says }: CliCase, { status, signal, stdout, stderr }: RunResult): string[] {
  const problems: string[] = [];
  const said = `${stdout}\n${stderr}`;
  const codes = [...said.matchAll(/error\[(ERR_\w+)\]|"code":"(ERR_\w+)"/g)].map((match) => match[1] ?? match[2]);
  if (signal !== null) problems.push(`it was ended by ${signal}`);
  const exit = fails === undefined ? 0 : EXIT[fails];
  if (status !== exit) problems.push(`its exit status is ${status} instead of ${exit}`);
  if (fails !== undefined && !codes.includes(fails)) problems.push(`it said ${codes.join(', ')} instead of ${fails}`);
  if (fails === undefined && codes.length > 0) problems.push(`it said ${codes.join(', ')}`);
  if (says !== undefined && !says.test(said)) problems.push(`it did not say ${String(says)}`);
  return problems;
}

// C0 but line feeds and tabs, DEL, C1, bidirectional marks and overrides, separators.
const RAW = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufffd]/u;
const STACK = /^\s+at .*(?:node:|\/dist\/|\/src\/|node_modules)/m;

export function outputProblems({ stdout, stderr }: RunResult): string[] {
  const said = `${stdout}\n${stderr}`;
  const raw = RAW.exec(said);
  return [
    ...(raw ? [`raw ${inspect(raw[0])} after ${inspect(said.slice(Math.max(0, raw.index - 60), raw.index))}`] : []),
    ...(STACK.test(said) ? ['it shows a stack of the host'] : []),
    ...(/ERR_INTERNAL|Unhandled|node:internal|\[object Object\]/.test(said) ? ['it shows a fault of ours'] : []),
    ...(said.includes('canary-of-') || said.includes('root:x:0') ? ['a secret leaks'] : []),
    ...(said.length > 100_000 ? [`it said ${said.length} characters`] : []),
  ];
}

async function cacheProblems(
  shop: Workshop,
  before: ReadonlyMap<string, string>,
  spoilt: RegExp | undefined,
): Promise<{ readonly problems: string[]; readonly grown: boolean }> {
  const root = join(shop.path, '.cache');
  const after = await snapshot(root, () => false);
  const problems = [...before].flatMap(([path, was]) => {
    const is = after.get(path);
    return is === was || (is !== undefined && spoilt?.test(path))
      ? []
      : [`the cached ${path} was ${is === undefined ? 'removed' : 'changed'}`];
  });
  for (const [path, what] of after) {
    if (before.get(path) === what) continue;
    const [, head, rest] = /(?:^|\/)blobs\/([0-9a-f]{2})\/([^/]+)$/.exec(path) ?? [];
    if (head !== undefined && what !== `${head}${rest}`) problems.push(`the blob ${path} is not what its name says`);
    if (/(?:^|\/)tmp\/.+/.test(path)) problems.push(`${path} is left in the cache`);
    if (what.startsWith('->') || what === 'special') problems.push(`${path} in the cache is no file`);
    if (/passwd|secret/.test(path)) problems.push(`${path} stands in the cache`);
  }
  return { problems, grown: after.size !== before.size };
}

/** The good plugin as it was before, with the cache as it is now. */
async function goodAnswers(stage: Stage): Promise<string[]> {
  const { config, lock } = stage;
  await stage.write({ 'plugins.yaml': config, 'plugins.lock.json': lock });
  const { status, stdout, stderr } = await stage.aitbc(['--offline', 'plugin', 'call', 'good', 'ping']);
  return status === 0 && stdout.trim() === '"pong"' ? [] : [`the good plugin does not answer: ${stdout}${stderr}`];
}

/** Processes that stand in the folder, or were started by a process that is gone. */
async function processesOf(folder: string): Promise<string[]> {
  const late = Date.now() + 5_000;
  for (;;) {
    const left = readdirSync('/proc').flatMap((pid) => (/^\d+$/.test(pid) ? describeIfLeft(pid, folder) : []));
    if (left.length === 0 || Date.now() > late) return left;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

function describeIfLeft(pid: string, folder: string): string[] {
  try {
    const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
    return words.includes(folder) || readlinkSync(`/proc/${pid}/cwd`).startsWith(folder)
      ? [`process ${pid} is left: ${words}`]
      : [];
  } catch {
    // It ended meanwhile, or is not ours.
    return [];
  }
}

function blobOf(shop: Workshop, text: string): string {
  const hex = digest(text).slice('sha256:'.length);
  return join(shop.path, CACHE, 'blobs', hex.slice(0, 2), hex.slice(2));
}

export const digest = (bytes: string | Uint8Array): string =>
  `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
