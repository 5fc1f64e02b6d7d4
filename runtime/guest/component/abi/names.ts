/** `get-random-u64` -> `getRandomU64` */
export function camel(name: string): string {
  return name.replace(/-(.)/g, (_, letter: string) => letter.toUpperCase());
}

/** `input-stream` -> `InputStream` */
export function pascal(name: string): string {
  const text = camel(name);
  return (text[0] ?? '').toUpperCase() + text.slice(1);
}
