import type { FunctionType, TypeRef, TypeTable } from './type-table.ts';

/** Where two functions differ, and what each has there. */
export interface Difference {
  readonly place: string;
  readonly one: string;
  readonly other: string;
}

/** Undefined for functions of the same type. Names of parameters belong to it, as in the component model. */
export function functionDifference(
  table: TypeTable,
  name: string,
  one: FunctionType,
  other: FunctionType,
): Difference | undefined {
  if (sameFunction(one, other)) return undefined;
  const [first, second] = [table.printFunction(one), table.printFunction(other)];
  if (first !== second) return { place: name, one: first, other: second };
  // They look the same: what is behind one of the names is not.
  const types = ({ parameters, result }: FunctionType): (TypeRef | undefined)[] => [
    ...parameters.map(([, type]) => type),
    result,
  ];
  const others = types(other);
  const at = types(one).findIndex((type, index) => type?.id !== others[index]?.id);
  return typeDifference(table, name, types(one)[at], others[at]);
}

function sameFunction(one: FunctionType, other: FunctionType): boolean {
  return (
    one.asynchronous === other.asynchronous &&
    one.result?.id === other.result?.id &&
    one.parameters.length === other.parameters.length &&
    one.parameters.every(
      ([name, type], at) => name === other.parameters[at]?.[0] && type.id === other.parameters[at]?.[1].id,
    )
  );
}

/** Follows two types that differ to the place where they do. */
function typeDifference(
  table: TypeTable,
  place: string,
  one: TypeRef | undefined,
  other: TypeRef | undefined,
): Difference {
  if (one === undefined || other === undefined) {
    return { place, one: one === undefined ? '_' : table.print(one), other: other ? table.print(other) : '_' };
  }
  const here = one.name ?? place;
  const [left, right] = [table.shape(one.id), table.shape(other.id)];
  if (left.kind === 'of' && right.kind === 'of' && left.name === right.name) {
    const at = left.parts.findIndex((part, index) => part?.id !== right.parts[index]?.id);
    const [part, counterpart] = [left.parts[at], right.parts[at]];
    if (left.parts.length === right.parts.length && part !== undefined && counterpart !== undefined) {
      return typeDifference(table, here, part, counterpart);
    }
  }
  if (left.kind === 'members' && right.kind === 'members' && left.name === right.name) {
    const names = left.members.map(([name]) => name).join();
    const at = left.members.findIndex(([, type], index) => type?.id !== right.members[index]?.[1]?.id);
    const [name = '', type] = left.members[at] ?? [];
    if (names === right.members.map(([member]) => member).join() && at >= 0) {
      return typeDifference(table, `${table.print(one)}.${name}`, type, right.members[at]?.[1]);
    }
  }
  return { place: here, one: table.printWhole(one), other: table.printWhole(other) };
}
