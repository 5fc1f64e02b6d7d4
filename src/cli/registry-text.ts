import { ageText } from '../registry/age.ts';
import type { Release } from '../registry/types.ts';
import type { RegistryState } from '../loader/types.ts';
import type { Withdrawn } from '../loader/withdrawn.ts';
import { oneLine } from './output.ts';

/** Why a registry, or part of the answer, is not what it could be; undefined: it was read just now. */
export function registryNote({ name, error, fetched, usable }: RegistryState): string | undefined {
  if (error === undefined) return undefined;
  const why = oneLine(error.message, 300);
  if (!usable || fetched === undefined) return `Not asked: ${name}: ${why}`;
  return `${name}: the copy of ${ageText(fetched, new Date())} ago, because it cannot be read now: ${why}`;
}

export function registryData({ name, url, fetched, serial, error, usable, lacks }: RegistryState): object {
  return {
    name,
    url,
    usable,
    fetched: fetched?.toISOString(),
    serial,
    lacks,
    ...(error === undefined ? {} : { error: { code: error.code, message: error.message } }),
  };
}

/** What an operator must know of a locked version: `yanked`, `revoked`. */
export function withdrawnWords({ yanked, revoked }: Withdrawn): string[] {
  return [...(yanked === undefined ? [] : ['yanked']), ...(revoked === undefined ? [] : ['revoked'])];
}

/** The same in full: `yanked: it greets the wrong way`. */
export function withdrawnLines({ yanked, revoked }: Withdrawn): string[] {
  const said = (word: string, reason: string | undefined): string[] =>
    reason === undefined ? [] : [reason === '' ? word : `${word}: ${oneLine(reason, 500)}`];
  return [...said('revoked', revoked), ...said('yanked', yanked)];
}

/** A version as a program wants it, in the words of the index. */
export function releaseData({ downloadUrl, compatibility, ...release }: Release): object {
  return { ...release, download_url: downloadUrl, ...compatibility };
}
