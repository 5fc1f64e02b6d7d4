/** Effect-free help for guests. Arguments come from a hostile guest; whatever is thrown crosses as an error's message. */
export function callNative(op: unknown): unknown {
  throw new TypeError(`there is no native operation "${String(op)}"`);
}
