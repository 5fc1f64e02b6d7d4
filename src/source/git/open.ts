import { PluginError } from '../../core/errors.ts';
import type { GitSpecifier } from '../specifier.ts';
import type { GitPin, ModuleId, Origin, SourceContext } from '../types.ts';

export async function openGit(spec: GitSpecifier, _context: SourceContext): Promise<Origin> {
  throw new PluginError('ERR_SPECIFIER', `Cannot open "${spec.text}": git sources come next`);
}
export async function openLockedGit(
  spec: GitSpecifier,
  _pin: GitPin,
  _entry: ModuleId,
  _context: SourceContext,
): Promise<Origin> {
  throw new PluginError('ERR_SPECIFIER', `Cannot open "${spec.text}": git sources come next`);
}
