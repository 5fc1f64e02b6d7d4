import type { TrustConfig } from './types.ts';

/** Nobody is trusted, and nothing asked for. */
export const NO_TRUST: TrustConfig = {
  publishers: new Map(),
  namespaces: new Map(),
  require: 'none',
  sources: new Map(),
  exceptions: [],
  trustedRoot: undefined,
};
