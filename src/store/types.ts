import type { Digest } from '../core/digest.ts';

/** What the cache folder holds: everything in it can be deleted at any time, and nothing in it is trusted unread. */
export interface Store {
  readonly blobs: BlobStore;
  readonly builds: BuildStore;
  readonly http: HttpAnswerCache;
  readonly indexes: IndexCache;
  /** True when the folder cannot be written: reads work, writes are left out. */
  readonly readOnly: boolean;
}

export interface BlobStore {
  /** Hashed again at every read; undefined when it is not there. Throws ERR_INTEGRITY when the bytes are others. */
  get(digest: Digest): Promise<Uint8Array | undefined>;
  /** The same without hashing: for `verify()`, which hashes all it is given. */
  readUnchecked(digest: Digest): Promise<Uint8Array | undefined>;
  /** Throws ERR_INTEGRITY before anything is written when the bytes are others than `expected`. */
  put(bytes: Uint8Array, expected: Digest): Promise<void>;
}

export interface BuildStore {
  /** The bytes that were put under this key by this host; undefined for whatever does not verify. */
  get(key: Digest): Promise<Uint8Array | undefined>;
  put(key: Digest, bytes: Uint8Array): Promise<void>;
}

/** What a server said with a body, for conditional requests: the `HttpCache` of src/source, by its shape. */
export interface HttpAnswer {
  readonly etag: string | undefined;
  readonly lastModified: string | undefined;
  readonly contentType: string | undefined;
  /** Of the decoded body. */
  readonly digest: Digest;
}

export interface HttpAnswerCache {
  /** Undefined unless answer and bytes are both there, this host kept the answer, and the bytes have the digest. */
  get(url: string): Promise<(HttpAnswer & { readonly bytes: Uint8Array }) | undefined>;
  /** Never throws for what the disk refuses: that is logged, and costs one download. */
  put(url: string, answer: HttpAnswer, bytes: Uint8Array): Promise<void>;
}

/** The last good copy of a registry's index. */
export interface StoredIndex {
  readonly bytes: Uint8Array;
  /** What its relative addresses start from. */
  readonly base: string;
  readonly fetched: Date;
  /** As the index counts its changes. */
  readonly serial: number | undefined;
}

export interface IndexCache {
  /**
   * Undefined unless facts and bytes are both there and the bytes have the digest. `isOwn`: this host kept it; what another may have
   * put there counts only where it proves itself by a signature.
   */
  get(url: string): Promise<(StoredIndex & { readonly isOwn: boolean }) | undefined>;
  /** Never throws for what the disk refuses: that is logged. */
  put(url: string, index: StoredIndex): Promise<void>;
}
