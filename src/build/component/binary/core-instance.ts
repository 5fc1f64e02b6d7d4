import type { PlanCoreItem } from '../../../protocol/component-plan.ts';
import { type Cursor, MalformedBinary } from '../../../source/component/binary.ts';
import type { Component } from '../types/component.ts';
import { there } from '../types/scope.ts';
import { checkName } from './core-names.ts';

const INSTANCE = 0x12;

/** A module with what it is linked with, or a bundle of exports. */
export function readCoreInstance(cursor: Cursor, { core }: Component): void {
  if (cursor.byte() === 0) {
    const index = cursor.u32();
    const linked = cursor.list(() => {
      const name = coreName(cursor);
      if (cursor.byte() !== INSTANCE) throw new MalformedBinary('a core module is given no instance');
      return [name, indexIn(core.instances, cursor)] as const;
    });
    const module = core.modules[indexOf(core.modules, index)];
    core.instances.push(module === undefined ? undefined : { module: module.name, with: linked });
    return;
  }
  const items = cursor.list(() => [coreName(cursor), readItem(cursor, core)] as const);
  core.instances.push({ items });
}

function readItem(cursor: Cursor, core: Component['core']): PlanCoreItem {
  const sort = cursor.byte();
  switch (sort) {
    case 0x00:
      return { function: indexIn(core.functions, cursor) };
    case 0x01:
      return { alias: there(core.tables[cursor.u32()]) };
    case 0x02:
      return { memory: indexIn(core.memories, cursor) };
    case 0x03:
      return { alias: there(core.globals[cursor.u32()]) };
    case 0x04:
      return { alias: there(core.tags[cursor.u32()]) };
    default:
      throw new MalformedBinary(`a core instance has something of sort ${sort}, which is not supported`);
  }
}

/** What the next index of this sort is: an export of a core instance. */
export function readCoreAlias(cursor: Cursor, { core }: Component, sort: number): void {
  const from = [indexIn(core.instances, cursor), coreName(cursor)] as const;
  if (sort === 0x00) core.functions.push({ kind: 'alias', from });
  else if (sort === 0x01) core.tables.push(from);
  else if (sort === 0x02) core.memories.push(from);
  else if (sort === 0x03) core.globals.push(from);
  else if (sort === 0x04) core.tags.push(from);
  else throw new MalformedBinary(`an alias is of core sort ${sort}, which is not supported`);
}

/** An index that is one of this space. */
export function indexIn(space: readonly unknown[], cursor: Cursor): number {
  return indexOf(space, cursor.u32());
}

function indexOf(space: readonly unknown[], index: number): number {
  if (index >= space.length) throw new MalformedBinary('an index is of nothing');
  return index;
}

function coreName(cursor: Cursor): string {
  const name = cursor.text();
  checkName(name);
  return name;
}
