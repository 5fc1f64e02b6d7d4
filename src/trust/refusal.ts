import { PluginError } from '../core/errors.ts';

export interface RefusalFacts {
  readonly plugin: string;
  /** The file of the signature. */
  readonly module?: string;
  readonly expected: string;
  readonly actual: string;
  readonly hint: string;
  readonly cause?: unknown;
}

/** ERR_SIGNATURE: a signature is there, and it is wrong. */
export function wrongSignature(state: string, facts: RefusalFacts): PluginError {
  return refusal('ERR_SIGNATURE', state, facts);
}

/** ERR_POLICY: the trust that the config asks for is not there. */
export function lacksTrust(state: string, facts: RefusalFacts): PluginError {
  return refusal('ERR_POLICY', state, facts);
}

function refusal(code: 'ERR_SIGNATURE' | 'ERR_POLICY', state: string, facts: RefusalFacts): PluginError {
  const { plugin, module, expected, actual, hint, cause } = facts;
  return new PluginError(code, `Cannot trust "${plugin}": ${state}`, {
    plugin,
    hint,
    details: { plugin, ...(module === undefined ? {} : { module }), expected, actual },
    ...(cause === undefined ? {} : { cause }),
  });
}
