/** Takes an offboarded person's access at one target, and writes down what was done. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Account } from '../domain/account.ts';
import { type FindingCode, orderedReason } from '../domain/change.ts';
import type { FailureKind } from '../domain/failure.ts';
import type { OktaUserId } from '../domain/ids.ts';
import type { OffboardingStep, StepState } from '../domain/offboarding.ts';
import { isClaimed, personSubject } from '../store/claims.ts';
import { linkedAccount } from '../store/links.ts';
import { endRefused, recordStep, type Step } from '../store/offboarding-steps.ts';
import { rowsOfPeople } from '../store/planning-reads.ts';
import { type ChangeRow, findingsAbout } from '../store/plans.ts';
import { latestSnapshot } from '../store/snapshots.ts';
import type { OffboardedPart } from '../workflows/contract.ts';
import { carryOutForPerson } from './carry-out-for-person.ts';
import type { Dependencies } from './dependencies.ts';
import { type Alive, whileAlive } from './heartbeats.ts';
import { connectedTarget } from './observe-target.ts';
import { throughGate } from './system-gate.ts';

export interface OffboardAtTargetInput {
  readonly offboardingId: string;
  /** The same in each try of one round. */
  readonly planId: string;
  readonly target: string;
  readonly person: string;
}

/** Whoever writes the person now has begun before the hold was there, and ends within the claim. */
const claimPollMs = 100;

/** Of a person who is held. A pause does not keep it from being done: somebody has to lose access now. */
export const offboardAtTarget = (deps: Dependencies, input: OffboardAtTargetInput): Promise<OffboardedPart> =>
  whileAlive((alive) => {
    const { target: system } = input;
    const { directory } = connectedTarget(deps, system);
    const { signal } = alive;
    return throughGate(directory, { system, signal, work: () => takeAccess(deps, input, alive) });
  });

async function takeAccess(deps: Dependencies, input: OffboardAtTargetInput, alive: Alive): Promise<OffboardedPart> {
  const { store } = deps;
  const { offboardingId, target } = input;
  const person = input.person as OktaUserId;
  const record = (step: OffboardingStep, state: StepState, more: Pick<Step, 'detail' | 'requestId'> = {}) =>
    recordStep(store, offboardingId, { system: target, step, state, ...more });
  if (!(await latestSnapshot(store, target))) {
    await record('confirm', 'failed', { detail: 'never-read' });
    return left('Conflict', `${target}: it was never read, so nobody knows what ${person} has there; a sync reads it`);
  }
  await untilNobodyWrites(deps, target, person, alive);
  const of = { runId: offboardingId, planId: input.planId, target, person, isOrdered: true };
  const { planId, changes } = await carryOutForPerson(deps, of, alive);
  // What else follows for the person, from a group that was deleted, is not part of the order.
  const asOrdered = changes.filter(({ reason }) => reason === orderedReason);
  const failed = asOrdered.find(({ outcome }) => outcome !== 'applied' && outcome !== 'unchanged');
  await recordDeactivation(record, asOrdered);
  await recordRemovals(record, asOrdered);
  const others = await findOthers(deps, target, person, record, alive);
  const isTheirs = others.some(({ externalId }) => externalId === person);
  const isConfirmed = await confirm(deps, { target, person, planId, isTheirs }, record, alive);
  if (failed === undefined && isConfirmed) {
    // What was refused in an earlier round and is not wanted any more was done by somebody else.
    await endRefused(store, offboardingId, target);
    return { state: 'done' };
  }
  if (isTheirs)
    return left(
      'Conflict',
      `${target}: an account bears the id of ${person} and is not linked: link it, then it is done`,
    );
  const what = `${failed?.kind ?? 'confirm'} of ${person}: ${failed?.detail ?? failed?.outcome ?? 'not confirmed'}`;
  return left('UnexpectedResponse', `${target}: ${what}`);
}

