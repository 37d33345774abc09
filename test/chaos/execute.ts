/** Carries out a script, lets everything come to rest, and takes down what it left behind. */
import { sql } from 'kysely';
import { ClientError } from '../../client/client-error.ts';
import { awayFor } from '../support/own-temporal.ts';
import { perform } from './acts.ts';
import { collect } from './collect.ts';
import { decide } from './decide.ts';
import type { Evidence } from './evidence.ts';
import { type Fault, faults, ruleOf } from './faults.ts';
import { arrive, news, order } from './in-time.ts';
import { placeOrder } from './orders.ts';
import { endGraces, untilOffboarded } from './quiet.ts';
import { command, dueWork, sync } from './requests.ts';
import { comeToRest, comeToRestForGood, resumeIfPaused } from './rest.ts';
import { type DecisionName, type FaultDraw, type Meanwhile, type Script, type Step, scriptLines } from './script.ts';
import type { Stage } from './stage.ts';
import { arm } from './strikes.ts';
import { Tally } from './tally.ts';

export interface Execution {
  readonly evidence: Evidence;
  /** What happened, a line per step. */
  readonly story: readonly string[];
  readonly fired: Readonly<Record<string, number>>;
  readonly strikes: Readonly<Record<string, number>>;
  readonly syncs: number;
}

export async function execute(stage: Stage, script: Script): Promise<Execution> {
  await stage.prepare(script);
  const execution = new Performance(stage);
  const lines = scriptLines(script);
  for (const [index, step] of script.steps.entries()) {
    try {
      execution.story.push(`${lines[index]} -> ${await execution.take(step)}`);
    } catch (error) {
      throw new Error([`step ${index + 1} broke: ${(error as Error).message}`, ...execution.story].join('\n'), {
        cause: error,
      });
    }
  }
  return execution.end();
}

const unlessRefused = (error: unknown): string => {
  if (error instanceof ClientError && error.code === 'refused') return 'refused';
  throw error;
};

class Performance {
  readonly story: string[] = [];
  readonly #stage: Stage;
  readonly #startedAt = new Date();
  readonly #logAt: number;
  readonly #secondLogAt: number;
  readonly #before;
  readonly #tally = new Tally();

  constructor(stage: Stage) {
    this.#stage = stage;
    this.#logAt = stage.lab.system.worker.log().length;
    this.#secondLogAt = stage.second.log().length;
    this.#before = stage.journal.directory();
  }

