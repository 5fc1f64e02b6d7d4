/** The file name a plugin's script has in its isolate, and so in its stacks. */
export function scriptName(plugin: string): string {
  return `plugin:${plugin}`;
}

/** Matches such a name inside a line of a stack. */
export const SCRIPT_NAME: RegExp = /plugin:[a-zA-Z][a-zA-Z0-9-]*/;

/**
 * A program's script as an expression: an async function of one parameter, by which the `node:` modules bundled in it
 * reach the host. Its lines are the script's own, because source maps count them; columns of the first line differ, and the
 * builder leaves that line without mappings.
 */
export function wrapScript(body: string): string {
  return `(async(__aitbc)=>{${body}\n})`;
}
