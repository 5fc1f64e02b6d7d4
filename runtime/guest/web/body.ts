import type { ByteSource } from '../host.ts';
import { Blob, blobBytes, isBlob, sourceOf } from './blob.ts';
import { randomBytes } from './crypto.ts';
import { concat } from './encoding.ts';
import { FormData, isFormData } from './form-data.ts';
import type { Headers } from './headers.ts';
import { usv } from './idl.ts';
import { decodeMultipart, encodeMultipart } from './multipart.ts';
import { PrimordialTypeError, copyBytes, isBufferSource, jsonParse, typedArrayTag } from './primordials.ts';
import type * as Streams from './streams.ts';
import { URLSearchParams } from './url-search-params.ts';
import { TextDecoder } from './encoding.ts';
import { encodeUtf8, utf8Text } from './utf8.ts';

const streams = (): typeof Streams => require('./streams.ts') as typeof Streams;

/** In memory, from the host, or a stream that the plugin made or asked for. */
type Content =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'source'; readonly source: ByteSource }
  | { readonly kind: 'stream'; readonly stream: Streams.ReadableStream<unknown> };

/** The body of one Request or Response. It becomes a web stream only when a plugin asks for one. */
export class Body {
  #content: Content;
  #used = false;

  constructor(content: Content) {
    this.#content = content;
  }

  static fromSource(source: ByteSource): Body {
    return new Body({ kind: 'source', source });
  }

  get used(): boolean {
    return this.#used || (this.#content.kind === 'stream' && streams().isDisturbed(this.#content.stream));
  }

  get unusable(): boolean {
    return this.used || (this.#content.kind === 'stream' && this.#content.stream.locked);
  }

  /** Whether it can be sent again after a redirect. */
  get inMemory(): boolean {
    return this.#content.kind === 'bytes';
  }

  stream(): Streams.ReadableStream<unknown> {
    if (this.#content.kind === 'stream') return this.#content.stream;
    const source = this.#content.kind === 'bytes' ? sourceOf(this.#content.bytes) : this.#content.source;
    const stream = streams().streamOf(source);
    this.#content = { kind: 'stream', stream };
    if (this.#used) void stream.cancel().catch(() => undefined);
    return stream;
  }

  /** A second body with the same bytes. */
  tee(): Body {
    if (this.#content.kind === 'bytes') return new Body(this.#content);
    const [mine, other] = this.stream().tee();
    this.#content = { kind: 'stream', stream: mine };
    return new Body({ kind: 'stream', stream: other });
  }

  /** Hands the content over: this body is used, the new one is not. */
  take(): Body {
    if (this.unusable) throw new PrimordialTypeError('Body is unusable: it was read already');
    const moved = new Body(this.#content);
    if (this.#content.kind === 'stream') {
      const { TransformStream } = streams();
      const identity = new TransformStream<unknown, unknown>();
      const stream = this.#content.stream.pipeThrough(identity);
      return new Body({ kind: 'stream', stream });
    }
    this.#used = true;
    return moved;
  }

  /** As a pull source for the host. */
  pull(): ByteSource {
    const content = this.#content;
    this.#used = true;
    if (content.kind === 'bytes') return sourceOf(content.bytes);
    if (content.kind === 'source') return content.source;
    const reader = content.stream.getReader();
    return {
      async next() {
        const { done, value } = await reader.read();
        return done ? undefined : chunkOf(value);
      },
      cancel: () => void reader.cancel().catch(() => undefined),
    };
  }

  /** All of it; each caller owns what it gets. */
  async readAll(): Promise<Uint8Array<ArrayBuffer>> {
    if (this.unusable) throw new PrimordialTypeError('Body is unusable: it was read already');
    if (this.#content.kind === 'bytes') {
      this.#used = true;
      return copyBytes(this.#content.bytes);
    }
    const source = this.pull();
    const chunks: Uint8Array[] = [];
    for (let chunk = await source.next(); chunk !== undefined; chunk = await source.next())
      chunks[chunks.length] = chunk;
    return concat(chunks);
  }
}

function chunkOf(value: unknown): Uint8Array {
  if (typedArrayTag(value) !== 'Uint8Array') throw new PrimordialTypeError('A chunk of a body must be a Uint8Array');
  return value as Uint8Array;
}

/** A body from a constructor's argument, and the content type that goes with it. */
export function extractBody(init: unknown): { body: Body; type: string | undefined } {
  if (isBlob(init)) return { body: bytesBody(blobBytes(init)), type: init.type === '' ? undefined : init.type };
  if (isBufferSource(init)) return { body: bytesBody(copyBytes(init)), type: undefined };
  if (isFormData(init)) {
    const boundary = `----formdata-aitbc-${Array.from(randomBytes(12), (byte) => (byte % 36).toString(36)).join('')}`;
    return { body: bytesBody(encodeMultipart(init, boundary)), type: `multipart/form-data; boundary=${boundary}` };
  }
  if (init instanceof URLSearchParams) {
    return { body: bytesBody(encodeUtf8(init.toString())), type: 'application/x-www-form-urlencoded;charset=UTF-8' };
  }
  if (typeof init === 'object' && init !== null && streams().isReadableStream(init)) {
    if (init.locked || streams().isDisturbed(init))
      throw new PrimordialTypeError('The stream of a body is locked or was read');
    return { body: new Body({ kind: 'stream', stream: init }), type: undefined };
  }
  return { body: bytesBody(encodeUtf8(usv(init))), type: 'text/plain;charset=UTF-8' };
}

function bytesBody(bytes: Uint8Array<ArrayBuffer>): Body {
  return new Body({ kind: 'bytes', bytes });
}

/** What Request and Response share. `bodyOf` is theirs, so that no property can point it elsewhere. */
export const consumers = {
  async bytes(body: Body | null): Promise<Uint8Array<ArrayBuffer>> {
    return body === null ? new Uint8Array(0) : body.readAll();
  },
  async text(body: Body | null): Promise<string> {
    if (body === null) return '';
    const bytes = await body.readAll();
    return bytes.length < 2_048 ? utf8Text(bytes) : new TextDecoder().decode(bytes);
  },
  async json(body: Body | null): Promise<unknown> {
    return jsonParse(await consumers.text(body));
  },
  async blob(body: Body | null, headers: Headers): Promise<Blob> {
    return new Blob([await consumers.bytes(body)], { type: headers.get('content-type') ?? '' });
  },
  async formData(body: Body | null, headers: Headers): Promise<FormData> {
    const type = headers.get('content-type') ?? '';
    const essence = (type.split(';')[0] as string).trim().toLowerCase();
    if (essence === 'application/x-www-form-urlencoded') {
      const form = new FormData();
      for (const [name, value] of new URLSearchParams(await consumers.text(body))) form.append(name, value);
      return form;
    }
    const boundary = /;\s*boundary=(?:"([^"]+)"|([^;\s]+))/i.exec(type);
    if (essence !== 'multipart/form-data' || boundary === null) {
      throw new PrimordialTypeError('The body is neither multipart/form-data nor application/x-www-form-urlencoded');
    }
    return decodeMultipart(await consumers.bytes(body), (boundary[1] ?? boundary[2]) as string);
  },
};
