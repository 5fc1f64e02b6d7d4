/**
 * The check of `read` and `write`: which of the host's paths a plugin may see and change. Trusts its caller to hand in
 * normalised absolute paths and never to follow a symbolic link below a mount, so that one path is one place.
 */
import { realpathSync } from 'node:fs';
import { isAbsolute, normalize, sep } from 'node:path';
import { decide, type Decision, type Rule, type RuleSet } from '../rules.ts';

export interface PathRule extends Rule {
  /** Absolute, normalised, without a final separator. */
  readonly path: string;
}

export interface MountRules {
  readonly read: RuleSet<PathRule>;
  readonly write: RuleSet<PathRule>;
}

/** What of the guest's tree is its own and so cannot be mounted over. */
export const OWN_FOLDERS: readonly string[] = ['/plugin', '/data', '/tmp'];

// Kernel interfaces: they show and change the host's processes, not files.
const NEVER = ['/proc', '/sys', '/dev'];

/** `hidden`: what no plugin may reach, whoever grants it: the host's own data folder. */
export function parsePathRule(text: string, denial: boolean, hidden: readonly string[]): PathRule | string {
  if (!isAbsolute(text)) return 'must be an absolute path';
  const path = trimmed(text);
  if (path === sep) return 'is the whole file system; name a folder or a file';
  if (denial) return { text, path };
  const real = realOf(path);
  for (const place of [path, real]) {
    if (NEVER.some((root) => isWithin(root, place))) return 'is part of the kernel, not of the file system';
    if (hidden.some((root) => isWithin(root, place))) return "is part of the host's own data";
  }
  if (OWN_FOLDERS.includes(path)) return `hides the plugin's own ${path}; name a folder in it`;
  return { text, path };
}

export function trimmed(path: string): string {
  const plain = normalize(path);
  return plain.length > 1 && plain.endsWith(sep) ? plain.slice(0, -1) : plain;
}

/** `path` is `root` or stands below it. */
export function isWithin(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

function realOf(path: string): string {
  try {
    return realpathSync(path);
  } catch {
    // Not there yet, or not for us: the walk answers at the time of use.
    return path;
  }
}

/** Reading is granted by either list, and denied by `read` alone. */
export function checkRead(rules: MountRules, path: string): Decision {
  return decide({ allow: [...rules.read.allow, ...rules.write.allow], deny: rules.read.deny }, (rule) =>
    isWithin(rule.path, path),
  );
}

/** Writing is granted by `write`, and denied by either list. */
export function checkWrite(rules: MountRules, path: string): Decision {
  return decide({ allow: rules.write.allow, deny: [...rules.read.deny, ...rules.write.deny] }, (rule) =>
    isWithin(rule.path, path),
  );
}

/**
 * As `checkWrite`, for what moves or removes a whole folder: a denial of something inside it denies the folder too, as
 * moving it would take the denied path to where no rule names it.
 */
export function checkWriteTree(rules: MountRules, path: string): Decision {
  return decide(
    { allow: rules.write.allow, deny: [...rules.read.deny, ...rules.write.deny] },
    (rule) => isWithin(rule.path, path) || (isDenial(rules, rule) && isWithin(path, rule.path)),
  );
}

function isDenial(rules: MountRules, rule: PathRule): boolean {
  return rules.read.deny.includes(rule) || rules.write.deny.includes(rule);
}

/** The granted path that `path` stands in, the longest first; undefined for none. */
export function mountOf(rules: MountRules, path: string): string | undefined {
  return [...rules.read.allow, ...rules.write.allow]
    .map((rule) => rule.path)
    .filter((root) => isWithin(root, path))
    .sort((a, b) => b.length - a.length)[0];
}
