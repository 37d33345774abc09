import { setCurrentDetails } from '@temporalio/workflow';
import { promptWork } from './activity-options.ts';
import type { CheckInput, CheckReport } from './contract.ts';

/** Asks Okta and the targets whether everything that a sync needs is in place. */
export async function check(input: CheckInput = {}): Promise<CheckReport> {
  const report = await promptWork.checkSystems.executeWithOptions({ summary: 'check systems' }, [input]);
  const marks = { ok: '✓', warning: '!', failed: '✗' } as const;
  setCurrentDetails(
    report.results
      .map(({ system, check: name, status, message }) => `${marks[status]} **${system}** ${name}: ${message}`)
      .join('\n\n'),
  );
  return report;
}
