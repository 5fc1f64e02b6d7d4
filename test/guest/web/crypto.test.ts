import { createHash, createPublicKey, createVerify, generateKeyPairSync, webcrypto } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Guest, createGuest, inNode } from '../harness.ts';

const HELPERS = `
  const hex = (bytes) => [...new Uint8Array(bytes)].map((byte) => byte.toString(16).padStart(2, '0')).join('');
  const text = (value) => new TextEncoder().encode(value);
  const { subtle } = crypto;
  const attempt = async (run) => { try { return hex(await run()); } catch (error) { return error.name; } };`;

/** Deterministic work that must answer as Node's webcrypto. */
const SAME: [title: string, body: string][] = [
  [
    'digest',
    `return Promise.all(['SHA-1', 'sha-256', { name: 'SHA-384' }, 'SHA-512', 'MD5'].map((name) => attempt(() => subtle.digest(name, text('abc')))));`,
  ],
  [
    'HMAC',
    `const key = await subtle.importKey('raw', text('key'), { name: 'HMAC', hash: 'SHA-256' }, true, ['sign', 'verify']); const mac = await subtle.sign('HMAC', key, text('data'));
    const jwk = await subtle.exportKey('jwk', key); const other = await subtle.importKey('raw', text('key'), { name: 'HMAC', hash: 'SHA-256' }, false, ['verify']);
    return [hex(mac), await subtle.verify('HMAC', key, mac, text('data')), await subtle.verify('HMAC', key, mac, text('datb')), jwk, key.algorithm, key.type, key.usages, key.extractable,
      await attempt(() => subtle.sign('HMAC', other, text('x'))), await attempt(() => subtle.exportKey('raw', other)), await attempt(() => subtle.importKey('raw', text('k'), { name: 'HMAC', hash: 'SHA-256' }, true, [])),
      await attempt(() => subtle.importKey('raw', text('k'), { name: 'HMAC', hash: 'SHA-256' }, true, ['encrypt']))];`,
  ],
  [
    'AES',
    `const raw = new Uint8Array(32).map((_, at) => at); const iv = new Uint8Array(12).fill(7); const block = new Uint8Array(16).fill(9);
    const key = async (name) => subtle.importKey('raw', raw, name, true, ['encrypt', 'decrypt']);
    const gcm = await key('AES-GCM'), cbc = await key('AES-CBC'), ctr = await key('AES-CTR');
    const sealed = await subtle.encrypt({ name: 'AES-GCM', iv, additionalData: text('aad'), tagLength: 96 }, gcm, text('secret'));
    const broken = new Uint8Array(sealed.slice(0)); broken[0] ^= 1;
    return [hex(sealed), hex(await subtle.decrypt({ name: 'AES-GCM', iv, additionalData: text('aad'), tagLength: 96 }, gcm, sealed)), await attempt(() => subtle.decrypt({ name: 'AES-GCM', iv, additionalData: text('aad'), tagLength: 96 }, gcm, broken)),
      hex(await subtle.encrypt({ name: 'AES-CBC', iv: block }, cbc, text('secret'))), await attempt(async () => subtle.decrypt({ name: 'AES-CBC', iv: block }, cbc, text('short'))),
      hex(await subtle.encrypt({ name: 'AES-CTR', counter: block, length: 64 }, ctr, text('secret'))), gcm.algorithm, (await subtle.exportKey('jwk', gcm)).alg,
      await attempt(() => subtle.importKey('raw', new Uint8Array(5), 'AES-GCM', true, ['encrypt'])), await attempt(() => subtle.encrypt({ name: 'AES-GCM', iv }, cbc, text('x')))];`,
  ],
  [
    'PBKDF2 and HKDF',
    `const password = await subtle.importKey('raw', text('pw'), 'PBKDF2', false, ['deriveBits', 'deriveKey']); const secret = await subtle.importKey('raw', text('ikm'), 'HKDF', false, ['deriveBits']);
    const derived = await subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt: text('s'), iterations: 1000 }, password, { name: 'AES-GCM', length: 128 }, true, ['encrypt']);
    return [hex(await subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-512', salt: text('salt'), iterations: 2000 }, password, 256)), hex(await subtle.exportKey('raw', derived)),
      hex(await subtle.deriveBits({ name: 'HKDF', hash: 'SHA-256', salt: text('salt'), info: text('info') }, secret, 136)), await attempt(() => subtle.importKey('raw', text('x'), 'PBKDF2', true, ['deriveBits']))];`,
  ],
  [
    'key forms of pairs',
    `const out = [];
    for (const [algorithm, usages] of [[{ name: 'ECDSA', namedCurve: 'P-256' }, ['sign', 'verify']], [{ name: 'ECDH', namedCurve: 'P-384' }, ['deriveBits']], [{ name: 'Ed25519' }, ['sign', 'verify']], [{ name: 'X25519' }, ['deriveBits']]]) {
      const { publicKey, privateKey } = await subtle.generateKey(algorithm, true, usages);
      const publicUses = usages.filter((use) => use === 'verify'), privateUses = usages.filter((use) => use !== 'verify');
      const raw = await subtle.exportKey('raw', publicKey), spki = await subtle.exportKey('spki', publicKey), pkcs8 = await subtle.exportKey('pkcs8', privateKey), jwk = await subtle.exportKey('jwk', privateKey);
      const again = await subtle.importKey('raw', raw, algorithm, true, publicUses); const fromJwk = await subtle.importKey('jwk', jwk, algorithm, true, privateUses);
      out.push([raw.byteLength, spki.byteLength, Object.keys(jwk).sort(), jwk.kty, jwk.crv, hex(await subtle.exportKey('spki', again)) === hex(spki), hex(await subtle.exportKey('pkcs8', fromJwk)) === hex(pkcs8), publicKey.type, privateKey.usages, publicKey.usages, privateKey.algorithm]);
    }
    return out;`,
  ],
];

