import { readFile } from 'node:fs/promises';
import { asset } from '../../core/assets.ts';
import { PluginError } from '../../core/errors.ts';
import { codeOf } from '../../core/system-error.ts';
import { NODE_MODULES } from './node-modules.ts';

/** Path below `dist/` of what the host provides: `sdk`, or a node: module by its name. */
export function providedAsset(name: string): string {
  return name === 'sdk' ? 'guest/sdk.js' : `guest/node/${NODE_MODULES.get(name) ?? ''}.js`;
}

/** Its code, one ES module. The host's own: not part of any lock. */
export async function readProvided(name: string): Promise<string> {
  const path = asset(providedAsset(name));
  try {
    return await readFile(path, 'utf8');
  } catch (cause) {
    if (codeOf(cause) !== 'ENOENT') throw cause;
    throw new PluginError('ERR_INTERNAL', `Cannot provide "${name}": ${path} is missing`, {
      cause,
      hint: 'Install @aitbc/plugins again; in a checkout, run: npm run build',
    });
  }
}
