import { parseJson } from './parse-json.ts';
import { parseYaml } from './parse-yaml.ts';
import type { ParsedFile } from './parsed.ts';
import type { Problem } from './problems.ts';

/** A config's text as data, by the name of its file: `.json` is JSON, all else YAML. Problems are returned, not thrown. */
export function parseText(text: string, name: string): ParsedFile {
  const parsed = name.toLowerCase().endsWith('.json') ? parseJson(text) : parseYaml(text);
  if (parsed.value !== null || parsed.problems.length > 0) return parsed;
  const empty: Problem = {
    place: { line: 1, column: 1 },
    key: '',
    message: text.trim() === '' ? 'the file is empty' : 'the file holds no keys',
    hint: 'the least there can be: plugins: {}',
  };
  return { ...parsed, problems: [empty] };
}
