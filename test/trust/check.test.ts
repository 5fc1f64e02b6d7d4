import { sign as signBytes } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { assertRelease, checkSignature } from '../../src/trust/check.ts';
import { NO_PUBLISHERS } from '../../src/trust/publishers.ts';
import { statementOf } from '../../src/trust/statement.ts';
import { changed, keys, publishersOf, RELEASE, rewritten, signed, type BundleJson } from './support.ts';

const acme = keys();
const stranger = keys();
const publishers = publishersOf({ acme });
const bundle = await signed(acme);
const check = (text: string | Uint8Array, integrity = RELEASE.integrity, who = publishers) =>
  checkSignature('greeter', { file: 'plugin.sigstore.json', bytes: Buffer.from(text) }, integrity, who);

/** A DSSE signature over any payload: what a publisher's key might have signed for another purpose. */
function envelope(payloadType: string, payload: Buffer): BundleJson['dsseEnvelope'] {
  const head = `DSSEv1 ${payloadType.length} ${payloadType} ${payload.byteLength} `;
  const sig = signBytes(null, Buffer.concat([Buffer.from(head), payload]), acme.privateKey).toString('base64');
  return { payload: payload.toString('base64'), payloadType, signatures: [{ sig, keyid: '' }] };
}
const signedAnew = (change: (statement: Record<string, unknown>) => void): string => {
  const statement = JSON.parse(statementOf(RELEASE).toString()) as Record<string, unknown>;
  change(statement);
  return changed(bundle, (json) => {
    json.dsseEnvelope = envelope('application/vnd.in-toto+json', Buffer.from(JSON.stringify(statement)));
  });
};

