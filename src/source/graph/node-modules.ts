/**
 * The `node:` modules a plugin can import, by name without the prefix: pure ones, and `fs` on the plugin's own mounts.
 * Each is one bundled file, `dist/guest/node/<file>.js`; the host provides them, so they stand in no lockfile.
 */
export const NODE_MODULES: ReadonlyMap<string, string> = new Map(
  [
    'assert',
    'assert/strict',
    'buffer',
    'crypto',
    'events',
    'fs',
    'fs/promises',
    'os',
    'path',
    'path/posix',
    'perf_hooks',
    'process',
    'punycode',
    'querystring',
    'stream',
    'stream/consumers',
    'stream/promises',
    'stream/web',
    'string_decoder',
    'timers',
    'timers/promises',
    'url',
    'util',
    'util/types',
  ].map((name) => [name, name.replaceAll('/', '_')]),
);
