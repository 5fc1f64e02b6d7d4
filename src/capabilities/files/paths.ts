/**
 * Reads a guest's path: absolute, normalised by its text alone, of bounded length. What comes out has no `.`, `..`, empty
 * part or NUL; whether it may be used is for the check, and where it leads for the walk.
 */
import { posix } from 'node:path';
import type { Value } from '../../protocol/values.ts';
import { text, wrongShape } from '../shape.ts';
import { fileError } from './errors.ts';

const MAX_PATH = 4_096;
const MAX_NAME = 255;
/** Folders below each other: the walk holds none open, but removing a tree holds one for each. */
export const MAX_DEPTH = 64;

export function readPath(op: string, verb: string, value: Value): string {
  const spelled = text(op, 'path', value, MAX_PATH);
  if (spelled.includes('\0')) throw wrongShape(op, 'path', 'has a NUL in it');
  if (!spelled.startsWith('/')) throw wrongShape(op, 'path', 'must be absolute');
  const normal = posix.normalize(spelled);
  const path = normal.length > 1 && normal.endsWith('/') ? normal.slice(0, -1) : normal;
  const names = partsOf(path);
  if (
    Buffer.byteLength(path) > MAX_PATH ||
    names.length > MAX_DEPTH ||
    names.some((name) => Buffer.byteLength(name) > MAX_NAME)
  ) {
    throw fileError(verb, path.slice(0, 256), 'ENAMETOOLONG');
  }
  if (names.some(isStaging)) throw fileError(verb, path, 'EPERM');
  return path;
}

export function partsOf(path: string): readonly string[] {
  return path.split('/').filter((part) => part !== '');
}

export function depthOf(path: string): number {
  return partsOf(path).length;
}

const STAGING = /^\.aitbc-[0-9a-f]{16}\.part$/;

/** The host's half-written files: neither seen nor named by a guest. */
export function isStaging(name: string): boolean {
  return STAGING.test(name);
}
