import { createHash, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { bundleToJSON } from '@sigstore/bundle';
import { fulcioHandler, initializeCA, initializeCTLog, initializeTLog, rekorHandler } from '@sigstore/mock';
import { DSSEBundleBuilder, FulcioSigner, RekorWitness } from '@sigstore/sign';
import { PAYLOAD_TYPE } from '../../src/trust/in-toto.ts';
import { statementOf, type Release } from '../../src/trust/statement.ts';

/** A sigstore of our own on loopback: a certificate authority, a certificate log and a transparency log. */
export interface OwnSigstore extends AsyncDisposable {
  /** What `trust.trusted_root` names. */
  readonly trustedRoot: string;
  /** The bundle of somebody who proved to be `subject` to `issuer`. */
  sign(release: Release | Buffer, identity: { readonly issuer: string; readonly subject: string }): Promise<string>;
}

export async function ownSigstore(): Promise<OwnSigstore> {
  const p256 = () => generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const ctlog = await initializeCTLog(p256());
  const ca = await initializeCA(generateKeyPairSync('ec', { namedCurve: 'P-384' }), ctlog);
  const tlog = await initializeTLog('https://rekor.example', p256());
  const handlers = [fulcioHandler(ca), rekorHandler(tlog)];
  const answerTo = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks = (await request.toArray()) as Buffer[];
    const answer = await handlers.find(({ path }) => path === request.url)?.fn(Buffer.concat(chunks).toString());
    const { statusCode, response: body, contentType = 'text/plain' } = answer ?? { statusCode: 404, response: '' };
    response.writeHead(statusCode, { 'content-type': contentType, location: '/' }).end(body);
  };
  const server = createServer((request, response) => void answerTo(request, response));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  const start = new Date(Date.now() - 3_600_000).toISOString();
  const base64 = (bytes: ArrayBufferView): string =>
    Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64');
  const log = (publicKey: Buffer) => ({
    baseUrl: 'https://rekor.example',
    hashAlgorithm: 'SHA2_256',
    publicKey: { rawBytes: base64(publicKey), keyDetails: 'PKIX_ECDSA_P256_SHA_256', validFor: { start } },
    logId: { keyId: createHash('sha256').update(publicKey).digest('base64') },
  });
  return {
    trustedRoot: JSON.stringify({
      mediaType: 'application/vnd.dev.sigstore.trustedroot+json;version=0.1',
      tlogs: [log(tlog.publicKey)],
      certificateAuthorities: [
        {
          subject: { organization: 'sigstore.mock', commonName: 'sigstore' },
          uri: 'https://fulcio.example',
          certChain: { certificates: [{ rawBytes: base64(ca.rootCertificate) }] },
          validFor: { start },
        },
      ],
      ctlogs: [log(ctlog.publicKey)],
      timestampAuthorities: [],
    }),
    async sign(release, { issuer, subject }) {
      const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
      const token = `${part({ alg: 'none' })}.${part({ iss: issuer, sub: subject })}.`;
      const builder = new DSSEBundleBuilder({
        signer: new FulcioSigner({ fulcioBaseURL: url, identityProvider: { getToken: async () => token }, retry: 0 }),
        witnesses: [new RekorWitness({ rekorBaseURL: url, entryType: 'intoto', retry: 0 })],
      });
      const data = Buffer.isBuffer(release) ? release : statementOf(release);
      return JSON.stringify(bundleToJSON(await builder.create({ data, type: PAYLOAD_TYPE })));
    },
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