const left = (kind: FailureKind, message: string): OffboardedPart => ({ state: 'failed', problem: { kind, message } });

/** Why an account stays active although its person is held. */
const reasonsToKeep: readonly FindingCode[] = [
  'protected',
  'switched-off',
  'deactivate-impossible',
  'leaver-kept',
  'last-administrator',
];

type Record = (step: OffboardingStep, state: StepState, more?: Pick<Step, 'detail' | 'requestId'>) => Promise<void>;

async function untilNobodyWrites({ store }: Dependencies, target: string, person: OktaUserId, { signal }: Alive) {
  while (await isClaimed(store, target, personSubject(person))) await delay(claimPollMs, undefined, { signal });
}

async function recordDeactivation(record: Record, changes: readonly ChangeRow[]): Promise<void> {
  const change = changes.find(({ kind }) => kind === 'deactivate-account');
  if (!change) return;
  const { outcome, detail, vendor_request_id } = change;
  const state = outcome === 'applied' ? 'done' : outcome === 'unchanged' ? 'already-so' : 'failed';
  await record('deactivate', state, {
    detail: detail ?? (state === 'failed' ? (outcome ?? 'open') : undefined),
    requestId: vendor_request_id ?? undefined,
  });
}

async function recordRemovals(record: Record, changes: readonly ChangeRow[]): Promise<void> {
  const removals = changes.filter(({ kind }) => kind === 'remove-member');
  if (removals.length === 0) return;
  const done = removals.filter(({ outcome }) => outcome === 'applied' || outcome === 'unchanged').length;
  await record('remove-memberships', done === removals.length ? 'done' : 'failed', {
    detail: `${done}/${removals.length}`,
    requestId: removals.find(({ vendor_request_id }) => vendor_request_id !== null)?.vendor_request_id ?? undefined,
  });
}

interface Confirming {
  readonly target: string;
  readonly person: OktaUserId;
  readonly planId: string;
  /** Whether an active account bears their id and is linked to nobody. */
  readonly isTheirs: boolean;
}

/** By the target itself, not by what the answer to the write said. */
async function confirm(
  deps: Dependencies,
  { target, person, planId, isTheirs }: Confirming,
  record: Record,
  { signal }: Alive,
): Promise<boolean> {
  if (isTheirs) {
    await record('confirm', 'failed', { detail: 'unlinked-account' });
    return false;
  }
  const { directory } = connectedTarget(deps, target);
  const link = await linkedAccount(deps.store, target, person);
  const account = link === undefined ? undefined : await directory.account(link, { signal });
  if (!account) {
    await record('confirm', 'nothing-there', { detail: link === undefined ? 'not-linked' : 'account-gone' });
    return true;
  }
  if (!account.isActive) {
    await record('confirm', 'done');
    return true;
  }
  const [kept] = await findingsAbout(deps.store, planId, person, reasonsToKeep);
  if (kept !== undefined) {
    await record('confirm', 'not-possible', { detail: kept });
    return true;
  }
  await record('confirm', 'failed', { detail: 'still-active' });
  return false;
}

/** Accounts that bear the person's id or names and are not theirs by link: nobody touches them without being told to. */
async function findOthers(
  deps: Dependencies,
  target: string,
  person: OktaUserId,
  record: Record,
  { signal }: Alive,
): Promise<readonly Account[]> {
  const [row] = await rowsOfPeople(deps.store, target, [person]);
  const names = row?.person ? { userName: row.person.login, email: row.person.email } : {};
  const { directory } = connectedTarget(deps, target);
  const found = await directory.findAccounts({ externalId: person, ...names }, { signal });
  const others = found.filter(({ id, isActive }) => id !== row?.link && isActive);
  const ids = others.map(({ id }) => id).sort();
  await record('find-others', ids.length > 0 ? 'done' : 'nothing-there', {
    detail: ids.length > 0 ? ids.join(' ') : undefined,
  });
  return others;
}
