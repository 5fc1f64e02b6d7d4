import { File, isBlob, isFile } from './blob.ts';
import { expose, needArguments, usv } from './idl.ts';
import { PrimordialTypeError, apply, isCallable } from './primordials.ts';

export type FormValue = string | File;
type Entry = [name: string, value: FormValue];

let entriesInside: (form: FormData) => readonly Entry[];

export class FormData {
  #entries: Entry[] = [];

  static {
    entriesInside = (form) => form.#entries;
  }

  constructor(form?: unknown) {
    if (form !== undefined) throw new PrimordialTypeError('FormData: there are no form elements here');
  }

  append(name: unknown, value: unknown, fileName?: unknown): void {
    needArguments(arguments.length, 2, 'FormData.append');
    this.#entries[this.#entries.length] = entry(name, value, fileName);
  }
  set(name: unknown, value: unknown, fileName?: unknown): void {
    needArguments(arguments.length, 2, 'FormData.set');
    const added = entry(name, value, fileName);
    const at = this.#entries.findIndex((other) => other[0] === added[0]);
    if (at < 0) this.#entries[this.#entries.length] = added;
    else
      this.#entries = this.#entries
        .filter((other, index) => index < at || other[0] !== added[0])
        .toSpliced(at, 0, added);
  }
  delete(name: unknown): void {
    needArguments(arguments.length, 1, 'FormData.delete');
    const key = usv(name);
    this.#entries = this.#entries.filter((other) => other[0] !== key);
  }
  get(name: unknown): FormValue | null {
    needArguments(arguments.length, 1, 'FormData.get');
    const key = usv(name);
    return this.#entries.find((other) => other[0] === key)?.[1] ?? null;
  }
  getAll(name: unknown): FormValue[] {
    needArguments(arguments.length, 1, 'FormData.getAll');
    const key = usv(name);
    return this.#entries.filter((other) => other[0] === key).map((other) => other[1]);
  }
  has(name: unknown): boolean {
    needArguments(arguments.length, 1, 'FormData.has');
    const key = usv(name);
    return this.#entries.some((other) => other[0] === key);
  }
  forEach(callback: unknown, self?: unknown): void {
    if (!isCallable(callback)) throw new PrimordialTypeError('FormData.forEach: the callback must be a function');
    for (const [name, value] of this.entries()) apply(callback, self, [value, name, this]);
  }
  *entries(): Generator<Entry> {
    for (let at = 0; at < this.#entries.length; at++) {
      const [name, value] = this.#entries[at] as Entry;
      yield [name, value];
    }
  }
  *keys(): Generator<string> {
    for (const [name] of this.entries()) yield name;
  }
  *values(): Generator<FormValue> {
    for (const [, value] of this.entries()) yield value;
  }
  declare [Symbol.iterator]: () => Generator<Entry>;
}
Reflect.defineProperty(FormData.prototype, Symbol.iterator, {
  value: FormData.prototype.entries,
  writable: true,
  configurable: true,
});
expose(FormData, 'FormData');

export function isFormData(value: unknown): value is FormData {
  return value instanceof FormData;
}

export function formEntries(form: FormData): readonly Entry[] {
  return entriesInside(form);
}

function entry(name: unknown, value: unknown, fileName: unknown): Entry {
  const key = usv(name);
  if (!isBlob(value)) {
    if (fileName !== undefined) throw new PrimordialTypeError('FormData: a file name belongs to a Blob');
    return [key, usv(value)];
  }
  if (isFile(value) && fileName === undefined) return [key, value];
  const called = fileName === undefined ? 'blob' : usv(fileName);
  const lastModified = isFile(value) ? value.lastModified : undefined;
  return [
    key,
    new File([value], called, lastModified === undefined ? { type: value.type } : { type: value.type, lastModified }),
  ];
}
