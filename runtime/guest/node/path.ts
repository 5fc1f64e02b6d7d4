import path from 'path-browserify';

interface ParsedPath {
  root: string;
  dir: string;
  base: string;
  ext: string;
  name: string;
}
/** Node's path for a system with `/`; the working directory is `/`. There is no `win32` here. */
interface PosixPath {
  readonly sep: '/';
  readonly delimiter: ':';
  basename(path: string, suffix?: string): string;
  dirname(path: string): string;
  extname(path: string): string;
  format(path: Partial<ParsedPath>): string;
  isAbsolute(path: string): boolean;
  join(...parts: string[]): string;
  normalize(path: string): string;
  parse(path: string): ParsedPath;
  relative(from: string, to: string): string;
  resolve(...parts: string[]): string;
}

const base: PosixPath = path;
export const {
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep,
} = base;
export const toNamespacedPath = <T>(given: T): T => given;

interface Posix extends PosixPath {
  toNamespacedPath: typeof toNamespacedPath;
  posix: Posix;
}
export const posix: Posix = {
  basename,
  delimiter,
  dirname,
  extname,
  format,
  isAbsolute,
  join,
  normalize,
  parse,
  relative,
  resolve,
  sep,
  toNamespacedPath,
} as Posix;
posix.posix = posix;
export default posix;
