export * from 'punycode/punycode.es6.js';
export { default } from 'punycode/punycode.es6.js';
