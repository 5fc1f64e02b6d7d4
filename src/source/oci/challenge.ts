/** What a registry asks for before it answers. `params` by lower-case name. */
export interface Challenge {
  readonly scheme: 'basic' | 'bearer';
  readonly params: ReadonlyMap<string, string>;
}

const PARAM = /\s*,?\s*([\w-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/y;

/** The first Bearer or Basic challenge of `WWW-Authenticate`, Bearer first; undefined where there is neither. */
export function parseChallenge(header: string): Challenge | undefined {
  const challenges = [...header.matchAll(/(?:^|,)\s*(basic|bearer)(?=[\s,]|$)/gi)].map((match): Challenge => {
    const scheme = match[1]?.toLowerCase() === 'bearer' ? 'bearer' : 'basic';
    return { scheme, params: paramsAt(header, match.index + match[0].length) };
  });
  return challenges.find(({ scheme }) => scheme === 'bearer') ?? challenges[0];
}

function paramsAt(header: string, start: number): ReadonlyMap<string, string> {
  const params = new Map<string, string>();
  PARAM.lastIndex = start;
  for (let match = PARAM.exec(header); match !== null && params.size < 16; match = PARAM.exec(header)) {
    const [, name = '', quoted, plain = ''] = match;
    const value = quoted?.replaceAll(/\\(.)/g, '$1') ?? plain;
    if (!params.has(name.toLowerCase())) params.set(name.toLowerCase(), value);
  }
  return params;
}
