import { Context } from '@temporalio/activity';

export interface Alive {
  /** Fires when the workflow cancels the activity, or the worker has no time left. */
  readonly signal: AbortSignal;
  /** Tells how far the work is; the next beat carries it. */
  progress(details: Record<string, number | string>): void;
}

const beatEveryMs = 5_000;

/** Beats at a steady pace while `work` runs, however long a single request takes. */
export async function whileAlive<T>(work: (alive: Alive) => Promise<T>): Promise<T> {
  const context = Context.current();
  let latest: Record<string, number | string> = {};
  const timer = setInterval(() => context.heartbeat(latest), beatEveryMs);
  try {
    context.heartbeat(latest);
    return await work({
      signal: context.cancellationSignal,
      progress(details) {
        latest = details;
      },
    });
  } finally {
    clearInterval(timer);
  }
}
