import semver from 'semver';

/** A dependency of a plugin: its name and the versions that fit. */
export interface Dependency {
  readonly name: string;
  /** A semver range; `*` where none is given. */
  readonly range: string;
}

/** Reads `name` or `name@range`; undefined for what is neither. */
export function parseDependency(text: string): Dependency | undefined {
  const match = /^([a-zA-Z][a-zA-Z0-9-]{0,63})(?:@(.{1,128}))?$/s.exec(text);
  const [, name, range = '*'] = match ?? [];
  if (name === undefined || semver.validRange(range) === null) return undefined;
  return { name, range };
}
