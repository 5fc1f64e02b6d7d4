import { trustedText, type TrustedAs } from '../trust/policy.ts';
import { oneLine } from './output.ts';

/** `acme (key:sha256:…)`, or `not signed`. */
export function signerText(entry: TrustedAs): string {
  return oneLine(trustedText(entry), 2_400);
}
