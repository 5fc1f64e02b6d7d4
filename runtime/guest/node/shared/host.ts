import type { GuestHost } from '../../host.ts';

/**
 * What the bootstrap gives to the modules here: the parameter of the function whose body the plugin's script is. Frozen.
 * A plugin can name it too, which gives it nothing: the broker checks every request, whoever made it.
 */
export interface NodeHost {
  readonly request: GuestHost['request'];
  /** The web API's `native`: throws what a failed operation reports. */
  readonly native: GuestHost['native'];
  /** Granted variables alone. */
  readonly env: Readonly<Record<string, string>>;
}

declare const __aitbc: NodeHost;

export const host = (): NodeHost => __aitbc;
