import { PluginError } from '../../core/errors.ts';

export interface Deadline extends Disposable {
  /** Aborted with the PluginError that says which time ran out, or that the caller aborted. */
  readonly signal: AbortSignal;
  /** A byte arrived: the idle time starts again. */
  touch(): void;
}

/** Time for one request: `timeout` in all, `idle` without a byte. Milliseconds. */
export function startDeadline(url: string, timeout: number, idle: number, outer: AbortSignal | undefined): Deadline {
  const controller = new AbortController();
  const expire = (state: string, hint: string) => (): void => {
    controller.abort(new PluginError('ERR_SOURCE_FETCH', `Cannot fetch "${url}": ${state}`, { hint, retryable: true }));
  };
  const total = setTimeout(
    expire(`it took longer than ${timeout} ms`, 'raise "timeout" of fetch in the config if the server is slow'),
    timeout,
  );
  const silence = setTimeout(
    expire(
      `the server sent nothing for ${idle} ms`,
      'raise "idle_timeout" of fetch in the config if the server is slow',
    ),
    idle,
  );
  const onAbort = (): void => controller.abort(aborted(url));
  if (outer?.aborted) onAbort();
  outer?.addEventListener('abort', onAbort, { once: true });
  return {
    signal: controller.signal,
    touch: () => void silence.refresh(),
    [Symbol.dispose]() {
      clearTimeout(total);
      clearTimeout(silence);
      outer?.removeEventListener('abort', onAbort);
    },
  };
}

export function aborted(what: string): PluginError {
  return new PluginError('ERR_ABORTED', `Cannot fetch "${what}": it was aborted`);
}
