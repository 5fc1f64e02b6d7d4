import {
  Document,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  parseDocument,
  stringify,
  type Node,
  type Pair,
  type Scalar,
  type YAMLMap,
} from 'yaml';
import type { Json } from '../core/json.ts';
import type { Edit } from './edit.ts';

type NodePair = Pair<Node, Node | null>;

/**
 * Texts that may be the result of the edit, best first: the caller takes the first that says what it wants. The first touches
 * no other line; the second is the library's own, which keeps comments and order, but may set spaces anew.
 */
export function* editYaml(text: string, edit: Edit): Generator<string> {
  const eol = text.includes('\r\n') ? '\r\n' : '\n';
  const surgical = cut(text, edit, eol);
  if (surgical !== undefined) yield surgical;
  const document = parseDocument(text, { uniqueKeys: false });
  if (document.errors.length > 0) return;
  const holder: unknown = document.getIn(edit.path.slice(0, -1), true);
  if (holder !== undefined && !isMap(holder)) return;
  if (edit.append === true) document.addIn(edit.path, document.createNode(edit.value));
  else if (edit.value === undefined) document.deleteIn(edit.path);
  else document.setIn(edit.path, document.createNode(edit.value));
  yield document.toString({ lineWidth: 0 }).replaceAll('\n', eol);
}

function cut(text: string, { path, value, append: isItem = false }: Edit, eol: string): string | undefined {
  const root = parseDocument(text, { uniqueKeys: false }).contents;
  if (root === null) return value === undefined ? undefined : append(text, nest(path, value), eol, 2);
  if (!isMap(root)) return undefined;
  const step = stepOf(text, root);
  let map = root as YAMLMap<Node, Node | null>;
  for (const [index, key] of path.entries()) {
    const pair = pairOf(map, key);
    const rest = path.slice(index + 1);
    if (!pair) return value === undefined ? undefined : insert(text, map, nest([key, ...rest], value), eol, step);
    if (rest.length === 0 && isItem) return value === undefined ? undefined : appendItem(text, pair, value, eol);
    if (rest.length === 0) {
      return value === undefined ? remove(text, map, pair) : replace(text, pair, value, eol, step);
    }
    const below = pair.value;
    if (isMap(below) && below.items.length > 0) map = below as YAMLMap<Node, Node | null>;
    else return value === undefined ? undefined : replace(text, pair, nest(rest, value), eol, step);
  }
  return undefined;
}

/** A new last pair of a map. */
function insert(
  text: string,
  map: YAMLMap<Node, Node | null>,
  value: Json,
  eol: string,
  step: number,
): string | undefined {
  const last = map.items.at(-1);
  if (!last) return undefined;
  const end = endOf(last);
  if (map.flow) return `${text.slice(0, end)}, ${inner(value)}${text.slice(end)}`;
  const first = map.items[0]?.key.range?.[0];
  if (first === undefined) return undefined;
  const block = indented(value, columnOf(text, first), step, eol);
  const line = lineEnd(text, end);
  const before = text.slice(0, line);
  return `${before}${before.endsWith('\n') ? '' : eol}${block}${text.slice(line)}`;
}

/** A new last item of a list that has some. */
function appendItem(text: string, { value: list }: NodePair, value: Json, eol: string): string | undefined {
  const items = isSeq(list) ? (list.items as Node[]) : [];
  const [first, last] = [items[0], items.at(-1)];
  if (!isSeq(list) || first?.range == null || last === undefined) return undefined;
  const end = endOfNode(last);
  const written = flowOf(value);
  if (list.flow) return `${text.slice(0, end)}, ${written}${text.slice(end)}`;
  const dash = text.lastIndexOf('-', first.range[0] - 1);
  if (dash < 0) return undefined;
  const line = lineEnd(text, end);
  const before = text.slice(0, line);
  const item = `${before.endsWith('\n') ? '' : eol}${' '.repeat(columnOf(text, dash))}- ${written}${eol}`;
  return `${before}${item}${text.slice(line)}`;
}

/** On one line, as people write it: `{ plugin: x, expires: "2026-12-31" }`. */
function flowOf(value: Json): string {
  const document = new Document(value);
  if (isCollection(document.contents)) document.contents.flow = true;
  return document.toString({ lineWidth: 0 }).trimEnd();
}

