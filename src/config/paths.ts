import { homedir } from 'node:os';
import { basename, dirname, join, resolve } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Absolute path: `~` is the home folder, the rest is relative to `root`. */
export function expandPath(path: string, root: string, env: Env): string {
  if (path === '~') return home(env);
  return path.startsWith('~/') || path.startsWith('~\\') ? join(home(env), path.slice(2)) : resolve(root, path);
}

export function home(env: Env): string {
  return env['HOME'] || homedir();
}

/** The platform's cache folder for us: `$XDG_CACHE_HOME/aitbc`, `~/.cache/aitbc` and their like. */
export function defaultCacheDir(env: Env, platform: string = process.platform): string {
  if (platform === 'darwin') return join(home(env), 'Library', 'Caches', 'aitbc');
  if (platform === 'win32') return join(env['LOCALAPPDATA'] || join(home(env), 'AppData', 'Local'), 'aitbc', 'Cache');
  const xdg = env['XDG_CACHE_HOME'];
  return xdg?.startsWith('/') ? join(xdg, 'aitbc') : join(home(env), '.cache', 'aitbc');
}

/** `plugins.lock.json` beside plugins.yaml, yml or json; `<name>.lock.json` beside any other config. */
export function lockFileOf(file: string): string {
  return join(dirname(file), `${basename(file).replace(/\.(ya?ml|json)$/i, '')}.lock.json`);
}
