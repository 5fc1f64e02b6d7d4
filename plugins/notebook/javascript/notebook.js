// The notebook plugin in JavaScript as a component: keeps notes in /data, and uses all that the host gives. Same methods in
// every language.
import * as config from 'aitbc:plugin/config@1.0.0';
import * as events from 'aitbc:plugin/events@1.0.0';
import * as files from 'aitbc:plugin/files@1.0.0';
import * as http from 'aitbc:plugin/http@1.0.0';
import { write as log } from 'aitbc:plugin/log@1.0.0';
import { decode, encode } from '../../lib/javascript/utf8.js';

const heard = [];

/** The value of a host function; its error, `{ code, message }`, becomes an Error with the code. */
function ask(act) {
  try {
    return act();
  } catch (error) {
    const { code, message } = error.payload ?? error;
    throw Object.assign(new Error(`${code}: ${message}`), { code });
  }
}

const pathOf = (name) => `/data/${name}.txt`;

const run = {
  /** The config's greeting and the name. */
  greet(name) {
    const { greeting = 'Hello' } = JSON.parse(config.get());
    return `${greeting}, ${name}!`;
  },

  /** Keeps a note, logs it, and publishes `notes.written`; the note's size in bytes. */
  write(name, note) {
    const bytes = encode(note);
    ask(() => files.write(pathOf(name), bytes, 'replace'));
    log('info', `wrote ${name}`, '{}');
    ask(() => events.publish('notes.written', JSON.stringify({ name })));
    return bytes.length;
  },

  /** The note, or null. */
  read(name) {
    try {
      return decode(ask(() => files.read(pathOf(name))));
    } catch (error) {
      if (error.code === 'ENOENT') return null;
      throw error;
    }
  },

  /** {status, body}. */
  fetch(url) {
    const { status, body } = ask(() => http.fetch({ method: 'GET', url, headers: [], body: undefined }));
    return { status, body: decode(body) };
  },

  /** The topics of the events that came. */
  heard: () => heard,

  /** The same value. */
  echo: (value) => value,

  /** Always fails. */
  fail(reason) {
    throw new Error(reason);
  },
};

export const methods = {
  listMethods: () => Object.keys(run),

  call(method, args) {
    if (!Object.hasOwn(run, method)) throw `no method ${method}`;
    try {
      return JSON.stringify(run[method](...JSON.parse(args)) ?? null);
    } catch (error) {
      throw error.message;
    }
  },

  callService() {
    throw 'no service';
  },
};

export const lifecycle = {
  getMetadata: () => ({
    name: 'notebook-javascript',
    version: '1.0.0',
    description: 'Keeps notes, in JavaScript',
    author: 'The AITBC Plugins authors',
    license: 'MIT',
    keywords: [],
    dependencies: [],
    supportedPlatforms: [],
  }),

  getConfigSchema: () => '{}',
  initialize: () => true,

  start() {
    try {
      ask(() => events.subscribe('notes.#'));
    } catch (error) {
      throw error.message;
    }
    log('info', 'notebook is open', '{}');
    return true;
  },

  stop: () => true,
  cleanup: () => true,
  healthCheck: () => ({ healthy: true, details: '{}' }),

  handleEvent({ topic }) {
    if (heard.length === 100) throw 'too many events';
    heard.push(topic);
  },
};
