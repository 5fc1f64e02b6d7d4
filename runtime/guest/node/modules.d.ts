declare module 'path-browserify';
declare module 'punycode/punycode.es6.js';
declare module 'string_decoder/';
declare module 'readable-stream/lib/ours/index.js';
declare module 'events/';
declare module 'url/';
