import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';
import { isPluginError } from '../../core/errors.ts';
import { hostKeys, isLoopback } from '../http/hosts.ts';
import type { HttpClient } from '../http/types.ts';
import type { GitSpecifier } from '../specifier.ts';
import type { SourceContext } from '../types.ts';
import type { GitSettings } from './run.ts';
import { createSystemRemote } from './system.ts';
import { withTemporaryFolder } from './temporary.ts';
import type { GitRemote, ObjectStore } from './types.ts';

export interface ChosenRemote extends GitRemote {
  /** Where the repository is, after redirects. */
  base(): string;
}

/**
 * Which git speaks: ssh and file need the system's. https is spoken in this process, under the limits and guards of our
 * own HTTP client; only what that cannot do goes to the system's git, if there is one: a commit that the server gives to
 * protocol 2 alone, and a repository too large for memory, which is then fetched without its files.
 */
export async function chooseRemote(
  spec: GitSpecifier,
  context: SourceContext,
  client: () => Promise<HttpClient>,
): Promise<ChosenRemote> {
  const { maxArchiveBytes, timeout } = context.config;
  const common = { timeout, maxBytes: maxArchiveBytes, signal: context.signal };
  if (spec.transport === 'ssh' || spec.transport === 'file') {
    const remote = createSystemRemote(spec.url, { ...common, settings: { protocol: spec.transport } });
    return { ...remote, base: () => spec.url };
  }
  const { transport } = spec;
  const { createInProcessRemote } = await import('./in-process.ts');
  const remote = createInProcessRemote(spec.url, await client(), {
    maxBytes: maxArchiveBytes,
    signal: context.signal,
    progress: context.progress,
  });
  return {
    ...remote,
    async fetch(commit) {
      try {
        return await remote.fetch(commit);
      } catch (error) {
        const other =
          isPluginError(error, 'ERR_SOURCE_TOO_LARGE') ||
          (isPluginError(error, 'ERR_SOURCE_NOT_FOUND') && error.retryable);
        if (!other) throw error;
        return withSystemGit(remote.base(), transport, commit, context).catch((second: unknown) => {
          // Without git installed the first error is the one to act on.
          throw isPluginError(second) && second.details['git'] === 'missing' ? error : second;
        });
      }
    },
  };
}

function withSystemGit(
  url: string,
  protocol: 'https' | 'http',
  commit: string,
  context: SourceContext,
): Promise<ObjectStore> {
  const { config } = context;
  return withTemporaryFolder(async (folder, remove) => {
    const settings = await webSettings(url, protocol, folder, context);
    const remote = createSystemRemote(url, {
      settings,
      timeout: config.timeout,
      maxBytes: config.maxArchiveBytes,
      signal: context.signal,
    });
    const store = await remote.fetch(commit);
    return {
      object: store.object,
      close: async () => {
        await store.close();
        await remove();
      },
    };
  });
}

/** Tokens go through the environment, which other users cannot read, and to the repository's host alone. */
async function webSettings(
  url: string,
  protocol: 'https' | 'http',
  folder: string,
  context: SourceContext,
): Promise<Omit<GitSettings, 'maxBytes'>> {
  const { config } = context;
  const target = new URL(url);
  const key = hostKeys(target).find((host) => config.tokens.has(host));
  const token =
    key !== undefined && (protocol === 'https' || isLoopback(target.hostname)) ? config.tokens.get(key) : undefined;
  const settings = ['http.lowSpeedLimit=1', `http.lowSpeedTime=${Math.ceil(config.idleTimeout / 1_000)}`];
  if (config.ca !== undefined) {
    const bundle = join(folder, 'ca.pem');
    await writeFile(bundle, [...getCACertificates('default'), await readFile(config.ca, 'utf8')].join('\n'));
    settings.push(`http.sslCAInfo=${bundle}`);
  }
  const credentials = token === undefined ? undefined : Buffer.from(`x-access-token:${token}`).toString('base64');
  return {
    protocol,
    config: settings,
    env:
      credentials === undefined
        ? {}
        : {
            GIT_CONFIG_COUNT: '1',
            GIT_CONFIG_KEY_0: `http.${target.origin}/.extraHeader`,
            GIT_CONFIG_VALUE_0: `Authorization: Basic ${credentials}`,
          },
  };
}
