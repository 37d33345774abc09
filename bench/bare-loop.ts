/**
 * The same requests without Lockstep: what a phase's log shows is sent once more, to simulators of the same seed, by a
 * loop of `fetch` that reads each answer and keeps nothing. What Lockstep takes longer is the price of everything else.
 */
import pMap from 'p-map';
import { boundedCallOf, type Call } from './calls.ts';
import type { Sides } from './sides.ts';
import type { Simulators } from './simulators.ts';
import { concurrency } from './system.ts';
import { headersOf } from './vendor-apis.ts';

const uuid = /[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g;
/** As many groups' members at a time as `observeSource` reads. */
const memberReaders = 4;

export interface BareLoopResult {
  readonly wallMs: number;
  /** Of the loop, without the simulators. */
  readonly cpuSeconds: number;
}

export class BareLoop {
  readonly #replica: Simulators;
  /** Ids of accounts and groups: those in the log → the replica's. Okta's are the same, since they follow from the seed. */
  readonly #ids = new Map<string, string>();

  constructor(replica: Simulators) {
    this.#replica = replica;
  }

  /**
   * @param sides the measured side after the phase, which tells whose account has which id
   * @throws when an answer's status is not that of the log, for then the two are no longer comparable
   */
  async run(calls: readonly Call[], sides: Sides): Promise<BareLoopResult> {
    const cpuBefore = process.cpuUsage();
    const startedAt = performance.now();
    for (const stage of stagesOf(calls)) {
      await pMap(stage.calls, (call) => this.#send(call, sides), { concurrency: stage.concurrency });
    }
    const { user, system } = process.cpuUsage(cpuBefore);
    return { wallMs: performance.now() - startedAt, cpuSeconds: (user + system) / 1e6 };
  }

  async #send(call: Call, sides: Sides): Promise<void> {
    const { simulator, method, path, query } = call;
    const origin = simulator === 'okta' ? this.#replica.okta : this.#replica.cloud;
    const body = call.body === undefined ? undefined : this.#translated(JSON.stringify(call.body));
    const response = await fetch(`${origin}${this.#translated(path)}${query === '' ? '' : `?${query}`}`, {
      method,
      headers: headersOf[simulator],
      ...(body === undefined ? {} : { body }),
    });
    const answer = (await response.json()) as { id?: string; externalId?: string; displayName?: string };
    if (response.status !== call.status)
      throw new Error(`bare loop: ${method} ${path} answered ${response.status}, not ${call.status}`);
    if (method === 'POST') this.#learn(answer, sides);
  }

  #learn(
    { id, externalId, displayName }: { id?: string; externalId?: string; displayName?: string },
    sides: Sides,
  ): void {
    const original =
      externalId === undefined ? sides.targetGroups.get(displayName ?? '') : sides.accounts.get(externalId);
    if (id !== undefined && original) this.#ids.set(original.id, id);
  }

  #translated(text: string): string {
    return text.replace(uuid, (id) => this.#ids.get(id) ?? id);
  }
}

interface Stage {
  readonly kind: string;
  readonly concurrency: number;
  readonly calls: Call[];
}

/** A chain of pages can only be followed one by one; what is written builds on what was made before. */
function stagesOf(calls: readonly Call[]): Stage[] {
  const stages: Stage[] = [];
  for (const call of calls) {
    const next = stageOf(call);
    const last = stages.at(-1);
    if (last?.kind === next.kind) last.calls.push(call);
    else stages.push({ ...next, calls: [call] });
  }
  return stages;
}

function stageOf(call: Call): Omit<Stage, 'calls'> {
  switch (boundedCallOf(call)) {
    case 'peoplePages':
    case 'groupPages':
    case 'accountPages':
    case 'targetGroupPages':
      return { kind: 'pages', concurrency: 1 };
    case 'memberPages':
      return { kind: 'members', concurrency: memberReaders };
    case 'accountsCreated':
    case 'groupsCreated':
      return { kind: 'create', concurrency };
    default:
      return { kind: 'apply', concurrency };
  }
}
