import { readFile } from 'node:fs/promises';
import { asset } from '../../core/assets.ts';

/** The package aitbc:plugin as this host has it, as one document. */
export async function ownWit(): Promise<string> {
  const files = await Promise.all(
    ['types', 'host', 'plugin'].map((name) => readFile(asset(`wit/${name}.wit`), 'utf8')),
  );
  return files.join('\n');
}
