/**
 * No removal without cause, no access without cause. Whatever takes access away or gives it back must have been what Okta
 * said at some moment between Lockstep's last question about that very person, which belongs to the same run, and the
 * request; whatever else gives access, between the reading that the plan was made from and the request. An order of HR's
 * is a cause by itself, whatever Okta says.
 */
import type { Call, Effect, Evidence, Moment, Run } from '../evidence.ts';
import { between, groupsByName, isMember, isWanted } from '../history.ts';
import { isOrdered } from '../order-history.ts';
import { done } from './attributed.ts';

export function cause(evidence: Evidence): string[] {
  const groups = groupsByName(evidence.timeline);
  return done(evidence).flatMap(({ call, effect, runs }) => {
    if (isOrdered(evidence, effect, call)) return [];
    const problems = runs.map((run) => problemWith(evidence, groups, call, effect, run));
    // Of several that may have done it, one with a cause is enough.
    if (problems.length > 0 && problems.some((problem) => problem === undefined)) return [];
    return [problems[0] ?? `call ${call.n} (${effect.kind}) belongs to no run`];
  });
}

/** Why this run had no cause to do it. */
function problemWith(
  evidence: Evidence,
  groups: ReadonlyMap<string, string>,
  call: Call,
  effect: Effect,
  run: Run,
): string | undefined {
  const since = (from: number): Moment[] => between(evidence.timeline, from, call.at);
  const asked = 'person' in effect && lastQuestion(evidence, effect.person, run, call);
  const isLive = effect.kind === 'deactivate' || effect.kind === 'activate' || effect.kind === 'leave';
  if (isLive && !asked) return `call ${call.n}: ${effect.kind} although Okta was not asked about ${effect.person}`;
  const live = since(asked ? asked.at : run.startedAt);
  const read = since(Math.min(run.startedAt, run.readAt ?? run.startedAt) - evidence.lagMs);
  const told = `call ${call.n}: ${effect.kind} of ${'person' in effect ? effect.person : ''}`;
  const unless = (isFounded: boolean, what: string): string | undefined => (isFounded ? undefined : `${told} ${what}`);
  switch (effect.kind) {
    case 'deactivate':
      return unless(
        live.some((moment) => !isWanted(moment, effect.person ?? '')),
        'although Okta said all the time that they should have access',
      );
    case 'activate':
      return unless(
        live.some((moment) => isWanted(moment, effect.person ?? '')),
        'although Okta never said that they should have access',
      );
    case 'create':
      return unless(
        read.some((moment) => isWanted(moment, effect.person ?? '')),
        'although Okta never said that they should have an account',
      );
    case 'leave':
    case 'join': {
      const group = groups.get(effect.groupName) ?? '';
      const belongs = (moment: Moment): boolean =>
        isWanted(moment, effect.person ?? '') && isMember(moment, effect.person ?? '', group);
      return effect.kind === 'leave'
        ? unless(
            live.some((moment) => !belongs(moment)),
            `from ${effect.groupName} although they belonged there all the time`,
          )
        : unless(read.some(belongs), `to ${effect.groupName} although they never belonged there`);
    }
    default:
      return undefined;
  }
}

const lastQuestion = ({ liveReads }: Evidence, person: string | undefined, run: Run, call: Call) =>
  liveReads.findLast((read) => read.person === person && read.at >= run.startedAt && read.at <= call.at);
