/** WIT types, each once: equal types have equal numbers, whatever they are called and wherever they were declared. */
import { MalformedBinary } from '../../../source/component/binary.ts';

/** A type as it was referred to. */
export interface TypeRef {
  readonly id: number;
  /** What it is called there. */
  readonly name?: string;
}

export type Shape =
  | { readonly kind: 'plain'; readonly name: string; readonly handle?: Handle }
  /** `list`, `option`, `tuple`, …; a side of a result, and a payload, may be missing. */
  | { readonly kind: 'of'; readonly name: string; readonly parts: readonly (TypeRef | undefined)[] }
  | {
      /** `record`, `variant`, `enum`, `flags`: members in their order. */
      readonly kind: 'members';
      readonly name: string;
      readonly members: readonly (readonly [name: string, type: TypeRef | undefined])[];
    };

/** To a resource, by its number in the table. */
export interface Handle {
  readonly kind: 'own' | 'borrow';
  readonly resource: number;
}

export interface FunctionType {
  readonly parameters: readonly (readonly [name: string, type: TypeRef])[];
  readonly result: TypeRef | undefined;
  readonly asynchronous: boolean;
}

/** Characters of one printed type: names could stand for exponentially more. */
const MOST_TEXT = 2_000;
/** Types inside each other: whatever follows a type goes as deep. */
const MAX_DEPTH = 200;

export class TypeTable {
  readonly #ids = new Map<string, number>();
  readonly #shapes: Shape[] = [];
  readonly #depths: number[] = [];
  #resources = 0;
  /** What a record, variant, enum or flags was called first. */
  readonly #names = new Map<number, string>();

  /** Each is printed once. */
  readonly #texts = new Map<number, string>();

  /** Throws MalformedBinary for types that are nested too deeply. */
  id(shape: Shape): number {
    const key = keyOf(shape);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const inside = partsOf(shape).reduce((most, part) => Math.max(most, part === undefined ? 0 : this.#depth(part)), 0);
    const depth = inside + 1;
    if (depth > MAX_DEPTH) throw new MalformedBinary('its types are nested too deeply');
    this.#depths.push(depth);
    const id = this.#shapes.push(shape) - 1;
    this.#ids.set(key, id);
    return id;
  }

  shape(id: number): Shape {
    const shape = this.#shapes[id];
    if (shape === undefined) throw new RangeError(`there is no type ${id}`);
    return shape;
  }

  #depth({ id }: TypeRef): number {
    return this.#depths[id] ?? 0;
  }

  newResource(): number {
    return this.#resources++;
  }

  named(id: number, name: string): TypeRef {
    if (this.shape(id).kind === 'members' && !this.#names.has(id)) this.#names.set(id, name);
    return { id, name };
  }

  /** In the words of WIT, types by their names. */
  print(ref: TypeRef): string {
    return ref.name ?? this.#names.get(ref.id) ?? this.printWhole(ref);
  }

  /** Without the name of the type itself. */
  printWhole({ id }: TypeRef): string {
    const known = this.#texts.get(id);
    if (known !== undefined) return known;
    const shape = this.shape(id);
    let text: string;
    if (shape.kind === 'plain') text = shape.name;
    else if (shape.kind === 'of') {
      const parts = shape.parts.map((part) => (part === undefined ? '_' : this.print(part)));
      while (parts.at(-1) === '_') parts.pop();
      text = parts.length === 0 ? shape.name : `${shape.name}<${parts.join(', ')}>`;
    } else {
      const members = shape.members.map(([name, type]) => {
        if (type === undefined) return name;
        return shape.name === 'record' ? `${name}: ${this.print(type)}` : `${name}(${this.print(type)})`;
      });
      text = `${shape.name} { ${members.join(', ')} }`;
    }
    if (text.length > MOST_TEXT) text = `${text.slice(0, MOST_TEXT)}…`;
    this.#texts.set(id, text);
    return text;
  }

  printFunction({ parameters, result, asynchronous }: FunctionType): string {
    const list = parameters.map(([name, type]) => `${name}: ${this.print(type)}`).join(', ');
    return `${asynchronous ? 'async ' : ''}func(${list})${result === undefined ? '' : ` -> ${this.print(result)}`}`;
  }
}

/** Numbers of resources are the table's, as those of types: two of a kind are two. */
export function handleTo(resource: number, kind: Handle['kind']): Shape {
  return { kind: 'plain', name: `${kind}<resource-${resource}>`, handle: { kind, resource } };
}

function partsOf(shape: Shape): readonly (TypeRef | undefined)[] {
  if (shape.kind === 'plain') return [];
  return shape.kind === 'of' ? shape.parts : shape.members.map(([, type]) => type);
}

function keyOf(shape: Shape): string {
  if (shape.kind === 'plain') return JSON.stringify([shape.name]);
  const parts = partsOf(shape).map((part) => part?.id ?? null);
  const names = shape.kind === 'of' ? [] : shape.members.map(([name]) => name);
  return JSON.stringify([shape.kind, shape.name, parts, names]);
}
