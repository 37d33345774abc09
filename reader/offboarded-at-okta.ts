/** How Okta has the person by what was done there and read back, which may be other than what was ordered. */
import type { StepRow } from '../store/offboarding-steps.ts';

/** `in`: not out yet, as far as anybody knows. `nobody`: Okta has no such person. */
export type AtOkta = 'in' | 'suspended' | 'deactivated' | 'nobody';

export function atOkta(steps: readonly StepRow[]): AtOkta {
  const at = (wanted: StepRow['step']) => steps.find(({ system, step }) => system === 'okta' && step === wanted);
  const isDone = (step: StepRow['step']): boolean => ['done', 'already-so'].includes(at(step)?.state ?? '');
  const confirm = at('confirm');
  if (confirm?.state === 'nothing-there') return 'nobody';
  if (confirm?.detail === 'SUSPENDED') return 'suspended';
  if (confirm) return confirm.state === 'failed' ? 'in' : 'deactivated';
  if (isDone('deactivate')) return 'deactivated';
  return isDone('suspend') ? 'suspended' : 'in';
}
