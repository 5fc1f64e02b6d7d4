import type { PlanType, TypeIndex } from '../../../../src/protocol/component-plan.ts';
import type { Codec } from './codec.ts';
import { option, record, result, tuple, variant } from './compounds.ts';
import { camel } from './names.ts';
import { bool, bytes, enumeration, flags, handle, integer, list, string, TYPED } from './scalars.ts';

/** The codec of each type of a plan, made when it is first needed. */
export function codecs(types: readonly PlanType[]): (index: TypeIndex) => Codec {
  const made: (Codec | undefined)[] = [];
  const codec = (index: TypeIndex): Codec => (made[index] ??= make(types[index] as PlanType));
  const optional = (index: TypeIndex | null): Codec | undefined => (index === null ? undefined : codec(index));
  const make = (type: PlanType): Codec => {
    switch (type.kind) {
      case 'bool':
        return bool;
      case 'string':
        return string;
      case 'list': {
        const { kind } = types[type.of] as PlanType;
        return kind === 'u8' ? bytes : list(codec(type.of), TYPED[kind]);
      }
      case 'option':
        return option(codec(type.of));
      case 'record':
        return record(type.fields.map(([name, of]) => [camel(name), codec(of)]));
      case 'tuple':
        return tuple(type.of.map(codec));
      case 'enum':
        return enumeration(type.names);
      case 'flags':
        return flags(type.names.map(camel));
      case 'variant':
        return variant(type.cases.map(([name, of]) => [name, optional(of)]));
      case 'result':
        return result(optional(type.ok), optional(type.err));
      case 'own':
      case 'borrow':
        return handle(type.kind, type.resource);
      default:
        return integer(type.kind);
    }
  };
  return codec;
}
