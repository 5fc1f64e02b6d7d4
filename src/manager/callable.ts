import { PluginError } from '../core/errors.ts';
import type { Live, ManagedPlugin } from './managed-plugin.ts';

/** What the calls of a plugin go to. @throws the reason why it cannot be called now. */
export function assertCallable(plugin: ManagedPlugin): Live {
  const { name, status, reason, live, wanted } = plugin;
  if (status === 'active' && live) return live;
  const because = reason === undefined ? status : `${status} (${reason})`;
  if (reason === 'quarantined') {
    throw new PluginError('ERR_PLUGIN_QUARANTINED', `Cannot call "${name}": it is quarantined`, {
      plugin: name,
      hint: releaseHint(name),
      ...(plugin.error === undefined ? {} : { cause: plugin.error }),
    });
  }
  // Its isolate is gone, and what it held is being freed.
  if (reason === 'backoff' || status === 'active') {
    throw new PluginError('ERR_PLUGIN_CRASHED', `Cannot call "${name}": it crashed and is being restarted`, {
      plugin: name,
      retryable: true,
      ...(plugin.error === undefined ? {} : { cause: plugin.error }),
    });
  }
  throw new PluginError('ERR_STATE', `Cannot call "${name}": it is ${because}, not active`, {
    plugin: name,
    details: { status },
    retryable: wanted === 'active' && (status === 'loading' || status === 'loaded'),
    ...(plugin.error === undefined ? {} : { cause: plugin.error }),
  });
}

/** How a plugin leaves quarantine; bytes that are others do it, too. */
export function releaseHint(name: string): string {
  return `mend it, then: aitbc plugin release ${name}   (in an application: loadPlugin("${name}"))`;
}

export function disabledError(verb: string, plugin: ManagedPlugin): PluginError {
  return new PluginError('ERR_STATE', `Cannot ${verb} "${plugin.name}": it is disabled`, {
    plugin: plugin.name,
    hint: `aitbc plugin enable ${plugin.name}`,
  });
}
