/** The registry of activities. Workflows see only its type. */

import type { CheckInput, CommandInput } from '../workflows/contract.ts';
import { type ApplyPlanInput, applyPlan } from './apply-plan.ts';
import { type DecideInput, type ExpireInput, expireApproval, recordDecision } from './approvals.ts';
import { checkSystems } from './check.ts';
import { runCommand } from './commands.ts';
import type { Dependencies } from './dependencies.ts';
import { askForDueWork } from './due.ts';
import { translateFailures } from './failure.ts';
import { askForDelta, followEvents } from './follow-events.ts';
import { type GuardPlanInput, guardPlan } from './guard-plan.ts';
import { type MarkNewsInput, markNews, settleGroupNews } from './mark-news.ts';
import { sendNotices } from './notices.ts';
import { type ObserveChangesInput, observeChanges } from './observe-changes.ts';
import { type ObserveGroupInput, observeGroup } from './observe-group.ts';
import { type ObservePersonInput, observePerson } from './observe-person.ts';
import { observeSource } from './observe-source.ts';
import { observeTarget } from './observe-target.ts';
import { type OffboardAtOktaInput, offboardAtOkta } from './offboard-at-okta.ts';
import { type OffboardAtTargetInput, offboardAtTarget } from './offboard-at-target.ts';
import { type AdvanceInput, advanceOffboarding, endOffboarding } from './offboarding.ts';
import { type PlanTargetInput, planTarget } from './plan-target.ts';
import { type BeginRunInput, beginRun, type EndRunInput, endRun, enterPhase, type SetPhaseInput } from './report.ts';
import { type StartTargetSyncsInput, startTargetSyncs } from './start-target-syncs.ts';
import { type SyncPersonInput, syncPersonAtTarget } from './sync-person.ts';
import { type VerifyGroupsInput, verifyGroups } from './verify-groups.ts';

type Connections = Pick<Dependencies, 'source' | 'targets'>;

/** Connections beside those for bulk work. */
interface Lanes {
  /** Its requests go first: for what takes somebody's access now. */
  readonly urgent: Connections;
  /** Its requests do not wait for long behind those of bulk work: for news of one person. */
  readonly event: Connections;
}

export const createActivities = (deps: Dependencies, { urgent, event }: Lanes = { urgent: deps, event: deps }) =>
  translateFailures(
    {
      beginRun: (input: BeginRunInput) => beginRun(deps, input),
      enterPhase: (input: SetPhaseInput) => enterPhase(deps, input),
      endRun: (input: EndRunInput) => endRun(deps, input),
      observeSource: () => observeSource(deps),
      observeTarget: ({ target }: { readonly target: string }) => observeTarget(deps, target),
      planTarget: (input: PlanTargetInput) => planTarget(deps, input),
      applyPlan: (input: ApplyPlanInput) => applyPlan(deps, input),
      guardPlan: (input: GuardPlanInput) => guardPlan(deps, input),
      recordDecision: (input: DecideInput) => recordDecision(deps, input),
      expireApproval: (input: ExpireInput) => expireApproval(deps, input),
      startTargetSyncs: (input: StartTargetSyncsInput) => startTargetSyncs(deps, input),
      observeChanges: (input: ObserveChangesInput) => observeChanges(deps, input),
      verifyGroups: (input: VerifyGroupsInput) => verifyGroups(deps, input),
      askForDueWork: () => askForDueWork(deps),
      sendNotices: () => sendNotices(deps),
      runCommand: (input: CommandInput) => runCommand(deps, input),
      observePerson: (input: ObservePersonInput) => observePerson({ ...deps, ...event }, input),
      observeGroup: (input: ObserveGroupInput) => observeGroup(deps, input),
      markNews: (input: MarkNewsInput) => markNews(deps, input),
      settleGroupNews: ({ asOf }: { readonly asOf: string }) => settleGroupNews(deps, asOf),
      followEvents: () => followEvents(deps),
      askForDelta: () => askForDelta(),
      syncPersonAtTarget: (input: SyncPersonInput) => syncPersonAtTarget({ ...deps, ...event }, input),
      advanceOffboarding: (input: AdvanceInput) => advanceOffboarding(deps, input),
      offboardAtOkta: (input: OffboardAtOktaInput) => offboardAtOkta({ ...deps, ...urgent }, input),
      offboardAtTarget: (input: OffboardAtTargetInput) => offboardAtTarget({ ...deps, ...urgent }, input),
      endOffboarding: (input: { readonly id: string }) => endOffboarding(deps, input),
      targetNames: async () => [...deps.targets.keys()],
      checkSystems: (input: CheckInput) => checkSystems(deps, input),
    },
    deps.log,
  );

export type Activities = ReturnType<typeof createActivities>;