  async take(step: Step): Promise<string> {
    switch (step.do) {
      case 'act':
        return perform(this.#stage, step);
      case 'decide':
        return this.#decide(step.how);
      case 'command':
        return this.#command(step.command);
      case 'sync':
        return this.#sync(step);
      case 'order':
        return order(this.#stage, step, this.#tally);
      case 'news':
        return news(this.#stage, step, this.#tally);
      case 'arrive':
        return arrive(this.#stage, step, this.#tally, this.story);
      default:
        return step satisfies never;
    }
  }

  async #decide(how: DecisionName): Promise<string> {
    const problem = await decide(this.#stage, how, this.#tally.approvals);
    if (problem) this.#tally.problems.push(problem);
    return problem ?? 'done';
  }

  async #command(name: Extract<Step, { do: 'command' }>['command']): Promise<string> {
    if (name === 'due-work') {
      await dueWork(this.#stage);
      return 'done';
    }
    if (name === 'retry') return (await command(this.#stage, { kind: 'retry', reason: 'chaos' })).state;
    if (name === 'unlink-and-link') return this.#unlinkAndLink();
    if (name === 'grace-passes') return this.#graceEnds();
    await command(this.#stage, { kind: 'pause', target: 'cloud', reason: 'chaos' });
    const { problem } = await sync(this.#stage);
    if (!problem) this.#tally.problems.push('a paused target was synced');
    return (await command(this.#stage, { kind: 'resume', target: 'cloud', reason: 'chaos' })).state;
  }

  /** Whoever was suspended at Okta is deactivated there. */
  async #graceEnds(): Promise<string> {
    const stage = this.#stage;
    const at = Date.now();
    const people = await endGraces(stage);
    stage.graceEnds.push(...people.map((person) => ({ at, person })));
    await dueWork(stage);
    for (const person of people) await untilOffboarded(stage, person);
    return `${people.length} people`;
  }

  /** Parted by an operator, somebody is left alone by syncs until they are linked again. */
  async #unlinkAndLink(): Promise<string> {
    const { rows } = await sql<{ person: string; account: string }>`
      select person_id as person, account_id as account from person_link order by person_id limit 1`.execute(
      this.#stage.lab.system.store,
    );
    const [link] = rows;
    if (!link) return 'nobody is linked';
    const about = { target: 'cloud', reason: 'chaos', person: link.person } as const;
    await command(this.#stage, { kind: 'unlink', ...about });
    await sync(this.#stage);
    const { state, problem } = await command(this.#stage, { kind: 'link', ...about, account: link.account });
    if (state !== 'done') this.#tally.problems.push(`${link.person} could not be linked again: ${problem?.message}`);
    return `${link.person} ${state}`;
  }

  async #sync({ faults: drawn, strike, meanwhile, isTwice }: Extract<Step, { do: 'sync' }>): Promise<string> {
    const stage = this.#stage;
    await resumeIfPaused(stage);
    const needsRest = drawn.some(({ fault }) => (faults[fault] as Fault).needsRest);
    if (needsRest) await comeToRest(stage, this.#tally.approvals, this.story);
    // Before anything changes: whoever follows the log or was told may be faster than the sync.
    for (const side of ['okta', 'cloud'] as const)
      stage.lab.strike(
        side,
        drawn.filter(({ fault }) => faults[fault].side === side).map(({ fault, nth }) => ruleOf(fault, nth)),
      );
    const struck = strike && (await arm(stage, strike));
    const acts = meanwhile && this.#atCall(meanwhile);
    const spared = await this.#bringAbout(drawn, needsRest);
    const results = await Promise.all(isTwice ? [sync(stage), sync(stage)] : [sync(stage)]);
    await this.#tally.endStrike(stage, strike, struck);
    await acts?.done();
    for (const person of spared) stage.hr.spared.delete(person);
    this.#tally.syncs += results.length;
    this.#tally.endFaults(stage);
    return results.map(({ problem, run }) => problem ?? JSON.stringify(run?.outcomes)).join(' and ');
  }

  /** Makes the calls certain that faults wait for. @returns those whom nobody must offboard meanwhile, or they are not */
  async #bringAbout(drawn: readonly FaultDraw[], needsRest: boolean): Promise<string[]> {
    const stage = this.#stage;
    const { syncs } = this.#tally;
    const triggers = new Set(drawn.flatMap(({ fault }) => (faults[fault] as Fault).trigger ?? []));
    const told: string[] = [];
    for (const act of triggers) told.push(await perform(stage, { act, who: syncs, where: syncs }));
    // In another group as well: from one that was there before, removals may wait.
    if (needsRest) for (const act of triggers) told.push(await perform(stage, { act, who: syncs, where: syncs + 1 }));
    const spared = told.flatMap((text) => text.match(/\b00u\w{17}\b/g) ?? []);
    for (const person of spared) stage.hr.spared.add(person);
    // Else the run's lists would not show it yet.
    if (triggers.size > 0) await awayFor(stage.lagMs);
    return spared;
  }

  /** People go on changing things while a run is under way. */
  #atCall({ nth, acts, decision, order: ordered }: Meanwhile): { done(): Promise<void> } {
    const stage = this.#stage;
    let calls = 0;
    let begun: Promise<void> | undefined;
    const all = async (): Promise<void> => {
      for (const act of acts) await perform(stage, act);
      // What waited a moment ago may not wait any more.
      if (decision) await this.#decide(decision).catch(unlessRefused);
      if (ordered) await placeOrder(stage, ordered);
    };
    const other = stage.journal.whenCalled;
    stage.journal.whenCalled = (request, side, when) => {
      other?.(request, side, when);
      if (side !== 'cloud' || when !== 'before') return;
      calls += 1;
      if (calls === nth) begun = all();
    };
    // A run that made fewer calls: then it happens right after.
    return { done: () => begun ?? all() };
  }

  async end(): Promise<Execution> {
    const { approvals, unfired, problems, fired, strikes, syncs } = this.#tally;
    const restsAfter = await comeToRestForGood(this.#stage, approvals, this.story);
    const evidence = await collect(this.#stage, {
      before: this.#before,
      approvals,
      unfired,
      problems,
      restsAfter,
      startedAt: this.#startedAt,
      logs: [this.#stage.lab.system.worker.log().slice(this.#logAt), this.#stage.second.log().slice(this.#secondLogAt)],
      isBroken: Object.keys(strikes).length > 0,
    });
    return { evidence, story: this.story, fired, strikes, syncs };
  }
}
