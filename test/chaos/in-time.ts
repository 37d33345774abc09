/** What reaches Lockstep between two syncs: HR's orders, news about somebody, and what Okta's log tells. */
import { tellManyChanged } from '../../temporal/ask.ts';
import { workflowIds } from '../../workflows/contract.ts';
import { until } from '../support/until.ts';
import { perform } from './acts.ts';
import { state } from './oracles/state.ts';
import { type Certain, certainPeople, placeOrder } from './orders.ts';
import { mayWait, untilOffboarded } from './quiet.ts';
import { sync } from './requests.ts';
import { comeToRest } from './rest.ts';
import type { Step, TimeFaultDraw } from './script.ts';
import type { Stage } from './stage.ts';
import { arm } from './strikes.ts';
import type { Tally } from './tally.ts';
import { type TimeFault, timeFaults, timeRuleOf } from './time-faults.ts';

type Kind<K extends Step['do']> = Extract<Step, { do: K }>;

/** One order, and all that comes of it by now; what is ordered for a moment that is still to come goes on meanwhile. */
export async function order(stage: Stage, step: Kind<'order'>, tally: Tally): Promise<string> {
  const { faults, strike, isBesideSync, who } = step;
  const [first] = faults;
  const drawn = first ? { ...step, order: (timeFaults[first.fault] as TimeFault).order ?? step.order } : step;
  const certain = first || strike ? await someoneCertain(stage, who) : undefined;
  if (certain) stage.hr.spared.add(certain.person);
  else if (first || strike) return 'nobody to do it with';
  armFaults(stage, faults, certain);
  const struck = strike && (await arm(stage, strike, certain));
  struck?.announce();
  const place = async () => {
    const placed = await placeOrder(stage, drawn, certain?.person);
    if (placed && drawn.order !== 'offboard-soon' && isForNow(stage, placed.person))
      await untilOffboarded(stage, placed.person);
    return placed;
  };
  const [placed, run] = await Promise.all([place(), isBesideSync ? sync(stage) : undefined]);
  if (isBesideSync) tally.syncs += 1;
  await tally.endStrike(stage, strike, struck);
  tally.endFaults(stage);
  if (certain) stage.hr.spared.delete(certain.person);
  const told = placed
    ? `${placed.person} ${placed.sent.map(({ kind, seq }) => `${kind} ${seq}`).join(', ')}`
    : 'nobody';
  return run ? `${told}; sync: ${run.problem ?? JSON.stringify(run.run?.outcomes)}` : told;
}

const isForNow = (stage: Stage, person: string): boolean => !mayWait(stage, workflowIds.offboarding(person));

async function someoneCertain(stage: Stage, who: number): Promise<Certain | undefined> {
  const certain = await certainPeople(stage);
  return certain[who % Math.max(1, certain.length)];
}

function armFaults({ lab }: Stage, faults: readonly TimeFaultDraw[], about?: Certain): void {
  for (const side of ['okta', 'cloud'] as const)
    lab.strike(
      side,
      faults
        .filter(({ fault }) => timeFaults[fault].side === side)
        .map(({ fault }) => timeRuleOf(fault, side === 'okta' ? about?.person : about?.account)),
    );
}

/** Something changes, and somebody tells of it. Nobody waits for what comes of it, but whoever signs in. */
export async function news(stage: Stage, { news: way, act }: Kind<'news'>, tally: Tally): Promise<string> {
  const done = await perform(stage, act);
  const people = done.match(/\b00u\w{17}\b/g) ?? [];
  const groups = done.match(/\b00g\w{17}\b/g) ?? [];
  const [person] = people;
  switch (way) {
    case 'many':
      await until('many are told of', async () => {
        await tellManyChanged(stage.lab.system.client, { people: [...people] });
        return true;
      });
      return done;
    case 'sign-in':
      return person === undefined ? done : `${done}; signs in: ${await signIn(stage, person, tally)}`;
    case 'group':
      await hook(stage, [...people.map(ofPerson), ...groups.map(ofGroup)]);
      return done;
    case 'person':
      await hook(stage, people.map(ofPerson));
      return done;
    case 'person-twice':
      await Promise.all([hook(stage, people.map(ofPerson)), hook(stage, people.map(ofPerson))]);
      return done;
    default:
      return way satisfies never;
  }
}

const ofPerson = (id: string) => ({ eventType: 'user.account.update_profile', target: [{ id, type: 'User' }] });
const ofGroup = (id: string) => ({ eventType: 'group.profile.update', target: [{ id, type: 'UserGroup' }] });

async function hook({ receiver }: Stage, events: readonly unknown[]): Promise<void> {
  await until('the hook is taken', async () => (await receiver.okta(events)).status === 204, 120_000);
}

async function signIn(stage: Stage, person: string, tally: Tally): Promise<string> {
  const answer = await until(
    `${person} signs in`,
    async () => {
      const response = await stage.receiver.login({ person: { oktaId: person }, wait: 20 });
      return response.status !== 503 && response;
    },
    120_000,
  );
  const { state: told } = (await answer.json()) as { state: string };
  // What HR has ordered may come in between; and a list that lags may have shown less.
  if (told !== 'in-step' || stage.lagMs > 0 || stage.hr.isOpen(person)) return told;
  const wrong = problemsNow(stage).filter((sentence) => sentence.startsWith(person));
  tally.problems.push(...wrong.map((sentence) => `at sign-in they were told to be in step, but ${sentence}`));
  return told;
}

const problemsNow = ({ journal, hr }: Stage): string[] =>
  state({ at: Date.now(), timeline: journal.timeline, directory: journal.directory(), orders: hr.orders });

const longestArrivalMs = 180_000;

/** From rest, so that nothing else keeps it from coming, such as an approval that somebody has to give. */
export async function arrive(stage: Stage, step: Kind<'arrive'>, tally: Tally, story: string[]): Promise<string> {
  const { acts, faults, strike } = step;
  await comeToRest(stage, tally.approvals, story);
  const done: string[] = [];
  for (const act of acts) done.push(await perform(stage, act));
  armFaults(stage, faults);
  const struck = strike && (await arm(stage, strike));
  const what = done.join(', ');
  const before = Date.now();
  // What strikes when the log is read has not done so yet when everything came before.
  const isStruck = (): boolean => haveFired(stage) && struck?.hasStruck() !== false;
  await until('it has arrived', () => isStruck() && problemsNow(stage).length === 0, longestArrivalMs).catch(
    () => undefined,
  );
  stage.arrivals.push({ what, missing: problemsNow(stage) });
  await tally.endStrike(stage, strike, struck);
  tally.endFaults(stage);
  return `${what}: after ${Math.round((Date.now() - before) / 1000)} s`;
}

const haveFired = ({ lab }: Stage): boolean => lab.system.sandbox.okta.faults.list().every(({ fired }) => fired > 0);
