/**
 * What a plugin is, before it is locked. Guarantees that code is run for it only where no manifest says it, once, in a
 * runtime process of its own with nothing granted and an empty config, and that what it says is checked as hostile data.
 */
import { LIMITS } from '../config/limits.ts';
import type { Limits } from '../config/types.ts';
import type { HostPort } from '../contract/port.ts';
import { isPluginError, PluginError } from '../core/errors.ts';
import { manifestOf, type Description, type ManifestDescription } from '../lock/description.ts';
import { lockEntryOf } from '../lock/entry.ts';
import { verify } from '../lock/verify.ts';
import type { Artifact } from '../source/types.ts';
import { describedBy } from './agree.ts';
import type { LoaderContext } from './context.ts';
import { programOf } from './programs.ts';

/** `label` names it in errors until its own name is known. */
export async function describe(artifact: Artifact, label: string, context: LoaderContext): Promise<Description> {
  const manifest = manifestOf(artifact.files, label);
  const stated = manifest === undefined ? undefined : complete(manifest);
  if (stated !== undefined) return stated;

  const described = await evaluate(artifact, manifest, label, context);
  if (manifest === undefined) return described;
  const configSchema = manifest.configSchema ?? described.configSchema;
  return {
    metadata: manifest.metadata,
    permissions: manifest.permissions,
    commands: manifest.commands ?? described.commands,
    ...(configSchema === undefined ? {} : { configSchema }),
  };
}

/** A manifest says it all, unless the plugin has commands and does not list them: then its code must say them. */
function complete(manifest: ManifestDescription): Description | undefined {
  const { metadata, permissions, commands, configSchema } = manifest;
  if (commands === undefined && metadata.interfaces?.includes('cli')) return undefined;
  return { metadata, permissions, commands: commands ?? [], ...(configSchema === undefined ? {} : { configSchema }) };
}

async function evaluate(
  artifact: Artifact,
  manifest: ManifestDescription | undefined,
  label: string,
  context: LoaderContext,
): Promise<Description> {
  const { metadata = UNKNOWN, permissions = {}, commands = [], configSchema } = manifest ?? {};
  const provisional = lockEntryOf(artifact, {
    metadata,
    permissions,
    commands,
    ...(configSchema === undefined ? {} : { configSchema }),
  });
  const verified = await verify(label, provisional, {
    read: (id) => Promise.resolve(artifact.files.get(id)?.bytes),
    ids: artifact.files.keys(),
  });
  const program = await programOf(verified, context);
  context.progress.update({ plugin: label, phase: 'inspect' });
  const sandbox = await context.sandbox();
  const instance = await sandbox.open({
    name: label,
    version: metadata.version,
    group: `inspect:${program.digest}`,
    program,
    config: {},
    env: {},
    limits: DEFAULT_LIMITS,
    port: denyingPort(label),
  });
  try {
    return describedBy(await instance.request('describe', []), label);
  } catch (error) {
    throw isPluginError(error) && error.code.startsWith('ERR_LIMIT_') ? overDefaults(error) : error;
  } finally {
    await instance.dispose();
    context.progress.update({ plugin: label, phase: 'inspect', done: true });
  }
}

/** No config raises the limits a plugin is asked under: the usual hint would not work. */
function overDefaults(error: PluginError): PluginError {
  return new PluginError(error.code, error.message, {
    cause: error,
    details: error.details,
    hint: 'It is asked under the default limits: do less in the module, in the constructor and in getMetadata().',
  });
}

const UNKNOWN = { name: 'unknown', version: '0.0.0', description: '', author: '', license: '' } as const;

const DEFAULT_LIMITS = Object.fromEntries(
  Object.entries(LIMITS).map(([key, quantity]) => [key, quantity.default]),
) as unknown as Limits;

/** Everything is refused; what it logs is nobody's business yet. */
function denyingPort(label: string): HostPort {
  return {
    async request(op, _, io) {
      await io.body?.cancel();
      throw new PluginError('ERR_PERMISSION_DENIED', `Cannot use ${op} in "${label}": it is only asked what it is`, {
        plugin: label,
        hint: 'Do this in initialize() or start(), not in the constructor or in getMetadata().',
      });
    },
    log() {},
    passed() {},
  };
}
