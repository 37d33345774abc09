/** Law 6: a run with nothing to do writes nothing, and nothing is written that is there already. */
import type { Call, Evidence } from '../evidence.ts';

export function noNeedlessWrites(evidence: Evidence): string[] {
  const ours = evidence.calls.filter(({ by }) => by === 'lockstep');
  const atRest = ours
    .filter(({ n }) => n > evidence.restsAfter)
    .map(({ n, method, path }) => `call ${n} (${method} ${path}) was made although there was nothing to do`);
  const same = ours.flatMap(({ n, path, sameNames }) =>
    sameNames.map((name) => `call ${n} (${path}) sends the ${name} that is there already`),
  );
  return [...atRest, ...same, ...ours.flatMap((call) => needless(evidence, call))];
}

/** A write may find its work done only by somebody else, or by a call whose answer was lost. */
function needless({ calls, isBroken }: Evidence, call: Call): string[] {
  const { n, path, method, trueStatus, effects, fault } = call;
  if (trueStatus === undefined || trueStatus >= 300 || effects.length > 0 || fault !== undefined || isBroken) return [];
  const isExcused = calls.some((other) => other.n < n && other.path === path && (other.by === 'hand' || isLost(other)));
  return isExcused ? [] : [`call ${n} (${method} ${path}) changes nothing`];
}

export const isLost = ({ status, trueStatus, fault, effects }: Call): boolean =>
  effects.length > 0 && (fault !== undefined || status !== trueStatus);
