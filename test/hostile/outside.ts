import { createHash } from 'node:crypto';
import { readdir, readFile, readlink } from 'node:fs/promises';
import { join, relative } from 'node:path';

/** Every file below a folder with the digest of its content, except below the folders that are named. */
export async function snapshot(root: string, except: (path: string) => boolean): Promise<Map<string, string>> {
  const found = new Map<string, string>();
  const walk = async (folder: string): Promise<void> => {
    for (const entry of await readdir(folder, { withFileTypes: true }).catch(() => [])) {
      const path = join(folder, entry.name);
      const name = relative(root, path);
      if (except(name)) continue;
      if (entry.isDirectory()) {
        found.set(name, 'folder');
        await walk(path);
      } else if (entry.isSymbolicLink()) found.set(name, `-> ${await readlink(path)}`);
      else if (entry.isFile()) found.set(name, await digest(path));
      else found.set(name, 'special');
    }
  };
  await walk(root);
  return found;
}

async function digest(path: string): Promise<string> {
  const bytes = await readFile(path).catch(() => 'gone');
  return createHash('sha256').update(bytes).digest('hex');
}

/** The host makes a plugin's folders when it first needs them. */
const MADE_LATER = /^\.aitbc\/plugins\/(bystander|victim)-[0-9a-f]+(\/data)?$/;

export function changes(before: ReadonlyMap<string, string>, after: ReadonlyMap<string, string>): string[] {
  const names = new Set([...before.keys(), ...after.keys()]);
  return [...names]
    .filter((name) => before.get(name) !== after.get(name) && !MADE_LATER.test(name))
    .map((name) => `"${name}" was ${!before.has(name) ? 'made' : after.has(name) ? 'changed' : 'removed'} outside`);
}
