/** What an import refuses: the bindings hand its payload to the component as the `err` of a result. */
export class Fault extends Error {
  readonly payload: unknown;

  constructor(payload: unknown, message = 'refused') {
    super(message);
    this.payload = payload;
  }
}

/** The component ended itself. */
export class Exit extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`it exited with status ${status}`);
    this.status = status;
  }
}

/** A request that the broker refused or that failed: `code` is the host's. */
export interface HostError extends Error {
  readonly code: string;
  readonly data?: { readonly [key: string]: unknown };
}

export function asHostError(error: unknown): HostError {
  if (error instanceof Error && typeof (error as Partial<HostError>).code === 'string') return error as HostError;
  throw error;
}
