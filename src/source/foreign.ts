/**
 * Guarantees that a foreign module comes over https (or plain http where the operator allows it), within the limits of
 * size and count, and never from a network nearer than its importer's. Trusts the HTTP client to hold to that on
 * every hop.
 */
import { PluginError } from '../core/errors.ts';
import { mayBeInsecure } from './http/hosts.ts';
import type { HttpClient, HttpFile, HttpGetOptions } from './http/types.ts';
import { isForeign } from './module-id.ts';
import type { ModuleId, ReadOptions, SourceContext, SourceFile } from './types.ts';

export interface ForeignReader {
  /** What an import asks for. `own` is where the plugin itself came from: undefined for a path of this machine. */
  read(url: ModuleId, options: ReadOptions, own: string | undefined): Promise<SourceFile>;
  /** What the operator's source itself consists of: `id` is the own id it has, if it has one, `referrer` what leads to it. */
  fetch(
    url: string,
    expect: HttpGetOptions['expect'],
    options: ReadOptions,
    id?: ModuleId,
    referrer?: string,
  ): Promise<HttpFile>;
  /** The client behind it; made when it is first needed, where the context brought none. */
  client(): Promise<HttpClient>;
  /** Closes the client if it was made here. Idempotent. */
  close(): Promise<void>;
}

/** Fetches for one origin: counts what is asked for, and remembers from where each module came. */
export function createForeignReader(context: SourceContext): ForeignReader {
  let made: Promise<HttpClient> | undefined;
  // Loaded when the first URL is asked for: a start from lock and cache evaluates no HTTP client.
  const make = async (): Promise<HttpClient> => (await import('./http/client.ts')).createHttpClient(context);
  const client = async (): Promise<HttpClient> => context.http ?? (await (made ??= make()));
  const asked = new Set<string>();
  /** A module is as near as the host that answered, wherever it was asked for. */
  const cameFrom = new Map<ModuleId, string>();

  const get = async (url: string, id: ModuleId, options: HttpGetOptions): Promise<HttpFile> => {
    if (context.offline) throw offline(url);
    asked.add(id);
    if (asked.size > context.config.maxModules) throw tooMany(url, context.config.maxModules);
    const file = await (await client()).get(url, options);
    cameFrom.set(id, file.finalUrl);
    return file;
  };

  return {
    client,
    async read(id, { importer, signal }, own) {
      if (id.startsWith('npm:') && context.packages !== undefined) return context.packages.read(id, signal);
      const url = checkUrl(id, importer, context);
      const referrer =
        importer === undefined ? own : (cameFrom.get(importer) ?? (isForeign(importer) ? importer : own));
      const limit = context.config.maxModuleBytes;
      return sourceFile(id, await get(url.href, id, { limit, expect: 'module', referrer, signal }));
    },
    fetch(url, expect, { signal }, id = url, referrer) {
      const limit = expect === 'archive' ? context.config.maxArchiveBytes : context.config.maxModuleBytes;
      return get(url, id, { limit, expect, referrer, signal });
    },
    async close() {
      const closing = made;
      made = undefined;
      await (await closing)?.close();
    },
  };
}

export function sourceFile(id: ModuleId, file: HttpFile): SourceFile {
  return {
    bytes: file.bytes,
    ...(file.finalUrl === id ? {} : { finalUrl: file.finalUrl }),
    ...(file.contentType === undefined ? {} : { contentType: file.contentType }),
  };
}

export function offline(what: string): PluginError {
  return new PluginError('ERR_OFFLINE', `Cannot fetch "${what}": --offline forbids it`, {
    hint: 'run `aitbc plugin fetch` with a network first, or run without --offline',
  });
}

function checkUrl(id: ModuleId, importer: ModuleId | undefined, context: SourceContext): URL {
  const denied = (state: string, hint: string): PluginError =>
    new PluginError('ERR_IMPORT_DENIED', `Cannot import "${id.slice(0, 256)}": ${state}`, {
      hint,
      ...(importer === undefined ? {} : { details: { importer } }),
    });
  if (!/^https?:/i.test(id) || !URL.canParse(id)) {
    throw denied("modules come from the plugin's own folder and from https: URLs alone", 'import it by an https: URL');
  }
  const url = new URL(id);
  if (url.username !== '' || url.password !== '') {
    throw denied('an import carries no user name or password', `give the token by host: ${url.host}`);
  }
  if (url.protocol === 'http:' && !mayBeInsecure(url, context.config.allowInsecure)) {
    throw denied(
      'plain http: is allowed to loopback alone',
      `import it by https:, or name ${url.host} in fetch.allow_insecure`,
    );
  }
  return url;
}

function tooMany(id: string, limit: number): PluginError {
  return new PluginError(
    'ERR_SOURCE_TOO_LARGE',
    `Cannot fetch "${id}": the plugin imports more than ${limit} modules`,
    {
      hint: 'raise the limit of modules if the plugin is right',
    },
  );
}
