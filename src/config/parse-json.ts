import { parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser';
import { pathText } from '../contract/explain.ts';
import { NotPlain } from '../contract/plain.ts';
import type { Json } from '../core/json.ts';
import { CONFIG_BOUNDS, createBudget, Places, type ParsedFile, type Path } from './parsed.ts';
import type { Place, Problem } from './problems.ts';

/** Strict JSON as data: no comments, no trailing commas, no duplicate keys. */
export function parseJson(text: string): ParsedFile {
  const place = placeIn(text);
  const places = new Places(place);
  const errors: ParseError[] = [];
  let root: Node | undefined;
  try {
    root = parseTree(text, errors, { disallowComments: true, allowTrailingComma: false });
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    return { value: null, places, problems: [{ place: undefined, key: '', message: 'is nested too deep' }] };
  }
  const problems: Problem[] = errors.map((error) => ({
    place: place(error.offset),
    key: '',
    message: MESSAGES[printParseErrorCode(error.error)] ?? 'is not valid JSON here',
  }));
  const spend = createBudget(CONFIG_BOUNDS);

  const convert = (node: Node | undefined, path: Path, depth: number): Json => {
    spend(depth);
    if (!node) return null;
    if (node.type === 'array') {
      return (node.children ?? []).map((item, index) => {
        places.add([...path, index], item.offset, undefined);
        return convert(item, [...path, index], depth + 1);
      });
    }
    if (node.type !== 'object') return scalar(node, path);
    const out: Record<string, Json> = {};
    for (const property of node.children ?? []) {
      const [keyNode, value] = property.children ?? [];
      const key = String(keyNode?.value);
      const here = [...path, key];
      const at = place(property.offset);
      if (key === '__proto__') problems.push({ place: at, key: pathText(here), message: 'is not an allowed key' });
      else if (Object.hasOwn(out, key)) {
        const first = places.of(here, 'key').line;
        problems.push({ place: at, key: pathText(here), message: `stands twice in this map, first at line ${first}` });
      } else {
        places.add(here, value?.offset ?? property.offset, property.offset);
        out[key] = convert(value, here, depth + 1);
      }
    }
    return out;
  };

  const scalar = (node: Node, path: Path): Json => {
    const value = node.value as string | number | boolean | null;
    if (typeof value !== 'number') return value;
    if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return value;
    problems.push({ place: place(node.offset), key: pathText(path), message: 'is too large to be exact as a number' });
    return 0;
  };

  try {
    return { value: convert(root, [], 0), places, problems };
  } catch (error) {
    if (!(error instanceof NotPlain)) throw error;
    return { value: null, places, problems: [...problems, { place: undefined, key: '', message: error.expected }] };
  }
}

function placeIn(text: string): (offset: number) => Place {
  const starts = [0];
  for (let index = text.indexOf('\n'); index !== -1; index = text.indexOf('\n', index + 1)) starts.push(index + 1);
  return (offset) => {
    const line = starts.findLastIndex((at) => at <= offset);
    return { line: line + 1, column: offset - (starts[line] ?? 0) + 1 };
  };
}

const MESSAGES: Readonly<Record<string, string>> = {
  InvalidSymbol: 'this is not JSON: a string needs double quotes',
  InvalidNumberFormat: 'this is not a number of JSON',
  PropertyNameExpected: 'a key in double quotes was expected',
  ValueExpected: 'a value was expected',
  ColonExpected: 'a colon was expected',
  CommaExpected: 'a comma was expected',
  CloseBraceExpected: 'a closing } was expected',
  CloseBracketExpected: 'a closing ] was expected',
  EndOfFileExpected: 'the end of the file was expected',
  InvalidCommentToken: 'JSON has no comments: use plugins.yaml for them',
  UnexpectedEndOfComment: 'JSON has no comments: use plugins.yaml for them',
  UnexpectedEndOfString: 'a string does not end',
  UnexpectedEndOfNumber: 'a number does not end',
  InvalidUnicode: 'an invalid \\u escape',
  InvalidEscapeCharacter: 'an invalid escape in a string',
  InvalidCharacter: 'a control character must be escaped in a string',
};