describe('crypto in the guest', () => {
  let guest: Guest;
  beforeAll(async () => {
    guest = await createGuest();
  });
  afterAll(() => guest.dispose());

  it.each(SAME)('%s as in Node', async (_title, body) => {
    expect(await guest.run(HELPERS + body)).toEqual(await inNode(HELPERS + body));
  });

  it('signs what Node verifies, and verifies what Node signed', async () => {
    const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
    const pair = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
    const data = new TextEncoder().encode('signed');
    const signature = Buffer.from(await webcrypto.subtle.sign(algorithm, pair.privateKey, data)).toString('hex');
    const jwk = JSON.stringify(await webcrypto.subtle.exportKey('jwk', pair.privateKey));
    const made = await guest.run<{ verified: boolean; wrong: boolean; signature: string }>(`${HELPERS}
      const jwk = ${jwk}; const algorithm = ${JSON.stringify(algorithm)}; const bytes = new Uint8Array('${signature}'.match(/../g).map((pair) => parseInt(pair, 16)));
      const { d, ...open } = jwk; open.key_ops = ['verify'];
      const publicKey = await subtle.importKey('jwk', open, algorithm, true, ['verify']); const privateKey = await subtle.importKey('jwk', jwk, algorithm, false, ['sign']);
      return { verified: await subtle.verify(algorithm, publicKey, bytes, text('signed')), wrong: await subtle.verify(algorithm, publicKey, bytes, text('other')), signature: hex(await subtle.sign(algorithm, privateKey, text('signed'))) };`);
    expect(made).toMatchObject({ verified: true, wrong: false });
    const verified = await webcrypto.subtle.verify(algorithm, pair.publicKey, Buffer.from(made.signature, 'hex'), data);
    expect(verified).toBe(true);
  });

  it('agrees on a secret with Node', async () => {
    const algorithm = { name: 'X25519' };
    const mine = (await webcrypto.subtle.generateKey(algorithm, true, ['deriveBits'])) as webcrypto.CryptoKeyPair;
    const raw = Buffer.from(await webcrypto.subtle.exportKey('raw', mine.publicKey)).toString('hex');
    const theirs = await guest.run<{ raw: string; secret: string }>(`${HELPERS}
      const pair = await subtle.generateKey('X25519', false, ['deriveBits']); const bytes = new Uint8Array('${raw}'.match(/../g).map((pair) => parseInt(pair, 16)));
      const other = await subtle.importKey('raw', bytes, 'X25519', true, []);
      return { raw: hex(await subtle.exportKey('raw', pair.publicKey)), secret: hex(await subtle.deriveBits({ name: 'X25519', public: other }, pair.privateKey, null)) };`);
    const other = await webcrypto.subtle.importKey('raw', Buffer.from(theirs.raw, 'hex'), algorithm, true, []);
    const secret = await webcrypto.subtle.deriveBits({ name: 'X25519', public: other }, mine.privateKey, 256);
    expect(Buffer.from(secret).toString('hex')).toBe(theirs.secret);
  });

  it('signs and encrypts with RSA keys of Node', async () => {
    const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
    const pkcs8 = privateKey.export({ format: 'der', type: 'pkcs8' }).toString('base64');
    const spki = publicKey.export({ format: 'der', type: 'spki' }).toString('base64');
    const made = await guest.run<{
      pkcs1: string;
      pss: boolean;
      opened: string;
      modulus: number;
      exponent: number[];
    }>(`${HELPERS}
      const der = (value) => Uint8Array.from(atob(value), (char) => char.charCodeAt(0)); const hash = 'SHA-256'; const data = text('rsa');
      const importBoth = async (name, mine, theirs) => [await subtle.importKey('pkcs8', der('${pkcs8}'), { name, hash }, false, [mine]), await subtle.importKey('spki', der('${spki}'), { name, hash }, false, [theirs])];
      const [signer] = await importBoth('RSASSA-PKCS1-v1_5', 'sign', 'verify'); const [pssSigner, pssVerifier] = await importBoth('RSA-PSS', 'sign', 'verify'); const [opener, sealer] = await importBoth('RSA-OAEP', 'decrypt', 'encrypt');
      const pss = { name: 'RSA-PSS', saltLength: 32 };
      return { pkcs1: hex(await subtle.sign('RSASSA-PKCS1-v1_5', signer, data)), pss: await subtle.verify(pss, pssVerifier, await subtle.sign(pss, pssSigner, data), data),
        opened: new TextDecoder().decode(await subtle.decrypt('RSA-OAEP', opener, await subtle.encrypt('RSA-OAEP', sealer, data))), modulus: signer.algorithm.modulusLength, exponent: [...signer.algorithm.publicExponent] };`);
    expect(made).toMatchObject({ pss: true, opened: 'rsa', modulus: 2048, exponent: [1, 0, 1] });
    const key = createPublicKey({ key: Buffer.from(spki, 'base64'), format: 'der', type: 'spki' });
    expect(createVerify('sha256').update('rsa').verify(key, Buffer.from(made.pkcs1, 'hex'))).toBe(true);
  });

  it('wraps a key and unwraps it', async () => {
    const seen = await guest.run<unknown[]>(`${HELPERS}
      const wrapper = await subtle.generateKey({ name: 'AES-GCM', length: 256 }, false, ['wrapKey', 'unwrapKey']); const inner = await subtle.generateKey({ name: 'HMAC', hash: 'SHA-256' }, true, ['sign']);
      const how = { name: 'AES-GCM', iv: new Uint8Array(12) };
      return Promise.all(['raw', 'jwk'].map(async (form) => hex(await subtle.exportKey('raw', await subtle.unwrapKey(form, await subtle.wrapKey(form, inner, wrapper, how), wrapper, how, { name: 'HMAC', hash: 'SHA-256' }, true, ['sign']))) === hex(await subtle.exportKey('raw', inner))));`);
    expect(seen).toEqual([true, true]);
  });

  it('gives random values and identifiers', async () => {
    const seen = await guest.run<{ ids: string[]; names: string[]; filled: number[] }>(`
      const names = []; for (const wrong of [new Float32Array(1), 'x', new Uint8Array(65537)]) { try { crypto.getRandomValues(wrong); } catch (error) { names.push(error.name); } }
      const filled = [1, 16, 64, 65, 1000, 65536].map((size) => { const bytes = crypto.getRandomValues(new Uint8Array(size)); return size < 16 ? 1 : new Set(bytes).size > 5 ? 1 : 0; });
      return { ids: Array.from({ length: 200 }, () => crypto.randomUUID()), names, filled };`);
    expect(new Set(seen.ids).size).toBe(200);
    for (const id of seen.ids)
      expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    expect(seen.names).toEqual(['TypeMismatchError', 'TypeMismatchError', 'QuotaExceededError']);
    expect(seen.filled).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it('refuses work that would hold the runtime process', async () => {
    const seen = await guest.run<unknown[]>(`${HELPERS}
      const key = await subtle.importKey('raw', text('pw'), 'PBKDF2', false, ['deriveBits']);
      return [await attempt(() => subtle.deriveBits({ name: 'PBKDF2', hash: 'SHA-256', salt: text('s'), iterations: 1_000_001 }, key, 256)), await attempt(() => subtle.generateKey({ name: 'RSA-PSS', modulusLength: 8192, publicExponent: new Uint8Array([1, 0, 1]), hash: 'SHA-256' }, true, ['sign']))];`);
    expect(seen).toEqual(['OperationError', 'OperationError']);
  });

  it('keeps key material out of what a plugin can read', async () => {
    const secret = createHash('sha256').update('secret').digest('hex');
    const seen = await guest.run<string>(`${HELPERS}
      const bytes = new Uint8Array('${secret}'.match(/../g).map((pair) => parseInt(pair, 16)));
      const key = await subtle.importKey('raw', bytes, 'AES-GCM', false, ['encrypt']); bytes.fill(0);
      return [JSON.stringify(key), Reflect.ownKeys(key).length, Object.isFrozen(key.algorithm), await attempt(() => subtle.exportKey('raw', structuredClone(key)))].join(' ');`);
    expect(seen).toBe('{} 0 true InvalidAccessError');
  });
});
