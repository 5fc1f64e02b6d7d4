/** The seven wire values of a plugin's state (SPEC A1, B2). */
export const PLUGIN_STATUSES = ['unloaded', 'loading', 'loaded', 'active', 'inactive', 'error', 'unloading'] as const;
export type PluginStatus = (typeof PLUGIN_STATUSES)[number];

/** Finer detail of a state; `REASON_STATUS` says of which. */
export type StatusReason =
  | 'waiting-dependency'
  | 'backoff'
  | 'quarantined'
  | 'needs-config'
  | 'draining'
  | 'disabled'
  | 'refused'
  | 'failed'
  | 'crashed'
  | 'held';
