/** Statements for `top` of a case: ways to look for what lies beyond the realm. What they find is in `found`. */
export const HUNT = String.raw`
const found = [];
const visited = new Set();
/** Follows a value's constructors to a realm, and looks there for secrets. */
let hunting = false;
function hunt(where, value) {
  if (hunting) return;
  hunting = true;
  try { follow(where, value); } finally { hunting = false; }
}
function follow(where, value) {
  let at = value;
  for (let depth = 0; depth < 8 && at !== null && at !== undefined; depth += 1) {
    try {
      const F = at.constructor?.constructor;
      if (typeof F === 'function') {
        const realm = F('return globalThis')();
        if (realm !== globalThis && typeof realm?.Array === 'function') found.push(where + ' is of another realm');
        const secret = realm.process?.env?.AITBC_CANARY_ENV ?? realm.canary;
        if (secret !== undefined) found.push(where + ': ' + secret);
      }
    } catch {}
    try { at = Object.getPrototypeOf(at); } catch { break; }
  }
}
/** Everything that can be reached from a value. */
function walk(where, value, depth = 0) {
  if ((typeof value !== 'object' && typeof value !== 'function') || value === null || visited.has(value) || depth > 12) return;
  visited.add(value);
  hunt(where, value);
  let keys = [];
  try { keys = Reflect.ownKeys(value); } catch {}
  for (const key of keys) {
    let descriptor;
    try { descriptor = Reflect.getOwnPropertyDescriptor(value, key); } catch {}
    for (const part of ['value', 'get', 'set']) walk(where + '.' + String(key), descriptor?.[part], depth + 1);
  }
  try { walk(where + '.__proto__', Object.getPrototypeOf(value), depth + 1); } catch {}
}
/** Every host API once, each refused or harmless; resolves to what they settled with. */
async function useAll(context) {
  const settled = [];
  const attempt = async (work) => { try { settled.push(await work()); } catch (error) { settled.push(error); } };
  await attempt(() => context.logger.info('x', { a: 1 }));
  await attempt(() => context.env('AITBC_CANARY_ENV'));
  await attempt(() => context.services.vault.open());
  await attempt(() => context.apiClient.get({ a: [1] }));
  await attempt(() => context.plugin('victim').reveal());
  await attempt(() => context.eventBus.publish('victim.secret', { a: 1 }));
  await attempt(() => context.eventBus.subscribe('victim.*', () => 0));
  await attempt(() => context.registerService('mine', { f() {} }));
  await attempt(() => fetch('http://127.0.0.1:9/', { method: 'POST', body: 'x', headers: { a: 'b' } }));
  await attempt(() => new Promise((resolve) => setTimeout(resolve, 1)));
  await attempt(() => structuredClone({ a: new Map([[1, new Date()]]) }));
  await attempt(() => new URL('../x', 'https://example.com/a/b').href);
  await attempt(() => crypto.subtle.digest('SHA-256', new Uint8Array(3)));
  await attempt(() => crypto.randomUUID());
  await attempt(() => new TextDecoder().decode(new TextEncoder().encode('ü')));
  await attempt(() => btoa(atob('eA==')));
  await attempt(() => new Response('x').text());
  return settled;
}
`;
