import { PluginError } from '../../core/errors.ts';

/** Passwords and tokens are for nobody's eyes, not even in the error that refuses them. */
export function withoutSecrets(text: string): string {
  return text
    .replace(/^([a-z][a-z0-9+.-]*:\/*)[^/?#@]*@/i, '$1…@')
    .replace(/(:\/*[^/?#]*?)[^/?#@]*@(?=[^/?#]*@)/, '$1');
}

export function refuse(text: string, state: string, hint?: string): PluginError {
  return new PluginError('ERR_SPECIFIER', `Cannot use "${withoutSecrets(text)}" as a source: ${state}`, {
    hint: hint ?? 'see docs/sources.md for the forms a source has',
  });
}
