import { PluginError } from '../core/errors.ts';
import type { Conflict, Fact } from '../registry/resolve/types.ts';

/** A conflict as an error: its reasons are the details, numbered as they refer to each other. */
export function conflictError(conflict: Conflict, adding: string | undefined): PluginError {
  const { core, reasons, remedies } = conflict;
  const what = adding ?? firstRoot(core) ?? 'plugins';
  const details = Object.fromEntries(reasons.map((reason, at) => [String(at + 1), reason]));
  const cycle = core.find((fact) => fact.kind === 'cycle');
  if (cycle !== undefined) {
    const path = cycle.path.join(' -> ');
    return new PluginError('ERR_DEPENDENCY_CYCLE', `Cannot resolve "${what}": plugins depend on each other: ${path}`, {
      plugin: what,
      details: { path, ...details },
      hint: hintOf(
        remedies,
        'Leave one of them out, or ask its author: plugins cannot depend on each other in a circle.',
      ),
    });
  }
  const missing = conflict.missing[0];
  if (missing !== undefined) {
    return new PluginError('ERR_DEPENDENCY_MISSING', `Cannot resolve "${what}": nobody offers "${missing}"`, {
      plugin: what,
      details,
      hint: hintOf(remedies, `If you know where it is: aitbc plugin add <source of ${missing}> --name ${missing}`),
    });
  }
  return new PluginError('ERR_INCOMPATIBLE', `Cannot resolve "${what}": no choice of versions satisfies all of them`, {
    plugin: what,
    details,
    hint: hintOf(remedies, 'Ask for another range, or leave one of them out: docs/resolution.md'),
  });
}

/** Not known: neither a solution nor a conflict. */
export function gaveUp(budget: number, adding: string | undefined): PluginError {
  return new PluginError(
    'ERR_RESOLUTION_LIMIT',
    `Cannot resolve "${adding ?? 'plugins'}": no answer was found in ${budget} steps; there may be one`,
    {
      ...(adding === undefined ? {} : { plugin: adding }),
      hint: 'Ask for narrower ranges of the plugins with many versions: name@1.2.3 leaves the least to search.',
      details: { budget },
    },
  );
}

function firstRoot(core: readonly Fact[]): string | undefined {
  const root = core.find((fact) => fact.kind === 'root');
  return root?.root.name;
}

function hintOf(remedies: readonly string[], otherwise: string): string {
  return remedies.length === 0 ? otherwise : remedies.join('\n');
}
