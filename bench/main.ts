/** `npm run bench`: measures full syncs of a seeded population on this machine. Ends with 1 when a sync went wrong. */
import { availableParallelism, cpus, loadavg, totalmem } from 'node:os';
import { Command, InvalidArgumentError, Option } from 'commander';
import { BareLoop } from './bare-loop.ts';
import { type CatchUpResult, measureCatchUp } from './catch-up.ts';
import { renderCatchUp } from './catch-up-report.ts';
import { applyChanges, chooseChanges, knownOf } from './changes.ts';
import { bulkLoad, eventFlood } from './meanwhile.ts';
import { fullSync, type PhaseResult, runPhase } from './phase.ts';
import { peakMemory } from './processes.ts';
import { type BenchReport, renderReport, targetsOf } from './report.ts';
import { measureRevoke, type RevokeOptions, type RevokeResult } from './revoke.ts';
import { renderRevoke } from './revoke-report.ts';
import { type Known, readSides, type Sides } from './sides.ts';
import { type System, type SystemOptions, startSystem } from './system.ts';
import { type VendorApis, vendorApis } from './vendor-apis.ts';

interface Options {
  readonly people: number;
  readonly seed: number;
  readonly output: 'text' | 'json';
  readonly workerArg: readonly string[];
  readonly revoke?: number;
  readonly perSecond: number;
  readonly load: number;
  readonly amid: readonly string[];
  readonly catchUp?: number;
  readonly every: number;
}

const nothingKnown: Known = { changedGroups: () => false, attributeChanges: 0 };
const revokeParts = ['nothing', 'okta-away', 'events', 'bulk'];
const report = (line: string) => process.stderr.write(`${line}\n`);

const program = new Command('bench')
  .description('Measures full syncs of a seeded population: first load, nothing to do, 1 % changed.')
  .option('--people <n>', 'people at Okta; there is a group for every 20 of them, at least 30', wholeNumber, 2_000)
  .option('--revoke <n>', 'instead: time to revoke, for so many offboardings idle and as many under load', wholeNumber)
  .option('--per-second <n>', 'offboardings a second, at random', wholeNumber, 10)
  .option('--load <n>', 'people whom a sync creates meanwhile, and events that are told meanwhile', wholeNumber, 10_000)
  .addOption(
    new Option('--amid <what...>', 'of the four parts of --revoke, only these')
      .choices(revokeParts)
      .default(revokeParts),
  )
  .option('--catch-up <n>', 'instead: time to the target by the log alone, for so many changes at Okta', wholeNumber)
  .option('--every <seconds>', "between two looks at Okta's log", wholeNumber, 10)
  .option('--seed <n>', 'of the population', wholeNumber, 1)
  .addOption(new Option('--output <format>', 'of what is printed').choices(['text', 'json']).default('text'))
  .option('--worker-arg <arg>', "for the worker's Node, such as --cpu-prof; may be given several times", collect, [])
  .addHelpText('after', '\nExample:\n  npm run bench -- --people 20000 --output json');

process.exit(await main(program.parse().opts()));

async function main(options: Options): Promise<number> {
  try {
    const [result, text] = await benchWhat(options);
    process.stdout.write(`${options.output === 'json' ? JSON.stringify(result, null, 2) : text}\n`);
    return 0;
  } catch (error) {
    report(`bench: ${(error as Error).message}`);
    return 1;
  }
}

function benchWhat(options: Options): Promise<[unknown, string]> {
  if (options.revoke) return benchRevoke(options, options.revoke);
  return options.catchUp ? benchCatchUp(options, options.catchUp) : benchSyncs(options);
}

async function benchSyncs(options: Options): Promise<[BenchReport, string]> {
  const result = await bench(options);
  return [result, renderReport(result)];
}

async function benchRevoke(options: Options, arrivals: number): Promise<[readonly RevokeResult[], string]> {
  const results = await revoke(options, arrivals);
  return [results, `${machineText()}\n\n${renderRevoke(results)}`];
}

/** Those who are offboarded have been there for a while; several times as many as there are arrivals, so that each part has its own. */
async function revoke(options: Options, arrivals: number): Promise<RevokeResult[]> {
  const { people, perSecond, load, amid } = options;
  return onceLoaded({ ...options, people: Math.max(people, Math.ceil(arrivals * 5.2)) }, {}, async (loaded) => {
    const { system, api, scopeGroupId } = loaded;
    const who = [...loaded.people];
    if (who.length < 4 * arrivals) throw new Error(`only ${who.length} people are ACTIVE and in scope`);
    const results: RevokeResult[] = [];
    const measure = async (part: string, name: string, more: Pick<RevokeOptions, 'meanwhile' | 'isOktaAway'>) => {
      if (!amid.includes(part)) return;
      report(`Measuring: time to revoke, ${name}`);
      const options = { people: who.splice(0, arrivals), perSecond, ...more };
      results.push(await measureRevoke({ system, api }, name, options));
    };
    await measure('nothing', 'idle', { isOktaAway: false });
    await measure('okta-away', 'Okta away', { isOktaAway: true });
    const others = who.slice(arrivals);
    const [events, bulk] = [eventFlood({ system, api }, load, others), bulkLoad({ system, api }, load, scopeGroupId)];
    await measure('events', 'amid events', { meanwhile: events, isOktaAway: false });
    await measure('bulk', 'amid bulk', { meanwhile: bulk, isOktaAway: false });
    return results;
  });
}

