/** The callback and promise parts of `node:fs`. There is nothing synchronous: a plugin's files are requests to the host. */
import * as promises from 'node:fs/promises';
import { callbackify } from 'node:util';
import { Dirent, Stats } from './shared/fs.ts';

type Operation = (...args: never[]) => Promise<unknown>;
type WithCallback = (...args: unknown[]) => void;
const callback = (operation: Operation): WithCallback => callbackify(operation) as WithCallback;

export { promises, Dirent, Stats };
export const { constants } = promises;
export const readFile = callback(promises.readFile);
export const writeFile = callback(promises.writeFile);
export const appendFile = callback(promises.appendFile);
export const stat = callback(promises.stat);
export const lstat = callback(promises.lstat);
export const access = callback(promises.access);
export const readdir = callback(promises.readdir);
export const mkdir = callback(promises.mkdir);
export const mkdtemp = callback(promises.mkdtemp);
export const rm = callback(promises.rm);
export const rmdir = callback(promises.rmdir);
export const unlink = callback(promises.unlink);
export const rename = callback(promises.rename);
export const copyFile = callback(promises.copyFile);
export const truncate = callback(promises.truncate);
export const realpath = callback(promises.realpath);

export default {
  promises,
  constants,
  Dirent,
  Stats,
  readFile,
  writeFile,
  appendFile,
  stat,
  lstat,
  access,
  readdir,
  mkdir,
  mkdtemp,
  rm,
  rmdir,
  unlink,
  rename,
  copyFile,
  truncate,
  realpath,
};
