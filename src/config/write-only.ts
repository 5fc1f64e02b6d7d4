import type { Json, JsonObject } from '../core/json.ts';

/** Texts in `value` that stand where `schema` says `writeOnly: true`. Follows properties, items, combinations and own references. */
export function writeOnlyValues(schema: JsonObject, value: Json): string[] {
  const found = new Set<string>();
  let steps = 10_000;
  const visit = (part: Json | undefined, at: Json | undefined, refs: number): void => {
    if (!isObject(part) || at === undefined || --steps < 0) return;
    if (part['writeOnly'] === true) collect(at, found);
    const reference = part['$ref'];
    if (typeof reference === 'string' && refs < 16) visit(lookUp(schema, reference), at, refs + 1);
    for (const key of ['allOf', 'anyOf', 'oneOf']) {
      const branches = part[key];
      if (Array.isArray(branches)) for (const branch of branches as readonly Json[]) visit(branch, at, refs);
    }
    for (const key of ['then', 'else']) visit(part[key], at, refs);
    if (Array.isArray(at)) {
      for (const item of at as readonly Json[]) visit(part['items'], item, refs);
    } else if (isObject(at)) {
      const properties = isObject(part['properties']) ? part['properties'] : {};
      for (const [key, member] of Object.entries(at)) {
        visit(Object.hasOwn(properties, key) ? properties[key] : part['additionalProperties'], member, refs);
      }
    }
  };
  visit(schema, value, 0);
  return [...found];
}

function collect(value: Json, found: Set<string>): void {
  if (typeof value === 'string' && value !== '') found.add(value);
  else if (typeof value === 'number') found.add(String(value));
  else if (Array.isArray(value)) for (const item of value as readonly Json[]) collect(item, found);
  else if (isObject(value)) for (const member of Object.values(value)) if (member !== undefined) collect(member, found);
}

function lookUp(root: JsonObject, reference: string): Json | undefined {
  if (!reference.startsWith('#')) return undefined;
  let at: Json | undefined = root;
  for (const step of reference.slice(1).split('/').slice(1)) {
    const key = step.replaceAll('~1', '/').replaceAll('~0', '~');
    if (!isObject(at) || !Object.hasOwn(at, key)) return undefined;
    at = at[key];
  }
  return at;
}

function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
