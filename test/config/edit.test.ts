import { describe, expect, test } from 'vitest';
import {
  addException,
  addPlugin,
  removePlugin,
  setEnabled,
  setPermissions,
  setPluginKey,
} from '../../src/config/edit.ts';

const yaml = (text: string) => ({ text, file: 'plugins.yaml' });
const json = (text: string) => ({ text, file: 'plugins.json' });

const FILE = `# My plugins
plugins:
  # The first
  agent-cli:   # on the line
    enabled: true      # yes
    config: { token: "\${TOKEN}", list: [1,2] }

  other:
    enabled:    false
    source: ./other
    permissions:
      net:
        - a.example   # the API
    # the end of other

# paths
plugin_paths: [ "./plugins" ]
`;

describe('edits of YAML keep everything else', () => {
  test('setEnabled() changes one word', () => {
    expect(setEnabled(yaml(FILE), 'agent-cli', false)).toBe(FILE.replace('true      # yes', 'false      # yes'));
    expect(setEnabled(yaml(FILE), 'other', true)).toBe(FILE.replace('enabled:    false', 'enabled:    true'));
    expect(setEnabled(yaml(FILE), 'agent-cli', true)).toBe(FILE);
  });

  test('addPlugin() adds lines after the last plugin', () => {
    const entry = { enabled: true, source: 'https://x.example/mod.ts', permissions: { net: ['b.example:443'] } };
    const added = addPlugin(yaml(FILE), 'greeter', entry);
    const lines =
      '  greeter:\n    enabled: true\n    source: https://x.example/mod.ts\n    permissions:\n      net:\n        - b.example:443\n';
    expect(added).toBe(FILE.replace('# the API\n', `# the API\n${lines}`));
    expect(removePlugin(yaml(added), 'greeter')).toBe(FILE);
  });

  test('removePlugin() removes the lines of the plugin alone', () => {
    expect(removePlugin(yaml(FILE), 'agent-cli')).toBe(FILE.replace(/ {2}agent-cli:[^]*list: \[1,2\] \}\n/, ''));
    const once = removePlugin(yaml('plugins:\n  a:\n    enabled: true\nauto_load: true\n'), 'a');
    expect(once).toBe('plugins: {}\nauto_load: true\n');
    expect(addPlugin(yaml(once), 'b', { enabled: true })).toBe('plugins:\n  b:\n    enabled: true\nauto_load: true\n');
  });

  test('setPermissions() replaces, adds and removes', () => {
    const replaced = setPermissions(yaml(FILE), 'other', { env: ['X'] });
    expect(replaced).toBe(FILE.replace('      net:\n        - a.example   # the API\n', '      env:\n        - X\n'));
    const added = setPermissions(yaml(FILE), 'agent-cli', { net: ['c.example'], events: { publish: ['a.*'] } });
    expect(added).toContain(
      'list: [1,2] }\n    permissions:\n      net:\n        - c.example\n      events:\n        publish:\n          - a.*\n',
    );
    expect(added).toContain('  # The first\n  agent-cli:   # on the line\n');
    expect(setPermissions(yaml(FILE), 'other', {})).not.toContain('permissions');
  });

  test.each<[string, string, string]>([
    ['an empty file', '', 'plugins:\n  b:\n    enabled: true\n'],
    ['comments alone', '# none yet\n', '# none yet\nplugins:\n  b:\n    enabled: true\n'],
    ['no plugins key', 'auto_load: true\n', 'auto_load: true\nplugins:\n  b:\n    enabled: true\n'],
    ['plugins without a value', 'plugins:\nauto_load: true\n', 'plugins:\n  b:\n    enabled: true\nauto_load: true\n'],
    ['an empty map with a comment', 'plugins: {} # none\n', 'plugins: # none\n  b:\n    enabled: true\n'],
    [
      'no final line feed',
      'plugins:\n  a: { enabled: true }',
      'plugins:\n  a: { enabled: true }\n  b:\n    enabled: true\n',
    ],
    ['a flow map', 'plugins: { a: {enabled: true} }\n', 'plugins: { a: {enabled: true}, "b": {"enabled":true} }\n'],
    [
      'four columns',
      'plugins:\n    a:\n        enabled: true\n',
      'plugins:\n    a:\n        enabled: true\n    b:\n        enabled: true\n',
    ],
    [
      'CRLF',
      'plugins:\r\n  a: { enabled: true }\r\n',
      'plugins:\r\n  a: { enabled: true }\r\n  b:\r\n    enabled: true\r\n',
    ],
    ['a BOM', '\uFEFFplugins: {}\n', '\uFEFFplugins:\n  b:\n    enabled: true\n'],
    [
      'a document mark',
      '---\nplugins:\n  a: { enabled: true }\n...\n',
      '---\nplugins:\n  a: { enabled: true }\n  b:\n    enabled: true\n...\n',
    ],
    [
      'a block text at the end',
      'plugins:\n  a:\n    enabled: true\n    config:\n      t: |\n        one\n\n        two\n',
      'plugins:\n  a:\n    enabled: true\n    config:\n      t: |\n        one\n\n        two\n  b:\n    enabled: true\n',
    ],
  ])('addPlugin() to %s', (_what, before, after) => {
    expect(addPlugin(yaml(before), 'b', { enabled: true })).toBe(after);
  });

  test('edits of flow maps', () => {
    const flow = 'plugins: { a: { enabled: true }, b: { enabled: true } } # all\n';
    expect(setEnabled(yaml(flow), 'a', false)).toBe(flow.replace('a: { enabled: true', 'a: { enabled: false'));
    expect(removePlugin(yaml(flow), 'a')).toContain('b: { enabled: true } } # all');
    expect(setPermissions(yaml(flow), 'b', { net: ['x'] })).toContain(
      'b: { enabled: true, "permissions": {"net":["x"]} }',
    );
  });

  test('quotes what YAML would take for something else', () => {
    const entry = { enabled: true, source: './a: b # c', config: { yes: 'true', n: '1', hash: '#x' } };
    const text = addPlugin(yaml('plugins: {}\n'), 'null', entry);
    expect(setEnabled(yaml(text), 'null', false)).toBe(text.replace('enabled: true', 'enabled: false'));
  });
});

