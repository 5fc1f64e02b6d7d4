import { applyEdits, findNodeAtLocation, modify, parseTree, type Node } from 'jsonc-parser';
import type { Json } from '../core/json.ts';
import type { Edit } from './edit.ts';

/** One edit of a JSON text; layout and order of the rest stay. */
export function editJson(text: string, { path, value, append = false }: Edit): string {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const source = text.trim() === '' ? `{}${eol}` : text;
  const root = parseTree(source);
  const there = root && findNodeAtLocation(root, [...path]);
  if (append && there?.type === 'array' && value !== undefined) return appendItem(source, there, value, eol);
  const scalar = value === undefined || typeof value !== 'object';
  if (root && !there && !scalar) return insert(source, root, path, value, eol);
  return applyEdits(source, modify(source, [...path], value, {}));
}

/** Behind the last item, laid out as that one is. */
function appendItem(text: string, list: Node, value: Json, eol: string): string {
  const last = list.children?.at(-1);
  if (last === undefined) return text;
  const end = last.offset + last.length;
  const before = text.slice(0, last.offset);
  const line = before.slice(before.lastIndexOf('\n') + 1);
  const gap = line.trim() === '' ? `${eol}${line}` : ' ';
  return `${text.slice(0, end)},${gap}${JSON.stringify(value)}${text.slice(end)}`;
}

/** A new last member of the deepest object of the path that is there. */
function insert(text: string, root: Node, path: readonly string[], value: Json, eol: string): string {
  let depth = path.length - 1;
  while (depth > 0 && !findNodeAtLocation(root, path.slice(0, depth))) depth -= 1;
  const holder = findNodeAtLocation(root, path.slice(0, depth)) ?? root;
  const unit = /^([ \t]+)\S/m.exec(text)?.[1] ?? '  ';
  const pad = unit.repeat(depth + 1);
  const inside = path.slice(depth + 1).reduceRight<Json>((member, key) => ({ [key]: member }), value);
  const body = JSON.stringify(inside, null, unit).replaceAll('\n', `${eol}${pad}`);
  const member = `${eol}${pad}${JSON.stringify(path[depth])}: ${body}`;
  const last = holder.children?.at(-1);
  if (last) {
    const end = last.offset + last.length;
    return `${text.slice(0, end)},${member}${text.slice(end)}`;
  }
  const close = holder.offset + holder.length;
  return `${text.slice(0, holder.offset)}{${member}${eol}${unit.repeat(depth)}}${text.slice(close)}`;
}
