import { commandLineOf, identify, isRunning, type ProcessIdentity, parentOf } from './process-identity.ts';

export interface StopRequest {
  /** Aborted when we are to stop; the reason is a text. */
  readonly stop: AbortSignal;
  /** Aborted when the stop is to be quick rather than clean. */
  readonly hurry: AbortSignal;
}

/** npm passes on the Ctrl-C that the terminal has sent to all, so two signals in quick succession are one wish. */
const SAME_WISH_MS = 1_000;
const LOOK_EVERY_MS = 500;

/** Listens for Ctrl-C and its kin, and for the end of whoever launched us: without them nobody could stop us. */
export function listenForStop(launchers: readonly ProcessIdentity[]): StopRequest {
  const [stop, hurry] = [new AbortController(), new AbortController()];
  let lastSignalAt = Number.NEGATIVE_INFINITY;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      const isSameWish = performance.now() - lastSignalAt < SAME_WISH_MS;
      lastSignalAt = performance.now();
      if (!stop.signal.aborted) stop.abort('Stopping (once more Ctrl-C: at once)');
      else if (!isSameWish) hurry.abort();
    });
  }
  const timer = setInterval(() => {
    if (stop.signal.aborted || launchers.every(isRunning)) return;
    stop.abort('The command that started this is gone: stopping');
  }, LOOK_EVERY_MS);
  timer.unref();
  return { stop: stop.signal, hurry: hurry.signal };
}

/** Farthest ancestor of the command that may be npm: npm starts a shell, which starts the command. */
const NPM_WITHIN = 2;

/** The command that started us, and npm when that started the command, with the shell between them. */
export function launchersOf(launcherPid: number | undefined, isUnderNpm: boolean): readonly ProcessIdentity[] {
  if (launcherPid === undefined) return [];
  const chain = [launcherPid];
  for (let step = 0; isUnderNpm && step < NPM_WITHIN; step++) {
    const parent = parentOf(chain.at(-1) ?? 0);
    if (parent === undefined) break;
    chain.push(parent);
    if (/\bnpm\b/.test(commandLineOf(parent))) return chain.map(identityOrGone);
  }
  return [identityOrGone(launcherPid)];
}

/** A launcher may be gone before we look; then we are to stop, so it must not be left out. */
function identityOrGone(pid: number): ProcessIdentity {
  return identify(pid) ?? { pid, startedAt: 'gone' };
}