describe('addException()', () => {
  const exception = { plugin: 'greeter', reason: 'moves to: CI # signing', expires: '2026-12-31' };
  const FLOW = `{ plugin: greeter, reason: "moves to: CI # signing", expires: 2026-12-31 }`;

  test.each<[string, string, string]>([
    [
      'a config without trust',
      '# mine\nplugins: {} # none\n',
      '# mine\nplugins: {} # none\ntrust:\n  exceptions:\n    - plugin: greeter\n      reason: "moves to: CI # signing"\n      expires: 2026-12-31\n',
    ],
    [
      'trust with an empty list',
      'trust:\n  require: signed # always\n  exceptions: []\nplugins: {}\n',
      'trust:\n  require: signed # always\n  exceptions:\n    - plugin: greeter\n      reason: "moves to: CI # signing"\n      expires: 2026-12-31\nplugins: {}\n',
    ],
    [
      'a list in blocks, with comments',
      'trust:\n  exceptions:\n    # the first\n    - plugin: a   # this one\n      reason: b\n      expires: "2026-01-01"   # soon\n    # the end\nplugins: {}\n',
      `trust:\n  exceptions:\n    # the first\n    - plugin: a   # this one\n      reason: b\n      expires: "2026-01-01"   # soon\n    - ${FLOW}\n    # the end\nplugins: {}\n`,
    ],
    [
      'a list of lines, without a final line feed',
      'trust:\n  exceptions:\n  - { plugin: a, reason: b, expires: "2026-01-01" } # soon',
      `trust:\n  exceptions:\n  - { plugin: a, reason: b, expires: "2026-01-01" } # soon\n  - ${FLOW}\n`,
    ],
    [
      'a list on one line',
      'trust: { exceptions: [{ plugin: a, reason: b, expires: "2026-01-01" }] } # all\n',
      `trust: { exceptions: [{ plugin: a, reason: b, expires: "2026-01-01" }, ${FLOW}] } # all\n`,
    ],
    [
      'CRLF',
      'trust:\r\n  exceptions:\r\n    - { plugin: a, reason: b, expires: "2026-01-01" }\r\nplugins: {}\r\n',
      `trust:\r\n  exceptions:\r\n    - { plugin: a, reason: b, expires: "2026-01-01" }\r\n    - ${FLOW}\r\nplugins: {}\r\n`,
    ],
  ])('to %s', (_what, before, after) => {
    expect(addException(yaml(before), exception)).toBe(after);
  });

  test('to JSON, one a line and on one line', () => {
    const item = JSON.stringify(exception);
    const begun = addException(json('{\n  "plugins": {}\n}\n'), exception);
    expect(JSON.parse(begun)).toEqual({ plugins: {}, trust: { exceptions: [exception] } });
    expect(addException(json('{"trust": {"exceptions": [1]}}'), exception)).toBe(
      `{"trust": {"exceptions": [1, ${item}]}}`,
    );
    expect(addException(json('{"trust": {\n  "exceptions": [\n    1\n  ]\n}}'), exception)).toBe(
      `{"trust": {\n  "exceptions": [\n    1,\n    ${item}\n  ]\n}}`,
    );
  });

  test('refuses a config whose exceptions are no list', () => {
    expect(() => addException(yaml('trust: [a]\n'), exception)).toThrow('cannot be edited in place');
  });
});

