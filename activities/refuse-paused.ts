/** Keeps everything away from a paused target. */
import { Failure } from '../domain/failure.ts';
import { pausedTexts } from '../domain/pause-texts.ts';
import type { Store } from '../store/connect.ts';
import { pausedTargets } from '../store/target-state.ts';

/** Refuses whatever would run at a paused target, asked for by hand or not. @throws Failure `GuardTripped` */
export async function refusePaused(store: Store, target: string): Promise<void> {
  const pause = (await pausedTargets(store)).find((one) => one.target === target);
  if (!pause) return;
  const { by, reason, since } = pause;
  const at = `${since.toISOString().slice(0, 16).replace('T', ' ')} UTC`;
  throw new Failure(
    'GuardTripped',
    `${target} is paused since ${at} ${pausedTexts[by]} (${reason}): \`lockstep resume ${target} --reason CODE\` lets it go on`,
    { system: target, code: 'paused' },
  );
}
