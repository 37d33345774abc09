import { setCurrentDetails } from '@temporalio/workflow';
import { decisions, records } from './activity-options.ts';
import { type DueWorkResult, workflowIds } from './contract.ts';

/** Every minute: asks targets for what has come due, then tells people what they have to know. */
export async function dueWork(): Promise<DueWorkResult> {
  const { targets, offboardings = 0 } = await records.askForDueWork();
  const notices = await decisions.sendNotices();
  const asked = targets.map((target) => `\`${workflowIds.targetSync(target)}\``).join(', ');
  const goingOn = offboardings > 0 ? ` Offboardings that go on: ${offboardings}.` : '';
  setCurrentDetails(
    `Asked: ${asked || 'nobody, nothing is due'}.${goingOn} Notices told: ${notices.told}, to be tried again: ${notices.failed}.`,
  );
  return { targets, notices, ...(offboardings > 0 ? { offboardings } : {}) };
}
