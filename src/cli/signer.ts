import { trustedText, type TrustedAs } from '../trust/policy.ts';
import { oneLine } from './output.ts';

/** `signed by acme (key:sha256:…)`, or `not signed`. */
export function signerText(entry: TrustedAs): string {
  return entry.signer === undefined ? 'not signed' : oneLine(`signed by ${trustedText(entry)}`, 2_400);
}