describe('checkSignature()', () => {
  it.each(['ed25519', 'p256'] as const)('takes a right signature with a key of type %s', async (type) => {
    const pair = keys(type);
    expect(await check(await signed(pair), RELEASE.integrity, publishersOf({ acme: pair }))).toEqual({
      kind: 'signed',
      file: 'plugin.sigstore.json',
      signer: pair.publicKey.id,
      publisher: 'acme',
      release: RELEASE,
    });
  });

  it('says that there is none, or that nobody knows whose it is', async () => {
    expect(await checkSignature('greeter', undefined, RELEASE.integrity, publishers)).toEqual({ kind: 'unsigned' });
    expect(await check(await signed(stranger))).toMatchObject({
      kind: 'unknown',
      who: `the key "${stranger.publicKey.id}"`,
    });
    expect(await check(bundle, RELEASE.integrity, NO_PUBLISHERS)).toMatchObject({ kind: 'unknown' });
  });

  it('refuses other bytes than those that were signed, though the signature itself is right', async () => {
    const other = digestOf('other bytes');
    await expect(check(bundle, other)).rejects.toMatchObject({
      code: 'ERR_SIGNATURE',
      exitCode: 3,
      plugin: 'greeter',
      hint: expect.stringContaining('aitbc plugin sign') as string,
      details: { plugin: 'greeter', module: 'plugin.sigstore.json', expected: RELEASE.integrity, actual: other },
    });
  });

  it.each<[place: string, change: (json: BundleJson) => void]>([
    [
      'the signature',
      (json) => {
        const [one] = json.dsseEnvelope.signatures;
        const bytes = Buffer.from(one?.sig ?? '', 'base64');
        bytes[0] = (bytes[0] ?? 0) ^ 1;
        json.dsseEnvelope.signatures = [{ sig: bytes.toString('base64'), keyid: '' }];
      },
    ],
    [
      'the digest of the subject',
      ({ dsseEnvelope }) => {
        dsseEnvelope.payload = rewritten(dsseEnvelope.payload, (statement) => {
          Object.assign(statement, { subject: [{ name: 'greeter@1.2.0', digest: { sha256: '0'.repeat(64) } }] });
        });
      },
    ],
    [
      'the name',
      ({ dsseEnvelope }) => {
        dsseEnvelope.payload = rewritten(dsseEnvelope.payload, (statement) => {
          Object.assign(statement, { predicate: { name: 'other', version: '1.2.0' } });
        });
      },
    ],
    [
      'the version',
      ({ dsseEnvelope }) => {
        dsseEnvelope.payload = rewritten(dsseEnvelope.payload, (statement) => {
          Object.assign(statement, { predicate: { name: 'greeter', version: '9.0.0' } });
        });
      },
    ],
    ['the type of the payload', ({ dsseEnvelope }) => (dsseEnvelope.payloadType = 'text/plain')],
    ['the number of signatures', ({ dsseEnvelope }) => (dsseEnvelope.signatures = [])],
    ['a second signature', ({ dsseEnvelope }) => dsseEnvelope.signatures.push({ sig: 'AAAA', keyid: '' })],
    ['the media type', (json) => (json.mediaType = 'application/json')],
    ['the verification material', (json) => (json.verificationMaterial = {} as never)],
    ['a log entry that nothing vouches for', (json) => (json.verificationMaterial.tlogEntries = [{ logIndex: '1' }])],
    ['a certificate that is none', (json) => (json.verificationMaterial = { certificate: { rawBytes: 'AAAA' } })],
    ['the envelope', (json) => Reflect.deleteProperty(json, 'dsseEnvelope')],
    [
      'a bare message signature',
      (json) => {
        Reflect.deleteProperty(json, 'dsseEnvelope');
        Object.assign(json, {
          messageSignature: { messageDigest: { algorithm: 'SHA2_256', digest: 'AAAA' }, signature: 'AAAA' },
        });
      },
    ],
  ])('refuses a bundle in which somebody changed %s', async (_, change) => {
    await expect(check(changed(bundle, change))).rejects.toMatchObject({ code: 'ERR_SIGNATURE', plugin: 'greeter' });
  });

  it('takes a changed key id for an unknown key, and another known key for a wrong signature', async () => {
    const hint = (id: string) => changed(bundle, (json) => (json.verificationMaterial = { publicKey: { hint: id } }));
    expect(await check(hint(`key:${digestOf('x')}`))).toMatchObject({ kind: 'unknown' });
    expect(await check(hint('__proto__'))).toMatchObject({ kind: 'unknown' });
    const both = publishersOf({ acme, other: stranger });
    await expect(check(hint(stranger.publicKey.id), RELEASE.integrity, both)).rejects.toMatchObject({
      code: 'ERR_SIGNATURE',
    });
  });

  it.each<[what: string, text: string]>([
    ['nothing', ''],
    ['no JSON', '{'],
    ['null', 'null'],
    ['a list', '[]'],
    ['a number', '7'],
    ['an empty object', '{}'],
    ['a key that stands twice', bundle.replace('{', '{"mediaType":"x",')],
    ['a prototype', '{"__proto__":{}}'],
    ['numbers for texts', '{"mediaType":1,"verificationMaterial":2,"dsseEnvelope":3}'],
    ['null for objects', '{"mediaType":null,"verificationMaterial":null,"dsseEnvelope":null}'],
    ['more than a bundle can have', JSON.stringify({ ...(JSON.parse(bundle) as object), x: 'x'.repeat(1_100_000) })],
  ])('refuses %s', async (_, text) => {
    await expect(check(text)).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it('refuses what is no UTF-8', async () => {
    await expect(check(Buffer.from([0x7b, 0xff, 0x7d]))).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it.each<[what: string, change: (statement: Record<string, unknown>) => void]>([
    ['of another kind', (statement) => (statement['predicateType'] = 'https://aitbc.dev/plugin/review/v1')],
    ['that is no in-toto statement', (statement) => (statement['_type'] = 'https://in-toto.io/Statement/v0.1')],
    ['without a subject', (statement) => (statement['subject'] = [])],
    [
      'with two subjects',
      (statement) => {
        const [one] = statement['subject'] as object[];
        statement['subject'] = [one, one];
      },
    ],
    [
      'with a weak digest beside',
      (statement) => {
        const [one] = statement['subject'] as { digest: object }[];
        Object.assign(one?.digest ?? {}, { md5: '00' });
      },
    ],
    [
      'whose subject is another one than its predicate',
      (statement) => (statement['predicate'] = { name: 'a', version: '1.0.0' }),
    ],
    ['without a predicate', (statement) => Reflect.deleteProperty(statement, 'predicate')],
  ])('refuses a statement %s, signed by a trusted key', async (_, change) => {
    await expect(check(signedAnew(change))).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it('refuses a payload of another type, signed by a trusted key', async () => {
    const other = changed(bundle, (json) => (json.dsseEnvelope = envelope('text/plain', statementOf(RELEASE))));
    await expect(check(other)).rejects.toMatchObject({ details: { actual: 'its payload is of type "text/plain"' } });
  });
});

describe('assertRelease()', () => {
  it('refuses the signature of another plugin, and of another version', async () => {
    const checked = await check(bundle);
    expect(() => assertRelease('greeter', checked, { name: 'greeter', version: '1.2.0' })).not.toThrow();
    for (const metadata of [
      { name: 'other', version: '1.2.0' },
      { name: 'greeter', version: '1.2.1' },
    ]) {
      expect(() => assertRelease('greeter', checked, metadata)).toThrow(
        expect.objectContaining({
          code: 'ERR_SIGNATURE',
          details: expect.objectContaining({
            expected: 'greeter@1.2.0',
            actual: `${metadata.name}@${metadata.version}`,
          }) as object,
        }),
      );
    }
  });
});