async function benchCatchUp(options: Options, changes: number): Promise<[CatchUpResult, string]> {
  const everyMs = options.every * 1_000;
  const people = Math.max(options.people, Math.ceil(changes * 1.3));
  const result = await onceLoaded({ ...options, people }, { catchUpEveryMs: everyMs }, async (loaded) => {
    report(`Measuring: ${changes} changes, one after the other, by the log alone`);
    return measureCatchUp(loaded, { people: loaded.people.slice(0, changes), everyMs });
  });
  return [result, `${machineText()}\n\n${renderCatchUp(result)}`];
}

interface Loaded {
  readonly system: System;
  readonly api: VendorApis;
  /** Okta ids of those who are ACTIVE and in scope, in the order of ids. */
  readonly people: readonly string[];
  readonly scopeGroupId: string;
}

/** A system that has brought everybody in step, for as long as the work takes. */
async function onceLoaded<T>(
  { people, seed, workerArg }: Options,
  more: Pick<SystemOptions, 'catchUpEveryMs'>,
  work: (loaded: Loaded) => Promise<T>,
): Promise<T> {
  const groups = Math.max(30, Math.round(people / 20));
  const system = await startSystem({
    env: process.env,
    report,
    seed: { people, groups, seed },
    workerNodeArgs: workerArg,
    ...more,
  });
  try {
    const api = vendorApis(system.simulators);
    report('First load');
    await fullSync(system);
    const sides = await readSides(api);
    const active = new Set((await api.users()).filter(({ status }) => status === 'ACTIVE').map(({ id }) => id));
    return await work({
      system,
      api,
      people: [...sides.entitled].filter((id) => active.has(id)).sort(),
      scopeGroupId: sides.relevant.find(({ isScope }) => isScope)?.id ?? '',
    });
  } finally {
    await system.stop();
  }
}

async function bench({ people, seed, workerArg }: Options): Promise<BenchReport> {
  const machine = machineText();
  const groups = Math.max(30, Math.round(people / 20));
  const system = await startSystem({
    env: process.env,
    report,
    seed: { people, groups, seed },
    workerNodeArgs: workerArg,
  });
  try {
    const api = vendorApis(system.simulators);
    const before = await readSides(api);
    const idleWorkerBytes = peakMemory(system.pids.worker);
    const phases = await runPhases(system, api, before);
    const memberships = before.relevant.reduce((sum, { members }) => sum + members.length, 0);
    return {
      machine,
      population: { people: before.people, groups: before.groups, memberships },
      ...(idleWorkerBytes === undefined ? {} : { idleWorkerBytes }),
      phases,
      targets: targetsOf(phases),
    };
  } finally {
    await system.stop();
  }
}

async function runPhases(system: System, api: ReturnType<typeof vendorApis>, first: Sides): Promise<PhaseResult[]> {
  const context = { system, api, bareLoop: new BareLoop(system.replica) };
  const phases: PhaseResult[] = [];
  const run = async (name: string, before: Sides, known: Known): Promise<Sides> => {
    report(`Measuring: ${name}`);
    const { result, after } = await runPhase(context, name, { before, known });
    phases.push(result);
    return after;
  };
  const loaded = await run('first load', first, { changedGroups: () => true, attributeChanges: 0 });
  const same = await run('nothing to do', loaded, nothingKnown);
  const changes = chooseChanges(same, Math.max(4, Math.round(same.people / 100)));
  // The replica first: what its simulators do must not count into the measured ones' CPU time.
  await applyChanges(vendorApis(system.replica), same, changes);
  await applyChanges(api, same, changes);
  const changed = await run('1 % changed', await readSides(api), knownOf(same, changes));
  await run('again at once', changed, nothingKnown);
  return phases;
}

function machineText(): string {
  const gigabytes = Math.round(totalmem() / 1e9);
  const model = cpus()[0]?.model ?? 'unknown';
  const load = loadavg()[0]?.toFixed(2);
  return `${availableParallelism()} cores (${model}), ${gigabytes} GB, Node ${process.version}, load before the start ${load}`;
}

function wholeNumber(text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1) throw new InvalidArgumentError('a whole number from 1 on is expected');
  return value;
}

function collect(value: string, before: readonly string[]): string[] {
  return [...before, value];
}
