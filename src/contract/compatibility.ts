import semver from 'semver';
import { PluginError } from '../core/errors.ts';

export interface HostFacts {
  /** What `min_aitbc_version` and `max_aitbc_version` are compared with. */
  readonly version: string;
  /** `process.platform` and `process.arch`. */
  readonly platform: string;
  readonly arch: string;
}

/** What of metadata, or of an entry of a registry, says where a plugin runs. */
export interface Compatibility {
  readonly min_aitbc_version?: string;
  readonly max_aitbc_version?: string;
  readonly supported_platforms?: readonly string[];
}

/** Why a plugin does not fit a host, and the facts of it. */
export interface Incompatibility {
  readonly state: string;
  readonly details: Readonly<Record<string, string>>;
}

/** Whether a plugin fits this host (SPEC A2, G4), both bounds included; undefined: it does. */
export function incompatibility(plugin: Compatibility, host: HostFacts): Incompatibility | undefined {
  const { min_aitbc_version: min, max_aitbc_version: max, supported_platforms: platforms } = plugin;
  if (min !== undefined && semver.lt(host.version, min)) {
    const state = `it needs version ${min} of the host or newer, this is ${host.version}`;
    return { state, details: { min, host: host.version } };
  }
  if (max !== undefined && semver.gt(host.version, max)) {
    const state = `it supports the host up to version ${max}, this is ${host.version}`;
    return { state, details: { max, host: host.version } };
  }
  if (platforms === undefined || platforms.length === 0) return undefined;
  const here = `${host.platform}-${host.arch}`;
  if (platforms.some((platform) => [host.platform, here, 'any'].includes(platform))) return undefined;
  const all = platforms.join(', ');
  return { state: `it supports ${all}, this is ${here}`, details: { platforms: all } };
}

/** @throws ERR_INCOMPATIBLE, which names what is asked for and what is there. */
export function assertCompatible(name: string, metadata: Compatibility, host: HostFacts): void {
  const wrong = incompatibility(metadata, host);
  if (wrong === undefined) return;
  const { state, details } = wrong;
  throw new PluginError('ERR_INCOMPATIBLE', `Cannot load "${name}": ${state}`, { plugin: name, details });
}
