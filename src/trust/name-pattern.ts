/** `acme-*`, `acme-core` or `*`; upper and lower case are the same. */
export function fitsName(pattern: string, name: string): boolean {
  return pattern.endsWith('*')
    ? name.toLowerCase().startsWith(pattern.slice(0, -1).toLowerCase())
    : name.toLowerCase() === pattern.toLowerCase();
}
