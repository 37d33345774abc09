/** From the moment that somebody is held until HR has them released, nobody gives them access again. */
import type { Call, Effect, Evidence } from '../evidence.ts';
import { holdAgainst } from '../order-history.ts';

export function held(evidence: Evidence): string[] {
  return evidence.calls
    .filter(({ by }) => by === 'lockstep')
    .flatMap((call) => call.effects.flatMap((effect) => given(evidence, call, effect)));
}

/** A call that was decided on before may arrive after: whoever offboards waits for it, and takes it back. */
function given(evidence: Evidence, call: Call, effect: Effect): string[] {
  if (effect.kind !== 'activate' && effect.kind !== 'create' && effect.kind !== 'join') return [];
  const { person, kind } = effect;
  const hold = person === undefined ? undefined : holdAgainst(evidence, person, call);
  if (!hold) return [];
  return [`call ${call.n}: ${kind} of ${person}, who had been held for ${call.at - hold.from} ms`];
}
