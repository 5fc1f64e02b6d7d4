/** WASI 0.2 on the capabilities: nothing of it reaches what the plugin was not granted. */
import { cli } from './cli.ts';
import { filesystem } from './filesystem.ts';
import { http } from './http/handler.ts';
import { io } from './io.ts';

export function wasiImports(): Record<string, object> {
  return { ...io, ...cli, ...filesystem, ...http };
}
