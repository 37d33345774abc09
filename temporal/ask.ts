/**
 * Asks workflows with fixed ids, each started where it does not run: the only place that says how. Every call returns once
 * Temporal has taken it, whether or not a worker is there; deadlines are the client's (`withDeadline`).
 */
import { type Client, WithStartWorkflowOperation } from '@temporalio/client';
import type { OffboardingCommand } from '../domain/offboarding.ts';
import {
  type CatchUpInput,
  type CatchUpResult,
  cancelSignal,
  changedSignal,
  confirmSignal,
  type DeltaSyncInput,
  type DeltaSyncResult,
  dueSignal,
  type GroupInput,
  type GroupResult,
  manyChangedSignal,
  type OffboardingInput,
  type OffboardingResult,
  type PersonInput,
  type PersonResult,
  releaseSignal,
  requestSignal,
  type SyncRequest,
  searchAttributes,
  syncNowUpdate,
  syncRequestedSignal,
  type TargetRun,
  type TargetSyncInput,
  taskQueues,
  workflowIds,
} from '../workflows/contract.ts';

type Person = (input: PersonInput) => Promise<PersonResult>;
type Group = (input: GroupInput) => Promise<GroupResult>;
type Offboarding = (input: OffboardingInput) => Promise<OffboardingResult>;
type Delta = (input: DeltaSyncInput) => Promise<DeltaSyncResult>;
type CatchUp = (input: CatchUpInput) => Promise<CatchUpResult>;
type Target = (input: TargetSyncInput) => Promise<TargetRun | undefined>;

const startOfPerson = (person: string) => ({
  workflowId: workflowIds.personLifecycle(person),
  taskQueue: taskQueues.event,
  args: [{ person }] as [PersonInput],
  staticSummary: 'One person in step',
});

const startOfOffboarding = (person: string) => ({
  workflowId: workflowIds.offboarding(person),
  taskQueue: taskQueues.urgent,
  args: [{ person }] as [OffboardingInput],
  staticSummary: 'Offboarding',
});

/** Something about the person may have changed. @param person Okta id */
export async function tellPersonChanged(client: Client, person: string): Promise<void> {
  await client.workflow.signalWithStart<Person>('personLifecycle', { ...startOfPerson(person), signal: changedSignal });
}

/** Brings the person in step and waits for the outcome. An update that no worker has accepted yet is forgotten. */
export const syncPersonNow = (client: Client, person: string, requestId: string): Promise<PersonResult> =>
  client.workflow.executeUpdateWithStart(syncNowUpdate, {
    startWorkflowOperation: new WithStartWorkflowOperation<Person>('personLifecycle', {
      ...startOfPerson(person),
      workflowIdConflictPolicy: 'USE_EXISTING',
    }),
    args: [{ requestId }],
  });

/** Something about the group itself may have changed. @param group Okta id */
export async function tellGroupChanged(client: Client, group: string): Promise<void> {
  await client.workflow.signalWithStart<Group>('groupSync', {
    workflowId: workflowIds.groupSync(group),
    taskQueue: taskQueues.event,
    args: [{ group }],
    staticSummary: 'One group in step',
    signal: changedSignal,
  });
}

/** To one signal: an id has some 20 bytes, and Temporal takes 2 MB. */
const idsAtOnce = 5_000;

/** Too many to look at one by one. Okta ids; none at all: whatever changed */
export async function tellManyChanged(
  client: Client,
  { people = [], groups = [] }: { readonly people?: readonly string[]; readonly groups?: readonly string[] } = {},
): Promise<void> {
  const parts = Math.max(1, Math.ceil(Math.max(people.length, groups.length) / idsAtOnce));
  for (let part = 0; part < parts; part += 1) {
    const of = (ids: readonly string[]) => ids.slice(part * idsAtOnce, (part + 1) * idsAtOnce);
    const [some, others] = [of(people), of(groups)];
    await client.workflow.signalWithStart<Delta, [readonly string[], (readonly string[])?]>('deltaSync', {
      workflowId: workflowIds.deltaSync(),
      taskQueue: taskQueues.event,
      args: [{ people: [] }],
      staticSummary: 'All that changed at Okta, at once',
      signal: manyChangedSignal,
      signalArgs: others.length > 0 ? [some, others] : [some],
    });
  }
}

const orderSignals = { request: requestSignal, cancel: cancelSignal, release: releaseSignal, confirm: confirmSignal };

export async function sendOffboardingCommand(
  client: Client,
  person: string,
  command: OffboardingCommand,
): Promise<void> {
  await client.workflow.signalWithStart<Offboarding, [OffboardingCommand]>('offboarding', {
    ...startOfOffboarding(person),
    signal: orderSignals[command.kind],
    signalArgs: [command],
  });
}

/** Something of the person's offboarding that was put off is due. */
export async function tellOffboardingDue(client: Client, person: string): Promise<void> {
  await client.workflow.signalWithStart<Offboarding>('offboarding', {
    ...startOfOffboarding(person),
    signal: dueSignal,
  });
}

/** Sees to it that somebody is at the person's offboarding; where somebody is, nothing is told. */
export async function keepOffboarding(client: Client, person: string): Promise<void> {
  await client.workflow.start<Offboarding>('offboarding', {
    ...startOfOffboarding(person),
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

/** Sees to it that Okta's log is followed. */
export async function keepCatchingUp(client: Client): Promise<void> {
  await client.workflow.start<CatchUp>('catchUp', {
    workflowId: workflowIds.catchUp(),
    taskQueue: taskQueues.event,
    args: [{}],
    staticSummary: "Follows Okta's System Log",
    workflowIdConflictPolicy: 'USE_EXISTING',
  });
}

/** Asks a target for one more run. @param askedBy workflow id of whoever asks */
export async function askTargetSync(
  client: Client,
  target: string,
  request: SyncRequest,
  askedBy: string,
): Promise<void> {
  await client.workflow.signalWithStart<Target, [SyncRequest]>('targetSync', {
    workflowId: workflowIds.targetSync(target),
    taskQueue: taskQueues.workflows,
    args: [{ target, pending: [] }],
    signal: syncRequestedSignal,
    signalArgs: [request],
    typedSearchAttributes: [{ key: searchAttributes.target, value: target }],
    staticSummary: `Keeps ${target} in step`,
    staticDetails: `Asked for by ${askedBy}.`,
  });
}
