/**
 * Everything around a component inside its isolate: bundled with its bindings into one script. It has no more authority than
 * any program; what it asks goes to the broker.
 */
export { planned } from './abi/link.ts';
export { loadText, storeText } from './abi/shared.ts';
export { component } from './plugin.ts';
export { TextDecoder, TextEncoder } from './text.ts';
export { wasiImports } from './wasi/imports.ts';
