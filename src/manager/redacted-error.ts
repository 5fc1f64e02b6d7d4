import { PluginError } from '../core/errors.ts';

/** The same error without secrets in what a plugin said: it may have thrown its own config. */
export function redactedError(error: PluginError, redact: (text: string) => string): PluginError {
  const texts = [error.message, error.pluginStack ?? '', error.hint ?? '', ...Object.values(error.details).map(String)];
  if (texts.every((text) => redact(text) === text)) return error;
  const details = Object.entries(error.details).map(([key, value]) => [
    key,
    typeof value === 'string' ? redact(value) : value,
  ]);
  return new PluginError(error.code, redact(error.message), {
    retryable: error.retryable,
    details: Object.fromEntries(details),
    ...(error.plugin === undefined ? {} : { plugin: error.plugin }),
    ...(error.hint === undefined ? {} : { hint: redact(error.hint) }),
    ...(error.pluginStack === undefined ? {} : { pluginStack: redact(error.pluginStack) }),
  });
}
