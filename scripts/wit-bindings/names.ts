import type { Wit } from './wit.ts';

export const snake = (name: string): string => name.replaceAll('-', '_');
export const upper = (name: string): string => snake(name).toUpperCase();
export const pascal = (name: string): string =>
  name.replaceAll(/(?:^|-)([a-z0-9])/g, (_, first: string) => first.toUpperCase());
export const camel = (name: string): string =>
  name.replaceAll(/-([a-z0-9])/g, (_, first: string) => first.toUpperCase());

/** A word for a type that equal types share: `result-none-error`. */
export function wordOf(wit: Wit, type: number | undefined): string {
  if (type === undefined) return 'none';
  const shape = wit.shape(type);
  if (shape.kind === 'plain') return shape.name;
  if (shape.kind === 'members') return wit.nameOf(type);
  return [shape.name, ...shape.parts.map((part) => wordOf(wit, part?.id))].join('-');
}

/** The first line of what is generated, after the language's comment sign. */
export const GENERATED = 'Generated from runtime/wit by scripts/wit-bindings.ts: do not edit.';
