/** WIT types, each once: equal types have equal numbers, whatever they are called and wherever they were declared. */

/** A type as it was referred to. */
export interface TypeRef {
  readonly id: number;
  /** What it is called there. */
  readonly name?: string;
}

export type Shape =
  | { readonly kind: 'plain'; readonly name: string }
  /** `list`, `option`, `tuple`, `own`, …; a side of a result, and a payload, may be missing. */
  | { readonly kind: 'of'; readonly name: string; readonly parts: readonly (TypeRef | undefined)[] }
  | {
      /** `record`, `variant`, `enum`, `flags`: members in their order. */
      readonly kind: 'members';
      readonly name: string;
      readonly members: readonly (readonly [name: string, type: TypeRef | undefined])[];
    };

export interface FunctionType {
  readonly parameters: readonly (readonly [name: string, type: TypeRef])[];
  readonly result: TypeRef | undefined;
  readonly asynchronous: boolean;
}

/** Characters of one printed type: names could stand for exponentially more. */
const MOST_TEXT = 2_000;

export class TypeTable {
  readonly #ids = new Map<string, number>();
  readonly #shapes: Shape[] = [];
  /** What a record, variant, enum or flags was called first. */
  readonly #names = new Map<number, string>();

  /** Each is printed once. */
  readonly #texts = new Map<number, string>();

  id(shape: Shape): number {
    const key = keyOf(shape);
    const known = this.#ids.get(key);
    if (known !== undefined) return known;
    const id = this.#shapes.push(shape) - 1;
    this.#ids.set(key, id);
    return id;
  }

  shape(id: number): Shape {
    const shape = this.#shapes[id];
    if (shape === undefined) throw new RangeError(`there is no type ${id}`);
    return shape;
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

function keyOf(shape: Shape): string {
  if (shape.kind === 'plain') return JSON.stringify([shape.name]);
  const parts =
    shape.kind === 'of'
      ? shape.parts.map((part) => part?.id ?? null)
      : shape.members.map(([name, type]) => [name, type?.id ?? null]);
  return JSON.stringify([shape.kind, shape.name, parts]);
}
