import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digestOf } from '../../src/core/digest.ts';
import { checkSignature } from '../../src/trust/check.ts';
import type { Publishers } from '../../src/trust/publishers.ts';
import { ownSigstore, type OwnSigstore } from './own-sigstore.ts';
import { changed, RELEASE, rewritten, type BundleJson } from './support.ts';

const ISSUER = 'https://token.example/oidc';
const SUBJECT = 'https://github.example/acme/plugin/.github/workflows/release.yml@refs/tags/v1.2.0';
let sigstore: OwnSigstore;
let other: OwnSigstore;
let bundle: string;

beforeAll(async () => {
  [sigstore, other] = await Promise.all([ownSigstore(), ownSigstore()]);
  bundle = await sigstore.sign(RELEASE, { issuer: ISSUER, subject: SUBJECT });
});
afterAll(async () => {
  await Promise.all([sigstore[Symbol.asyncDispose](), other[Symbol.asyncDispose]()]);
});

const who = (identity: { issuer?: string; subject?: string } = {}, root = sigstore.trustedRoot): Publishers => ({
  keys: new Map(),
  identities: [{ issuer: ISSUER, subject: SUBJECT, publisher: 'acme', ...identity }],
  trustedRoot: root,
});
const check = (text: string, publishers = who(), integrity = RELEASE.integrity) =>
  checkSignature('greeter', { file: 'plugin.sigstore.json', bytes: Buffer.from(text) }, integrity, publishers);

describe('checkSignature() with identities', () => {
  it('takes the signature of exactly this issuer and subject', async () => {
    expect(await check(bundle)).toEqual({
      kind: 'signed',
      file: 'plugin.sigstore.json',
      signer: `identity:${ISSUER}#${SUBJECT}`,
      publisher: 'acme',
      release: RELEASE,
    });
  });

  it.each([
    { subject: SUBJECT.slice(0, -1) },
    { subject: SUBJECT.slice(1) },
    { subject: `${SUBJECT}0` },
    { subject: SUBJECT.replaceAll('.', '-') },
    { subject: SUBJECT.replace('release.yml', 'release?yml') },
    { subject: '.*' },
    { subject: '^https://github\\.example/acme/.*$' },
    { subject: '' },
    { subject: SUBJECT.toUpperCase() },
    { issuer: `${ISSUER}/` },
    { issuer: ISSUER.slice(0, -1) },
    { issuer: '.*' },
    { issuer: 'https://token.example' },
  ])('knows nobody by a lookalike in the config: %j', async (identity) => {
    expect(await check(bundle, who(identity))).toMatchObject({ kind: 'unknown' });
  });

  it.each([
    `${SUBJECT}.evil.example`,
    `https://evil.example/?${SUBJECT}`,
    `${SUBJECT}\n`,
    SUBJECT.replace('github.example', 'githubXexample'),
    SUBJECT.replace('acme', 'acme-evil'),
  ])('knows nobody by a lookalike in a certificate: %j', async (subject) => {
    expect(await check(await sigstore.sign(RELEASE, { issuer: ISSUER, subject }))).toMatchObject({ kind: 'unknown' });
  });

  it('knows nobody by the issuer of somebody else', async () => {
    const fake = await sigstore.sign(RELEASE, { issuer: `${ISSUER}.evil.example`, subject: SUBJECT });
    expect(await check(fake)).toMatchObject({ kind: 'unknown' });
  });

  it('refuses a certificate of another authority, whatever it says', async () => {
    const fake = await other.sign(RELEASE, { issuer: ISSUER, subject: SUBJECT });
    await expect(check(fake)).rejects.toMatchObject({ code: 'ERR_SIGNATURE', exitCode: 3 });
    await expect(check(bundle, who({}, other.trustedRoot))).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it('counts no certificate without a trusted root', async () => {
    expect(await check(bundle, { ...who(), trustedRoot: undefined })).toMatchObject({ kind: 'unknown' });
  });

  it('refuses other bytes than those that were signed', async () => {
    await expect(check(bundle, who(), digestOf('swapped'))).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it.each<[what: string, change: (json: BundleJson) => void]>([
    ['no log entry', (json) => (json.verificationMaterial.tlogEntries = [])],
    [
      'a log entry of another time',
      (json) => Object.assign(json.verificationMaterial.tlogEntries?.[0] ?? {}, { integratedTime: '1' }),
    ],
    [
      'another payload',
      ({ dsseEnvelope }) => {
        dsseEnvelope.payload = rewritten(dsseEnvelope.payload, (statement) => {
          Object.assign(statement, { predicate: { name: 'x', version: '1.0.0' } });
        });
      },
    ],
  ])('refuses a bundle with %s', async (_, change) => {
    await expect(check(changed(bundle, change))).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });

  it('knows nobody by a key in the place of the certificate', async () => {
    const other = changed(bundle, (json) => {
      json.verificationMaterial = { ...json.verificationMaterial, publicKey: { hint: 'x' } };
      Reflect.deleteProperty(json.verificationMaterial, 'certificate');
    });
    expect(await check(other)).toMatchObject({ kind: 'unknown' });
  });

  it('refuses a signature that was made for a log entry of another bundle', async () => {
    const second = JSON.parse(
      await sigstore.sign({ ...RELEASE, version: '2.0.0' }, { issuer: ISSUER, subject: SUBJECT }),
    ) as BundleJson;
    const mixed = changed(bundle, (json) => {
      json.verificationMaterial.tlogEntries = second.verificationMaterial.tlogEntries ?? [];
    });
    await expect(check(mixed)).rejects.toMatchObject({ code: 'ERR_SIGNATURE' });
  });
});
