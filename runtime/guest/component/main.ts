/**
 * Everything around a component inside its isolate: bundled with its bindings into one script. It has no more authority than
 * any program; what it asks goes to the broker.
 */
export { component } from './plugin.ts';
export { TextDecoder, TextEncoder } from './text.ts';