/** Another value under a key that is there. */
function replace(text: string, pair: NodePair, value: Json, eol: string, step: number): string | undefined {
  const keyStart = pair.key.range?.[0];
  const keyEnd = pair.key.range?.[1];
  if (keyStart === undefined || keyEnd === undefined) return undefined;
  const colon = text.indexOf(':', keyEnd) + 1;
  const end = pair.value?.range ? Math.max(endOf(pair), colon) : colon;
  const isBlock = typeof value === 'object' && value !== null && Object.keys(value).length > 0;
  const flow = isCollection(pair.value) && pair.value.flow && pair.value.items.length > 0;
  const inFlow = text.slice(lineStart(text, keyStart), keyStart).trim() !== '';
  if (!isBlock || flow || inFlow) {
    const start = isScalar(pair.value) ? (pair.value.range?.[0] ?? colon) : colon;
    const gap = start === colon ? ' ' : '';
    const written =
      inFlow || typeof value === 'object' ? JSON.stringify(value) : stringify(value, { lineWidth: 0 }).trimEnd();
    return `${text.slice(0, start)}${gap}${written}${text.slice(end)}`;
  }
  const block = indented(value, columnOf(text, keyStart) + step, step, eol);
  const line = lineEnd(text, end);
  const comment = text.slice(colon, end).includes('\n') ? '' : text.slice(end, line).trim();
  return `${text.slice(0, colon)}${comment === '' ? '' : ` ${comment}`}${eol}${block}${text.slice(line)}`;
}

/** A pair's own lines; comments above it stay. */
function remove(text: string, map: YAMLMap<Node, Node | null>, pair: NodePair): string | undefined {
  const start = pair.key.range?.[0];
  if (map.flow || start === undefined) return undefined;
  const from = lineStart(text, start);
  if (text.slice(from, start).trim() !== '') return undefined;
  const to = lineEnd(text, endOf(pair));
  const without = text.slice(0, from) + text.slice(to);
  if (map.items.length > 1) return without;
  // A map that loses its last pair must stay a map.
  const colon = text.slice(0, from).trimEnd().lastIndexOf(':');
  const between = text.slice(colon + 1, from);
  return between.trim() === ''
    ? `${text.slice(0, colon + 1)} {}${text.slice(colon + 1, from)}${text.slice(to)}`
    : undefined;
}

function append(text: string, value: Json, eol: string, step: number): string {
  const gap = text === '' || text.endsWith('\n') ? '' : eol;
  return `${text}${gap}${indented(value, 0, step, eol)}`;
}

function pairOf(map: YAMLMap<Node, Node | null>, key: string): NodePair | undefined {
  return map.items.find((item) => isScalar(item.key) && keyText(item.key) === key);
}

function keyText(key: Scalar): string | undefined {
  return typeof key.value === 'string' ? key.value : key.source;
}

/** Where the content of a pair ends, without comments that follow it. */
function endOf(pair: NodePair): number {
  return Math.max(endOfNode(pair.key) + 1, endOfNode(pair.value));
}

function endOfNode(node: Node | null | undefined): number {
  if (!node) return 0;
  if (isCollection(node) && !node.flow) {
    const last: unknown = node.items.at(-1);
    if (last === undefined) return node.range?.[1] ?? 0;
    return isMap(node) ? endOf(last as NodePair) : endOfNode(last as Node);
  }
  return node.range?.[1] ?? 0;
}

function nest(path: readonly string[], value: Json): Json {
  return path.reduceRight<Json>((inside, key) => ({ [key]: inside }), value);
}

function indented(value: Json, column: number, step: number, eol: string): string {
  const pad = ' '.repeat(column);
  return stringify(value, { indent: step, lineWidth: 0 })
    .replace(/\n$/, '')
    .split('\n')
    .map((line) => (line === '' ? eol : `${pad}${line}${eol}`))
    .join('');
}

/** `"a": 1` of `{"a": 1}`. */
function inner(value: Json): string {
  return JSON.stringify(value)
    .slice(1, -1)
    .replace(/^("[^"]*"):/, '$1: ');
}

/** Columns that one level is indented by, as the file itself does it. */
function stepOf(text: string, root: YAMLMap<Node, Node | null>): number {
  for (const { key, value } of root.items) {
    const below = isMap(value) && !value.flow ? (value.items[0] as NodePair | undefined)?.key.range?.[0] : undefined;
    const own = key.range?.[0];
    if (below !== undefined && own !== undefined) return Math.max(1, columnOf(text, below) - columnOf(text, own));
  }
  return 2;
}

function lineStart(text: string, offset: number): number {
  return text.lastIndexOf('\n', offset - 1) + 1;
}

/** Past the line's end, its line feed included. An offset that begins a line is an end already. */
function lineEnd(text: string, offset: number): number {
  if (offset > 0 && text[offset - 1] === '\n') return offset;
  const end = text.indexOf('\n', offset);
  return end === -1 ? text.length : end + 1;
}

function columnOf(text: string, offset: number): number {
  return offset - lineStart(text, offset);
}
