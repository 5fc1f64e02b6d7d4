import { PluginError } from '../core/errors.ts';
import { encodeValue, ValueError, type Encoded } from '../protocol/encode.ts';
import type { WireOpen } from '../protocol/messages.ts';
import { clampModules } from './clamp.ts';
import { messageLimit } from './limits.ts';
import type { OpenOptions } from './types.ts';

/** Characters and bytes of a plugin's config; the config file has limits of its own. */
const MAX_CONFIG = 64 * 1024 * 1024;

/**
 * The frame that opens a plugin: its options as text; script, bytes of the config and core modules beside it.
 * Throws ERR_VALUE, and what `clampModules` throws.
 */
export function openMessage(options: OpenOptions): { text: string; bytes: Uint8Array[] } {
  const { limits, program } = options;
  const modules = clampModules(options.name, program.wasm, limits.memory);
  const config = encodeConfig(options);
  const wire: WireOpen = {
    name: options.name,
    version: options.version,
    digest: program.digest,
    config: config.text,
    configBytes: config.bytes.length,
    env: { ...options.env },
    limits: {
      memory: limits.memory,
      cpu: limits.cpu,
      message: messageLimit(limits),
      logRate: limits.logRate,
      eventRate: limits.eventRate,
      timers: limits.timers,
    },
    kind: program.kind,
    modules: modules.map(({ name }) => name),
  };
  return {
    text: JSON.stringify(wire),
    bytes: [Buffer.from(program.script), ...config.bytes, ...modules.map(({ bytes }) => bytes)],
  };
}

function encodeConfig({ name, config }: OpenOptions): Encoded {
  try {
    return encodeValue(config, MAX_CONFIG, 'config');
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new PluginError('ERR_VALUE', `Cannot load "${name}": ${error.message}`, {
      plugin: name,
      details: { path: error.path },
    });
  }
}
