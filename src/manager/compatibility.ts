import semver from 'semver';
import type { PluginMetadata } from '../contract/metadata.ts';
import { PluginError } from '../core/errors.ts';

export interface HostFacts {
  /** What `min_aitbc_version` and `max_aitbc_version` are compared with. */
  readonly version: string;
  /** `process.platform` and `process.arch`. */
  readonly platform: string;
  readonly arch: string;
}

/**
 * Whether a plugin fits this host (SPEC A2, G4). Both bounds are included.
 *
 * @throws ERR_INCOMPATIBLE, which names what is asked for and what is there.
 */
export function assertCompatible(name: string, metadata: PluginMetadata, host: HostFacts): void {
  const { min_aitbc_version: min, max_aitbc_version: max, supported_platforms: platforms } = metadata;
  const refuse = (state: string, details: Record<string, string>): never => {
    throw new PluginError('ERR_INCOMPATIBLE', `Cannot load "${name}": ${state}`, { plugin: name, details });
  };
  if (min !== undefined && semver.lt(host.version, min)) {
    refuse(`it needs version ${min} of the host or newer, this is ${host.version}`, { min, host: host.version });
  }
  if (max !== undefined && semver.gt(host.version, max)) {
    refuse(`it supports the host up to version ${max}, this is ${host.version}`, { max, host: host.version });
  }
  if (platforms === undefined || platforms.length === 0) return;
  const here = [host.platform, `${host.platform}-${host.arch}`, 'any'];
  if (platforms.some((platform) => here.includes(platform))) return;
  refuse(`it supports ${platforms.join(', ')}, this is ${here[1]}`, { platforms: platforms.join(', ') });
}
