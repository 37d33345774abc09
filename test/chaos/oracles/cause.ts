/**
 * No removal without cause, no access without cause. Whatever takes access away or gives it back must have been what Okta
 * said at some moment between Lockstep's last question about that very person, which belongs to the same run, and the
 * request; whatever else gives access, between the reading that the plan was made from and the request. And what exceeds
 * a guard's limit must have been approved.
 */
import type { Call, Effect, Evidence, Line, Moment, Run } from '../evidence.ts';
import { between, groupsByName, isMember, isWanted } from '../history.ts';
import { guardLimits } from '../world.ts';

export function cause(evidence: Evidence): string[] {
  const groups = groupsByName(evidence.timeline);
  return done(evidence).flatMap(({ call, effect, run }) => {
    if (!run) return [`call ${call.n} (${effect.kind}) belongs to no run`];
    const since = (from: number): Moment[] => between(evidence.timeline, from, call.at);
    const asked = 'person' in effect && lastQuestion(evidence, effect.person, run, call);
    const isLive = effect.kind === 'deactivate' || effect.kind === 'activate' || effect.kind === 'leave';
    if (isLive && !asked) return [`call ${call.n}: ${effect.kind} although Okta was not asked about ${effect.person}`];
    const live = since(asked ? asked.at : run.startedAt);
    const read = since(Math.min(run.startedAt, run.readAt ?? run.startedAt) - evidence.lagMs);
    const told = `call ${call.n}: ${effect.kind} of ${'person' in effect ? effect.person : ''}`;
    const unless = (isFounded: boolean, what: string): string[] => (isFounded ? [] : [`${told} ${what}`]);
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
        return [];
    }
  });
}

const lastQuestion = ({ liveReads }: Evidence, person: string | undefined, run: Run, call: Call) =>
  liveReads.findLast((read) => read.person === person && read.at >= run.startedAt && read.at <= call.at);

interface Done {
  readonly call: Call;
  readonly effect: Effect;
  readonly run: Run | undefined;
}

/** What Lockstep did, with the run that did it: the newest that had begun. */
function done({ calls, runs }: Evidence): Done[] {
  const targetRuns = runs.filter(({ kind }) => kind === 'target-sync');
  return calls
    .filter(({ by }) => by === 'lockstep')
    .flatMap((call) => {
      const run = targetRuns.findLast(({ startedAt }) => startedAt <= call.at);
      return call.effects.map((effect) => ({ call, effect, run }));
    });
}

type Counted = keyof typeof guardLimits;

/** Kinds of changes, as plans name them. */
const kinds: Readonly<Record<Counted, Line['kind']>> = {
  deactivations: 'deactivate-account',
  memberRemovals: 'remove-member',
  reactivations: 'reactivate-account',
  nameChanges: 'update-account',
};

function countedAs(effect: Effect): Counted | undefined {
  if (effect.kind === 'deactivate') return 'deactivations';
  if (effect.kind === 'leave') return 'memberRemovals';
  if (effect.kind === 'activate') return 'reactivations';
  const isRename =
    effect.kind === 'update' && effect.attributes.some((name) => name === 'userName' || name === 'email');
  return isRename ? 'nameChanges' : undefined;
}

/** The first plan waits as a whole; later ones as far as they exceed what goes without being asked. */
export function approvedOnly(evidence: Evidence): string[] {
  const { approvals } = evidence;
  const groups = groupsByName(evidence.timeline);
  const first = approvals[0]?.at ?? Number.POSITIVE_INFINITY;
  const early = done(evidence)
    .filter(({ call }) => call.at < first)
    .map(({ call, effect }) => `call ${call.n} (${effect.kind}) was made before the first plan was approved`);
  const used = new Map<string, Set<string>>();
  for (const { call, effect, run } of done(evidence)) {
    const guard = countedAs(effect);
    if (guard === undefined || !('account' in effect)) continue;
    const { account, person } = effect;
    const group = 'groupName' in effect ? groups.get(effect.groupName) : undefined;
    const isListed = (line: Line): boolean =>
      line.kind === kinds[guard] &&
      (line.person === person || line.account === account) &&
      (line.group ?? undefined) === group;
    if (approvals.some(({ at, lines }) => at <= call.at && lines.some(isListed))) continue;
    for (const span of [`run ${run?.id}`, 'the day']) {
      const key = `${guard} of ${span}`;
      used.set(key, (used.get(key) ?? new Set()).add(`${account} ${group}`));
    }
  }
  const exceeded = [...used].flatMap(([key, what]) => {
    const { perRun, perDay } = guardLimits[key.split(' ')[0] as Counted];
    const allowed = key.endsWith('the day') ? perDay : perRun;
    return what.size > allowed ? [`${key}: ${what.size} without approval, ${allowed} are allowed`] : [];
  });
  return [...early, ...exceeded];
}