describe('edits of JSON keep layout and order', () => {
  const FILE_JSON =
    '{\n    "auto_load": true,\n    "plugins": {\n        "a": {"enabled": true, "x":[1, 2]}\n    }\n}\n';

  test('each of them', () => {
    expect(setEnabled(json(FILE_JSON), 'a', false)).toBe(FILE_JSON.replace('"enabled": true', '"enabled": false'));
    const added = addPlugin(json(FILE_JSON), 'b', { enabled: true });
    expect(added).toBe(
      FILE_JSON.replace('[1, 2]}\n', '[1, 2]},\n        "b": {\n            "enabled": true\n        }\n'),
    );
    expect(JSON.parse(removePlugin(json(added), 'a'))).toEqual({ auto_load: true, plugins: { b: { enabled: true } } });
    expect(addPlugin(json(''), 'b', { enabled: true })).toBe(
      '{\n  "plugins": {\n    "b": {\n      "enabled": true\n    }\n  }\n}\n',
    );
  });
});

describe('edits refuse', () => {
  test.each<[string, () => string, string]>([
    ['a name that is taken', () => addPlugin(yaml(FILE), 'other', {}), 'it has a plugin "other" already'],
    ['a name that is not there', () => removePlugin(yaml(FILE), 'nobody'), 'it has no plugin "nobody"'],
    ['an inherited name', () => removePlugin(yaml(FILE), 'constructor'), 'it has no plugin "constructor"'],
    ['a file with errors', () => setEnabled(yaml('plugins:\n\ta: 1\n'), 'a', true), 'a tab cannot indent'],
    ['plugins that are a list', () => addPlugin(yaml('plugins: [a]\n'), 'b', {}), 'plugins is not a map'],
    [
      'an alias',
      () => setEnabled(yaml('x-a: &a { enabled: true, priority: 1 }\nplugins:\n  b: *a\n'), 'b', false),
      'plugins.b.enabled cannot be edited in place',
    ],
  ])('%s', (_what, run, message) => {
    expect(run).toThrow(message);
  });

  test('setPluginKey() leaves a text that says so already', () => {
    expect(setPluginKey(yaml(FILE), 'other', 'source', './other')).toBe(FILE);
  });
});

test.each([
  ['./b', './b'],
  ['a: b # c', "'a: b # c'"],
  ['true', '"true"'],
  ['', '""'],
  ['two\nlines', undefined],
])('setPluginKey() writes %j as a person would', (value, written) => {
  const text = setPluginKey(yaml(FILE), 'other', 'source', value);
  const quoted = (written ?? '').replaceAll("'", '"');
  expect(text.replaceAll("'", '"')).toContain(written === undefined ? 'source:' : `source: ${quoted}\n`);
  expect(setPluginKey(yaml(text), 'other', 'source', './other')).toContain('source: ./other\n');
});
