/** A ref as the server lists it. */
export interface RemoteRef {
  /** `HEAD`, `refs/heads/main`, `refs/tags/v1`. */
  readonly name: string;
  readonly oid: string;
  /** What an annotated tag points to. */
  readonly peeled?: string | undefined;
}

export type GitObjectType = 'commit' | 'tree' | 'blob' | 'tag';

export interface GitObject {
  readonly type: GitObjectType;
  readonly bytes: Uint8Array;
}

/** The objects of one fetched commit, in a temporary folder. Nothing is ever checked out. */
export interface ObjectStore {
  /** Undefined where the object is not there. ERR_SOURCE_TOO_LARGE above `maxBytes`. Unchecked: see objects.ts. */
  object(oid: string, maxBytes: number): Promise<GitObject | undefined>;
  close(): Promise<void>;
}

/** One way to speak with a repository: in this process (https) or through the system's git (ssh, file, large ones). */
export interface GitRemote {
  refs(): Promise<readonly RemoteRef[]>;
  /** The commit with its tree, and as little else as the server allows. */
  fetch(commit: string): Promise<ObjectStore>;
}
